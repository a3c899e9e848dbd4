import { asUtf8, identifier, literal, type Session } from '../postgres/index.ts';
import type { Isolation } from '../sql/index.ts';
import { ownPrefix } from './prepared-statements.ts';
import type { Run } from './run.ts';
import { sessionSettings, setting, unlimited } from './session-settings.ts';

/** Whether the process that the server named when the session began is the one that does the work. */
export const isUnpooled = ({ session, memory }: Run): boolean => memory.backendPid === session.processId;

/** Ahead of our own statements: whatever an earlier body set is gone, and every name is looked up in pg_catalog. */
export const pinned = (role: string | null): string[] => [
  'RESET SESSION AUTHORIZATION',
  'RESET ROLE',
  ...inOwnNames(role),
];

const inOwnNames = (role: string | null): string[] => [
  'SET LOCAL search_path = pg_catalog, pg_temp',
  ...(role === null ? [] : [`SET LOCAL ROLE ${identifier(role)}`]),
];

/**
 * Of a transaction of ours. Files are read, and split, as the standard has it; a message is read as a whole before any
 * of it runs.
 */
const ownSettings = (session: Session): string =>
  sessionSettings(session, 'LOCAL', {
    client_encoding: 'UTF8',
    standard_conforming_strings: 'on',
    lock_timeout: '1s',
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    // What we demand may be refused: that alone is not to end the session.
    exit_on_error: 'off',
  });

/**
 * Begins a transaction with a snapshot of its own, which the first query takes: the ledger is locked ahead of that, so
 * that the snapshot shows all that was ever written to it (PostgreSQL docs 13.2.2, LOCK, "Notes"). Utility statements
 * take none.
 */
export const beginIsolated = (
  session: Session,
  role: string | null,
  { level, table }: { readonly level: Isolation; readonly table: string },
): string[] => [
  `BEGIN ISOLATION LEVEL ${level === 'serializable' ? 'SERIALIZABLE' : 'REPEATABLE READ'}`,
  'RESET ALL',
  ...pinned(role),
  "SET LOCAL lock_timeout = '1s'",
  `LOCK TABLE ONLY ${table} IN SHARE ROW EXCLUSIVE MODE`,
  ownSettings(session),
];

/** @param isOurs whether the session is one in which the last transaction was ours: `ending` has reset it. */
export const begin = (session: Session, role: string | null, isOurs = false): string[] => [
  'BEGIN ISOLATION LEVEL READ COMMITTED',
  ...(isOurs ? inOwnNames(role) : ['RESET ALL', ...pinned(role)]),
  ownSettings(session),
];

/**
 * Between a body and what is ours to ask and to write in its transaction, one statement each: our role, our names, our
 * settings, whatever it has set of them, and for how long.
 *
 * @param isEnd whether the row and COMMIT follow in the same message: the server then waits for nobody, and need not
 *   notice that we are gone.
 */
export const ownAgain = (session: Session, role: string | null, isEnd: boolean): string[] => [
  'RESET ALL',
  ...pinned(role),
  isEnd ? endSettings(session) : ownSettings(session),
];

const endSettings = (session: Session): string =>
  setting(
    { client_encoding: 'UTF8', lock_timeout: '1s', statement_timeout: '0', ...unlimited(session) },
    'LOCAL',
  );

/** What a body has prepared: of pg_prepared_statements what is not ours. */
export const preparedByOthers = `pg_catalog.pg_prepared_statements WHERE from_sql AND left(name, ${ownPrefix.length}) <> ${literal(ownPrefix)}`;

/**
 * Leaves a session as it was when it began, one statement each: what a body has set or kept beyond its transaction is
 * not for the next one, nor for the next client of a pooler. Expects a search_path of pg_catalog.
 */
export const leaving: readonly string[] = [
  'RESET SESSION AUTHORIZATION',
  'RESET ROLE',
  'CLOSE ALL',
  'UNLISTEN *',
  'DISCARD TEMP',
  'DISCARD SEQUENCES',
  `SELECT pg_catalog.pg_advisory_unlock_all(), (SELECT pg_catalog.json_agg(name) FROM ${preparedByOthers}) AS prepared`,
  'RESET ALL',
  asUtf8,
];

/** Ends a transaction of ours, one statement each. */
export const ending: readonly string[] = [...leaving, 'COMMIT'];
