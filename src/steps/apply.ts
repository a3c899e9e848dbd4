import pg from 'pg';
import { type ExitName, SlipwayError } from '../errors.ts';
import type { Inspection } from '../inspect.ts';
import { type Bracket, inSameTransaction } from '../ledger.ts';
import type { Script } from '../model.ts';
import type { Run, StepResult } from '../run.ts';
import { withoutValues } from '../sql/statement-error.ts';
import { type Body, BodyFailure, runBody } from './body.ts';
import { watch } from './progress.ts';
import { retrying } from './retry.ts';
import { judgeServerError } from './server-error.ts';
import type { Scope } from './session-settings.ts';
import { pinned, underLock } from './transaction.ts';

/** A body with the ledger's statements around it. */
export interface Work {
  /** For the log and messages: what is under way, e.g. `2 of 4: 20251204093000_add_fee_tier`. */
  readonly title: string;
  readonly script: Script;
  readonly body: Body;
  readonly bracket: Bracket;
  /** Holds what the body made against the lock, before it is kept; throws where it is something else. */
  readonly verify: (run: Run, exit: ExitName) => Promise<void>;
  /** The ledger's statement for when the server refused a body that ran outside of a transaction. */
  readonly takeBack: string;
  readonly isStillRight: (inspection: Inspection) => boolean;
  /** Called when the lock is held and the body is about to run; at each try. */
  readonly begin: () => void;
}

/**
 * Runs a transactional migration, up or down: lock, second look, row, body, completed row, COMMIT. Gives way where it
 * would queue for a lock in front of live traffic, and tries again; likewise after a deadlock.
 *
 * @throws BodyFailure and what `underLock` throws.
 */
export function applyInTransaction(run: Run, work: Work): Promise<StepResult> {
  return retrying(run, async (seen) => {
    const startedAt = performance.now();
    const result = await underLock(run, work.isStillRight, async ({ backendPid }) => {
      work.begin();
      seen.watch = watch(run, work.title, backendPid);
      await bodyInTransaction(run, work);
    });
    return result === 'committed'
      ? { kind: 'done', ms: Math.round(performance.now() - startedAt) }
      : { kind: result };
  });
}

async function bodyInTransaction(run: Run, work: Work): Promise<void> {
  const { session, config, signal } = run;
  const { open, close } = inSameTransaction(work.bracket);
  await session.run(`${open}; ${bodySettings(run, work.script, 'LOCAL')}`);
  await setVariables(run, 'LOCAL');
  signal.throwIfAborted();
  await runBody(session, work.body);
  signal.throwIfAborted();
  await work.verify(run, 'migration');
  const file = work.script.source.path;
  try {
    const results = await session.run(`SET CONSTRAINTS ALL IMMEDIATE; ${pinned(config.role)} ${close}`);
    if (results.at(-1)?.rowCount === 1) return;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const detail = withoutValues(error);
    const { exit, remedy, again } = judgeServerError(error);
    throw new BodyFailure(
      {
        exit,
        place: { file },
        message: `at the end of its transaction: ${error.message}`,
        remedy:
          exit === 'migration' && error.code !== '57014'
            ? 'A deferred constraint does not hold for what the migration left: correct it and start again.'
            : remedy,
        detail: detail === null ? undefined : [`detail: ${detail}`],
        sqlstate: error.code,
      },
      again,
      error,
    );
  }
  throw new SlipwayError({
    exit: 'migration',
    place: { file },
    message: 'the migration ended the transaction it ran in',
    remedy: 'Remove COMMIT and ROLLBACK from it; `slipway status` says what the ledger holds now.',
  });
}

/**
 * What a body finds set besides the variables: the role's own search_path, standard strings, lock and statement timeouts.
 *
 * @param scope `LOCAL` to the transaction, or for the `SESSION` where there is none.
 * @param waitsForLocks whether it may queue for locks without end, as what runs CONCURRENTLY does.
 */
export function bodySettings({ config }: Run, script: Script, scope: Scope, waitsForLocks = false): string {
  const lockMs = script.directives.lockTimeoutMs ?? (waitsForLocks ? 0 : config.ddlLockTimeoutMs);
  return [
    `SET ${scope} lock_timeout = ${lockMs}`,
    `SET ${scope} statement_timeout = ${config.statementTimeoutMs ?? 0}`,
    // Files are read, and split, as the standard has it.
    `SET ${scope} standard_conforming_strings = on`,
    `SET ${scope} search_path TO DEFAULT`,
  ].join('; ');
}

/** Sets the variables for a body, as `slipway.x`. They may be secrets, and are sent beside the statement. */
export async function setVariables({ session, config }: Run, scope: Scope): Promise<void> {
  const variables = Object.entries(config.variables);
  if (variables.length === 0) return;
  const calls = variables.map(
    (_, n) => `pg_catalog.set_config($${2 * n + 1}, $${2 * n + 2}, ${scope === 'LOCAL'})`,
  );
  const values = variables.flatMap(([name, value]) => [`slipway.${name}`, value]);
  await session.run(`SELECT ${calls.join(', ')}`, values);
}
