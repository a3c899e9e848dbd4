import { updatesTimescale } from '../sql/lint.ts';
import { type Body, BodyFailure, runBody } from './body.ts';
import type { Run } from './run.ts';
import type { Work } from './step.ts';

/** Whether a body must be the first that a session is told: the update of TimescaleDB, whose library is loaded by then. */
export const isFirstCommand = (body: Body): boolean =>
  body.kind === 'sql' && body.script.statements.some(({ words }) => updatesTimescale(words));

/** What is sent around it. */
interface Around {
  /** Our own role and settings, in one message. */
  readonly prepare: (run: Run) => string;
  /** Closes the row of the ledger. */
  readonly close: string;
  /** Called where the server refused it. */
  readonly revert: (error: BodyFailure) => Promise<void>;
}

/**
 * Runs a body as the first command of a connection of its own, as the role that logs in, while the run's session holds
 * the lock; the row is closed on that connection too, since every session that has loaded the library before is ended by
 * its next command.
 *
 * @throws BodyFailure where the server refuses it: the row is gone then.
 */
export async function runFirst(run: Run, work: Work, { prepare, close, revert }: Around): Promise<void> {
  const fresh = await run.open('direct');
  try {
    await runBody(fresh, work.body);
    const after = { ...run, session: fresh };
    await fresh.run(prepare(after));
    await work.proof?.hold(after, 'interrupted', null);
    const closed = (await fresh.work(close)).at(-1);
    if (closed?.rowCount !== 1) throw new Error(`the ledger has no running row: ${work.title}`);
  } catch (error) {
    if (error instanceof BodyFailure && !run.signal.aborted && !run.session.isLost) await revert(error);
    throw error;
  } finally {
    await fresh.end();
  }
}
