import pg from 'pg';
import type { Inspection } from '../inspect/index.ts';
import { isKnown } from '../ledger/index.ts';
import { identifier, type Row } from '../postgres/index.ts';
import { classifyServerError } from '../postgres/server-error.ts';
import { Abort } from './assertion.ts';
import { BodyFailure } from './body.ts';
import { type BeginOptions, type Opening, open, openAgain } from './opening.ts';
import { ending, isUnpooled } from './own-session.ts';
import { grantReaders } from './readers.ts';
import type { Run, StepResult } from './run.ts';

/**
 * To be called with what came of `ending`, or of `leaving`: takes back what the body has prepared, which no statement
 * does in general that leaves ours. Not behind a pooler, where the next message goes to who knows whom.
 *
 * @param isOwn whether the server's process is the session's own.
 * @throws Error where COMMIT was answered with something else, as it is where all is rolled back.
 */
export async function leaveTransaction(
  run: Run,
  results: readonly pg.QueryResult[],
  isOwn = isUnpooled(run),
): Promise<void> {
  const command = results.at(-1)?.command;
  if (command !== 'COMMIT' && command !== 'SET') throw new Error(`COMMIT was answered with ${command}`);
  const rows = results.flatMap(({ rows }) => rows as Row[]);
  const names = (rows.findLast(({ prepared }) => Array.isArray(prepared))?.prepared ?? []) as string[];
  if (names.length > 0 && isOwn)
    await run.session.run(names.map((name) => `DEALLOCATE ${identifier(name)}`).join('; '));
}

/**
 * Runs `work` in one transaction that holds the app's lock, after a second inspection under that lock: that the plan is
 * still right, or that the ledger is what it was left as by the step before. The ledger exists when `work` is called,
 * or once what goes ahead has run; it is made in the same transaction where it was missing.
 *
 * @param work returns whether it has ended the transaction itself, with `ending`; it must not where SLIPWAY_READERS
 *   names roles, which are granted access at the end.
 * @param how.isSharing whether `work` sends what goes ahead, in its first message: that saves round trips.
 * @param how.isolation the level; the ledger must be there for any but read committed.
 * @param how.begun what has begun the transaction already, or throws what became of that.
 * @returns `busy` where another run holds the lock, `changed` where `isStillRight` says no; nothing is written then.
 * @throws what `work` throws, after a rollback; ConnectionLost where the outcome of COMMIT is not known.
 */
export async function underLock(
  run: Run,
  isStillRight: (inspection: Inspection) => boolean,
  work: (opening: Opening) => Promise<boolean>,
  { isSharing = false, begun = null, isolation = null }: BeginOptions = {},
): Promise<Exclude<StepResult['kind'], 'done'> | 'committed'> {
  const { session, memory } = run;
  const seen = memory.ledger;
  try {
    const opening =
      begun?.() ??
      (isKnown(seen) && isolation === null
        ? await openAgain(run, seen, isSharing)
        : await open(run, isStillRight, { isSharing: isSharing && isolation === null, isolation }));
    if (await work(opening)) return 'committed';
    await grantReaders(run);
    run.signal.throwIfAborted();
    await leaveTransaction(run, await session.work(ending.join('; '), () => true));
    return 'committed';
  } catch (error) {
    await rollback(run, error instanceof BodyFailure || begun !== null);
    if (!(error instanceof BodyFailure)) memory.forgetsLedger();
    if (error instanceof Abort) {
      const { result } = error;
      if (result === 'odd') memory.madeOdd();
      return result === 'again' || result === 'odd'
        ? underLock(run, isStillRight, work, { isSharing, isolation })
        : result;
    }
    if (error instanceof pg.DatabaseError && error.code === lockNotAvailable) return 'busy';
    if (error instanceof pg.DatabaseError && isPassing(error)) throw vanished(error);
    if (error instanceof pg.DatabaseError && error.code === serializationFailure) throw unserializable(error);
    throw error;
  }
}

/** lock_not_available: somebody holds the ledger itself, longer than the second we queue for it. */
const lockNotAvailable = '55P03';

/**
 * internal_error: what a catalog function says of an object that was dropped while it read; or what the server says
 * where another session writes the row of a catalog that a statement of ours writes.
 */
const isPassing = (error: pg.DatabaseError): boolean =>
  error.code === 'XX000' || classifyServerError(error).again === 'race';

/** Somebody else's DDL got in the way of an inspection of ours: the whole transaction may be tried again. */
const vanished = (error: pg.DatabaseError): BodyFailure =>
  new BodyFailure(
    {
      exit: 'temporary',
      message: `the schema changed while it was being inspected: ${error.message}`,
      remedy: 'Somebody alters it right now: start again when that is over.',
      sqlstate: error.code,
    },
    'changed',
    error,
  );

/** serialization_failure: at COMMIT of a transaction with a snapshot of its own (PostgreSQL docs 13.2.3). */
const serializationFailure = '40001';

const unserializable = (error: pg.DatabaseError): BodyFailure =>
  new BodyFailure(
    {
      exit: 'temporary',
      message: `at the end of its transaction: ${error.message}`,
      remedy: 'Others wrote to the same rows: try again when less is going on.',
      sqlstate: error.code,
    },
    'serialization',
    error,
  );

/** What a transaction does not take back: what the body has prepared, and locks that it took for the session. */
const beyondRollback = 'DEALLOCATE ALL; SELECT pg_catalog.pg_advisory_unlock_all()';

async function rollback(run: Run, hasRunBody: boolean): Promise<void> {
  const { session, memory } = run;
  if (session.isLost) return;
  const isTidied = hasRunBody && isUnpooled(run);
  if (isTidied) memory.forgetsPrepared();
  await session.run(isTidied ? `ROLLBACK; ${beyondRollback}` : 'ROLLBACK').catch(() => session.destroy());
}
