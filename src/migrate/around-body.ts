import type pg from 'pg';
import { inSameTransaction } from '../ledger/write.ts';
import type { Script } from '../sql/index.ts';
import { type Batch, type OwnStatement, type ShortBody, sendBatch, shortBody } from './batch.ts';
import { runBody } from './body.ts';
import { mayNotWrite, refusedRow } from './may-not.ts';
import { ending, ownAgain } from './own-session.ts';
import { refusedAtEnd, refusedLedger } from './refusals.ts';
import type { Run } from './run.ts';
import { type Scope, setting } from './session-settings.ts';
import type { Task, Work } from './step.ts';

/** What opens the row of a step, and what its body finds set. */
export const opening = (run: Run, work: Work): OwnStatement[] => [
  ...inSameTransaction(work.ledgerWrite).open.map((sql) => ({ sql, refused: mayNot(run) })),
  ...bodySettings(run, work.script, 'LOCAL'),
];

/**
 * What completes the row of a step, and ends its transaction unless something follows in it.
 *
 * @param close completes the row, and is refused (22012) where that is not there.
 */
export function closing(
  { config }: Run,
  work: Work,
  close = inSameTransaction(work.ledgerWrite).close,
): OwnStatement[] {
  const complete: OwnStatement = { sql: close, refused: (error) => refusedLedger(work, error) };
  return [complete, ...(config.readers.length === 0 ? ending : [])];
}

/** What it means that the row of a version is refused: no right to write it, or a constraint that is not ours. */
const mayNot =
  ({ ledger, config, session }: Run) =>
  (error: pg.DatabaseError): unknown => {
    const role = config.role ?? session.greeting.user;
    if (error.code === '42501')
      return mayNotWrite({ ledger, role, database: session.greeting.database }, error);
    return error.code?.startsWith('23') ? refusedRow(ledger, error) : error;
  };

/** The body where it may share a message with what stands around it; null: somebody looks on, or it is long. */
export const sharedBody = (run: Run, { body, limit }: Task): ShortBody | null =>
  run.bodyRunner || limit !== null ? null : shortBody(body);

/**
 * Runs the body, and in the transaction as it leaves it what is deferred; then what is ours, as if there had been no
 * body. One round trip where they can share it. Where the body may not lock everything, it is looked at in between.
 *
 * @returns what came of each statement in `after`.
 */
export async function runWith(
  run: Run,
  work: Task,
  { before, body, after }: Omit<Batch, 'title'>,
): Promise<pg.QueryResult[]> {
  const { session, config, signal } = run;
  const tidy: OwnStatement[] = [
    { sql: constraintsNow, refused: (error) => refusedAtEnd(work, error, true) },
    ...ownAgain(session, config.role, after.at(-1) === ending.at(-1)).map((sql) => ({
      sql,
      refused: (error: pg.DatabaseError) => refusedAtEnd(work, error, false),
    })),
  ];
  const own = [...tidy, ...after];
  const { title } = work;
  let results: pg.QueryResult[];
  if (work.limit !== null) {
    await sendBatch(session, { title, before, body: null, after: [] });
    signal.throwIfAborted();
    const { runGuarded } = await import('./lock-guard.ts');
    await runGuarded(run, { ...work, limit: work.limit }, body, () =>
      sendBatch(session, { title, before: [], body: null, after: tidy }),
    );
    return after.length === 0 ? [] : sendBatch(session, { title, before: [], body: null, after: [...after] });
  }
  if (body) {
    results = await sendBatch(session, { title, before, body, after: own });
  } else {
    await sendBatch(session, { title, before, body: null, after: [] });
    signal.throwIfAborted();
    await (run.bodyRunner ?? runBody)(session, work.body);
    signal.throwIfAborted();
    // What decides how a message is read must be set before it is sent.
    if (session.reported('standard_conforming_strings') !== 'on')
      await session.run('SET LOCAL standard_conforming_strings = on');
    results = await sendBatch(session, { title, before: [], body: null, after: own });
  }
  return results.slice(tidy.length);
}

/** What is deferred to the end of the transaction is done, and what is yet to come is not deferred. */
const constraintsNow = 'SET CONSTRAINTS ALL IMMEDIATE';

/**
 * What a body finds set besides the variables, one statement each: the role's own search_path, lock and statement
 * timeouts.
 *
 * @param scope `LOCAL` to the transaction, or for the `SESSION` where there is none.
 * @param waitsForLocks whether it may queue for locks without end, as what runs CONCURRENTLY does.
 */
export function bodySettings({ config }: Run, script: Script, scope: Scope, waitsForLocks = false): string[] {
  const lockMs = script.directives.lockTimeoutMs ?? (waitsForLocks ? 0 : config.ddlLockTimeoutMs);
  return [
    setting({ lock_timeout: `${lockMs}`, statement_timeout: `${config.statementTimeoutMs ?? 0}` }, scope),
    `SET ${scope} search_path TO DEFAULT`,
  ];
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
export const hasVariables = ({ config }: Run): boolean => Object.keys(config.variables).length > 0;
