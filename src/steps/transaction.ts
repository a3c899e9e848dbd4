import pg from 'pg';
import { identifier, literal, type Row, type Session } from '../connection/session.ts';
import { SlipwayError } from '../errors.ts';
import { conclude, concludeSame, type Inspection } from '../inspect.ts';
import { createLedger, creationKey, grantReader, ledgerTable } from '../ledger.ts';
import { ledgerQuery, sameLedgerQuery } from '../ledger-found.ts';
import type { Run, StepResult } from '../run.ts';
import { BodyFailure } from './body.ts';
import { tryTransactionLock } from './fence.ts';
import { sessionSettings } from './session-settings.ts';

/** Ahead of our own statements: whatever an earlier body set is gone, and every name is looked up in pg_catalog. */
export const pinned = (role: string | null): string[] => [
  'RESET SESSION AUTHORIZATION',
  'RESET ROLE',
  'SET LOCAL search_path = pg_catalog, pg_temp',
  ...(role === null ? [] : [`SET LOCAL ROLE ${identifier(role)}`]),
];

const begin = (session: Session, role: string | null): string =>
  [
    'BEGIN ISOLATION LEVEL READ COMMITTED; RESET ALL',
    ...pinned(role),
    sessionSettings(session, 'LOCAL'),
    // Files are read, and split, as the standard has it; a message is read as a whole before any of it runs.
    'SET LOCAL standard_conforming_strings = on',
    `SET LOCAL lock_timeout = '1s'`,
    'SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0',
  ].join('; ');

/**
 * Ends a transaction of ours, one statement each. Behind a pooler the next client gets this connection: what the body
 * set must not go to it.
 */
export const ending: readonly string[] = ['RESET SESSION AUTHORIZATION', 'RESET ROLE', 'RESET ALL', 'COMMIT'];

/** @throws Error where COMMIT, the last of these, was answered with something else, as it is where all is rolled back. */
export function assertCommitted(results: readonly pg.QueryResult[]): void {
  const command = results.at(-1)?.command;
  if (command !== 'COMMIT') throw new Error(`COMMIT was answered with ${command}`);
}

/**
 * Runs `work` in one transaction that holds the app's lock, after a second look under that lock. The ledger exists
 * when `work` is called; it is made in the same transaction where it was missing.
 *
 * @param work returns whether it has ended the transaction itself, with `ending`; it must not where SLIPWAY_READERS names
 *   roles, which are let in at the end.
 * @returns `busy` where another run holds the lock, `changed` where `isStillRight` says no; nothing is written then.
 * @throws what `work` throws, after a rollback; ConnectionLost where the outcome of COMMIT is not known.
 */
export async function underLock(
  run: Run,
  isStillRight: (inspection: Inspection) => boolean,
  work: (inspection: Inspection) => Promise<boolean>,
): Promise<Exclude<StepResult['kind'], 'done'> | 'committed'> {
  const { session } = run;
  try {
    const inspection = await lockAndLook(run);
    if (inspection === null) return await giveUp(run, 'busy');
    run.memory.seen = inspection.seen;
    if (!isStillRight(inspection)) {
      run.memory.seen = null;
      return await giveUp(run, 'changed');
    }
    if (!inspection.hasLedger && !(await makeLedger(run, inspection))) return await giveUp(run, 'busy');
    if (await work(inspection)) return 'committed';
    await grantReaders(run);
    run.signal.throwIfAborted();
    assertCommitted(await session.run(ending.join('; ')));
    return 'committed';
  } catch (error) {
    await rollback(run);
    if (error instanceof pg.DatabaseError && error.code === lockNotAvailable) return 'busy';
    if (error instanceof pg.DatabaseError && error.code === internalError) throw vanished(error);
    throw error;
  }
}

/** Begins the transaction, takes the lock and looks; null where another run holds the lock. */
async function lockAndLook(run: Run): Promise<Inspection | null> {
  const { session, config, ledger, memory, inspectOptions } = run;
  const { seen } = memory;
  const known = seen !== null && seen.shape !== null && seen.content.rows.length > 0 ? seen : null;
  const whole = ledgerQuery(ledger, seen, true);
  const results = await session.run(
    [
      begin(session, config.role),
      tryTransactionLock(ledger),
      known ? sameLedgerQuery(ledger, known) : whole,
    ].join('; '),
  );
  const [lock, answer] = results.slice(-2).map(({ rows }) => (rows[0] ?? {}) as Row);
  if (lock?.locked !== true) return null;
  if (known && answer?.same === true) return concludeSame(known, Number(answer.backend_pid));
  const ask = (sql: string): Promise<Row[]> => session.rows(sql);
  const row = known ? (await ask(whole))[0] : answer;
  return conclude(row ?? {}, inspectOptions, ask, null, seen);
}

/** lock_not_available: somebody holds the ledger itself, longer than the second we queue for it. */
const lockNotAvailable = '55P03';

/** internal_error: what a catalog function says of an object that was dropped while it read. */
const internalError = 'XX000';

/** Somebody else's DDL got in the way of a look of ours: the whole transaction may be tried again. */
const vanished = (error: pg.DatabaseError): BodyFailure =>
  new BodyFailure(
    {
      exit: 'temporary',
      message: `the schema changed while it was looked at: ${error.message}`,
      remedy: 'Somebody alters it right now: start again when that is over.',
      sqlstate: error.code,
    },
    'deadlock',
    error,
  );

async function giveUp<T>(run: Run, result: T): Promise<T> {
  await rollback(run);
  return result;
}

async function rollback({ session }: Run): Promise<void> {
  if (!session.isLost) await session.run('ROLLBACK').catch(() => session.destroy());
}

/**
 * Returns false where another app's run is making the ledger, or has just made it. What there is now is read from the
 * catalog's tables, after the lock and in a statement of its own: `to_regclass` may answer from this transaction's cache.
 */
async function makeLedger(run: Run, inspection: Inspection): Promise<boolean> {
  const { session, ledger, config } = run;
  const schema = literal(ledger.schema);
  const results = await session.run(
    `SELECT pg_try_advisory_xact_lock(${creationKey(ledger)}) AS locked;
     SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = ${schema}) AS has_schema,
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ${schema} AND c.relname = 'ledger') AS has_ledger`,
  );
  const [lock, now] = results.map(({ rows }) => rows[0] as Row);
  if (lock?.locked !== true || now?.has_ledger || now?.has_schema !== inspection.hasSchema) return false;
  try {
    await session.run(createLedger(ledger, inspection.hasSchema));
    return true;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error;
    const role = config.role ?? session.greeting.user;
    const needs = inspection.hasSchema
      ? `GRANT CREATE, USAGE ON SCHEMA ${identifier(ledger.schema)} TO ${identifier(role)};`
      : `GRANT CREATE ON DATABASE ${identifier(session.greeting.database)} TO ${identifier(role)};`;
    throw new SlipwayError(
      {
        exit: 'denied',
        message: `role "${role}" may not make the ledger ${ledger.schema}.ledger: ${error.message}`,
        remedy: `As the owner: ${needs} or name a schema where it may, with SLIPWAY_SCHEMA, or an owning role, with SLIPWAY_ROLE.`,
        sqlstate: error.code,
      },
      { cause: error },
    );
  }
}

async function grantReaders({ session, config, ledger, log }: Run): Promise<void> {
  if (config.readers.length === 0) return;
  const names = config.readers.map(literal).join(', ');
  const rows = await session.rows(
    `${pinned(config.role).join('; ')}; SELECT rolname AS name,
      has_schema_privilege(oid, ${literal(ledger.schema)}, 'USAGE') AND has_table_privilege(oid, ${literal(ledgerTable(ledger))}, 'SELECT') AS is_let_in
      FROM pg_roles WHERE rolname IN (${names})`,
  );
  const present = new Set(rows.map(({ name }) => String(name)));
  for (const role of config.readers.filter((name) => !present.has(name))) {
    log.warn({ event: 'reader', role }, `SLIPWAY_READERS names the role "${role}", which does not exist`);
  }
  const grants = rows
    .filter((row) => row.is_let_in !== true)
    .map(({ name }) => grantReader(ledger, String(name)));
  if (grants.length > 0) await session.run(grants.join('; '));
}
