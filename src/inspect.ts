import { identifier, type Row, type Session } from './connection/session.ts';
import { type Comparison, diff, type Texts } from './diff.ts';
import { acceptedIn, contradictions, type LedgerName, ledgerFormat, readRow } from './ledger.ts';
import { judgeLedger, ledgerQuery } from './ledger-found.ts';
import type { SeenLedger } from './ledger-seen.ts';
import { expectedAt, type Lock, lockedVersions } from './lockfile.ts';
import { findMatch, ownObjects, relationsAmong } from './match.ts';
import type { DatabaseState, LedgerRow } from './model.ts';
import { judgeRelations, relationsQuery } from './relations-found.ts';
import { readSnapshot, type Snapshot, snapshotQuery } from './snapshot/snapshot.ts';

export interface InspectOptions {
  readonly ledger: LedgerName;
  /** Whether the ledger must be in trusted hands: asked by whoever is going to write to it. */
  readonly isWriter: boolean;
  /** The role that reads and writes; null: the one that logged in. */
  readonly role: string | null;
  readonly lock: Lock | null;
  /** The readable text of what the lock expects; read only to explain a difference. */
  readonly texts: () => Texts;
  /** Whether a managed database's schema is held against the lock. */
  readonly withDrift: boolean;
  /** The relations that the image's files create by name; asked only where another app shares the database. */
  readonly ownRelations: () => readonly { readonly schema: string | null; readonly name: string }[];
}

export interface LastRun {
  readonly id: string;
  /** Milliseconds since then, by the server's clock. */
  readonly quietMs: number;
}

export interface Inspection {
  readonly state: DatabaseState;
  readonly hasLedger: boolean;
  readonly hasSchema: boolean;
  /** The server process that does the work, behind a pooler too. */
  readonly backendPid: number;
  /** The run that completed this app's newest version; null: none did. */
  readonly last: LastRun | null;
  readonly isStandby: boolean;
  /** The ledger, as it was seen; null where there is none, or none that can be trusted. */
  readonly seen: SeenLedger | null;
}

/**
 * Ahead of every question: nothing can be written, nothing is looked up outside of pg_catalog, no lock is queued for
 * long, and no limit of the role ends it; that to a transaction is there from 17 on (PostgreSQL docs 20.11.1).
 */
export const asking = (role: string | null): string =>
  [
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = 0',
    'SET LOCAL search_path = pg_catalog, pg_temp',
    `SELECT set_config('transaction_timeout', '0', true) WHERE current_setting('transaction_timeout', true) IS NOT NULL`,
    `SET LOCAL lock_timeout = '1s'; SET LOCAL idle_in_transaction_session_timeout = 0`,
    `SET LOCAL jit = off; ${asRole(role)}`,
  ].join('; ');

export const asRole = (role: string | null): string =>
  role === null ? '' : `SET LOCAL ROLE ${identifier(role)}; `;

/**
 * Finds out what the database is, in one round trip; only an unmanaged or empty one without a lock takes a second.
 * Reads only.
 *
 * @throws pg.DatabaseError when the server objects; ConnectionLost when the connection is gone.
 */
export async function inspect(session: Session, options: InspectOptions): Promise<Inspection> {
  const { lock, role, withDrift } = options;
  if (lock !== null && withDrift) {
    const results = await session.run(
      `${asking(role)} ${ledgerQuery(options.ledger)}; ${snapshotOf(options)}`,
    );
    const snapshot = readSnapshot((results.at(-1)?.rows ?? []) as Row[]);
    return conclude((results.at(-2)?.rows[0] ?? {}) as Row, options, askNothing, snapshot);
  }
  const readLedger = async (): Promise<Row> =>
    (await session.rows(asking(role) + ledgerQuery(options.ledger)))[0] ?? {};
  let answer: Promise<Row[]> | null = null;
  const ask = (sql: string): Promise<Row[]> => {
    answer ??= session.rows(asking(role) + sql);
    return answer;
  };
  const inspection = await conclude(await readLedger(), options, ask);
  // A run that committed between the two questions made relations and row at once: the row shows when asked for last.
  return inspection.state.kind === 'unmanaged' ? conclude(await readLedger(), options, ask) : inspection;
}

const askNothing = (): Promise<never> => Promise.reject(new Error('the snapshot is there already'));

const snapshotOf = ({ ledger, lock }: InspectOptions): string =>
  snapshotQuery({ ledger, withPrivileges: lock?.options.privileges ?? false });

/**
 * As `inspect`, of the answer to `ledgerQuery`.
 *
 * @param ask sends one more query, where the answer alone does not tell.
 * @param snapshot of the schema, where one was taken along; a managed database is only compared where it was.
 * @param before what the ledger was seen to hold, if the query was told so.
 */
export async function conclude(
  row: Row,
  options: InspectOptions,
  ask: (sql: string) => Promise<Row[]>,
  snapshot: Snapshot | null = null,
  before: SeenLedger | null = null,
): Promise<Inspection> {
  const { lock, ledger } = options;
  const facts = {
    hasLedger: row.relkind !== null && row.relkind !== undefined,
    hasSchema: row.has_schema === true,
    backendPid: Number(row.backend_pid),
    isStandby: row.standby === true,
  };
  const judged = judgeLedger(row, ledger, options.isWriter, before);
  if ('problems' in judged) {
    return { ...facts, seen: null, last: null, state: { kind: 'corrupt', problems: judged.problems } };
  }
  const { seen } = judged;
  const content = seen?.content ?? null;
  if (content && content.rows.length > 0) {
    return {
      ...facts,
      seen,
      ...judgeRows(content.rows, Number(row.now_ms), (rows) => compare(rows, options, snapshot)),
    };
  }
  if (lock) {
    const taken = snapshot ?? readSnapshot(await ask(snapshotOf(options)));
    return { ...facts, seen, last: null, state: judgeSchema(lock, taken, options) };
  }
  const relations = await ask(relationsQuery(ledger));
  const isShared = (content?.apps ?? []).length > 0;
  return { ...facts, seen, last: null, state: judgeRelations(relations, isShared, options.ownRelations) };
}

/** Holds the schema of a managed database against the lock; null where the lock does not know its version. */
function compare(
  rows: readonly LedgerRow[],
  { lock, texts }: InspectOptions,
  snapshot: Snapshot | null,
): Comparison | null {
  const newest = rows.at(-1);
  const version = rows.findLast(({ state }) => state === 'done')?.version;
  if (!lock || !snapshot || version === undefined || newest?.state !== 'done') return null;
  if (!lockedVersions(lock).includes(version)) return null;
  const accepted = acceptedIn(rows);
  const wanted = expectedAt(lock, version);
  const comparison = diff(wanted, snapshot, { ignore: lock.options.ignore, texts: () => null, accepted });
  return comparison.differences.length === 0
    ? comparison
    : diff(wanted, snapshot, { ignore: lock.options.ignore, texts: texts(), accepted });
}

function judgeSchema(lock: Lock, snapshot: Snapshot, { texts }: InspectOptions): DatabaseState {
  const own = ownObjects(lock, snapshot);
  if (own.length === 0) return { kind: 'empty', found: relationsAmong(snapshot.keys()) };
  return { kind: 'unmanaged', found: relationsAmong(own), match: findMatch(lock, snapshot, texts()) };
}

function judgeRows(
  raw: readonly Row[],
  nowMs: number,
  compareWith: (rows: readonly LedgerRow[]) => Comparison | null,
): Pick<Inspection, 'state' | 'last'> {
  const format = Math.max(...raw.map((row) => Number(row.format)));
  if (format > ledgerFormat) return { state: { kind: 'newer', format }, last: null };
  const rows: LedgerRow[] = [];
  const problems: string[] = [];
  for (const row of raw.map(readRow)) {
    if ('problem' in row) problems.push(row.problem);
    else rows.push(row);
  }
  problems.push(...contradictions(rows));
  const finishedMs = (row: Row): number =>
    typeof row.finished_at === 'string' ? Date.parse(row.finished_at) : 0;
  const last = raw.reduce((a, b) => (finishedMs(b) > finishedMs(a) ? b : a));
  // Where the server's clock was set back, a time that is yet to come tells nothing, and must not be waited for.
  const quietMs = finishedMs(last) > 0 ? nowMs - finishedMs(last) : -1;
  return {
    state:
      problems.length > 0
        ? { kind: 'corrupt', problems }
        : { kind: 'managed', rows, comparison: compareWith(rows) },
    last: quietMs >= 0 ? { id: String(last.run), quietMs } : null,
  };
}
