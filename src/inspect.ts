import type pg from 'pg';
import { identifier, type Row, type Session } from './connection/session.ts';
import type { Texts } from './diff.ts';
import type { LedgerName } from './ledger.ts';
import { ledgerQuery } from './ledger-found.ts';
import type { SeenLedger } from './ledger-seen.ts';
import type { Lock } from './lockfile.ts';
import type { DatabaseState } from './model.ts';
import { snapshotQuery } from './snapshot/snapshot.ts';

export interface InspectOptions {
  readonly ledger: LedgerName;
  /** Whether the ledger must be in trusted hands: asked by whoever is going to write to it. */
  readonly isWriter: boolean;
  /** Whether the current role is trusted with the ledger: it is not where it asks for what depends on the schema. */
  readonly isSelfTrusted: boolean;
  /** The role that reads and writes; null: the one that logged in. */
  readonly role: string | null;
  readonly lock: Lock | null;
  /** The readable text of what the lock expects; read only to explain a difference. */
  readonly texts: () => Texts;
  /** Whether a managed database's schema is held against the lock. */
  readonly withDrift: boolean;
  /** A query as it is to be sent in that session. */
  readonly shortest: (session: Session, query: string) => string;
  /** Relations that make no database somebody's, by `relationKey`: what a platform owns. */
  readonly passedOver: ReadonlySet<string>;
  /** The relations that the image's files create by name; asked only where another app shares the database. */
  readonly ownRelations: () => readonly { readonly schema: string | null; readonly name: string }[];
}

export interface LastRun {
  readonly id: string;
  /** Milliseconds since then, by the server's clock. */
  readonly quietMs: number;
}

export interface Publication {
  readonly name: string;
  /** FOR ALL TABLES, FOR TABLES IN SCHEMA, or by the table's name. */
  readonly by: 'all' | 'schema' | 'table';
}

/** A schema whose owner is not trusted with the ledger in it. */
export interface OtherHands {
  readonly owner: string;
  /** Who owns the ledger. */
  readonly ledgerOwner: string;
}

export interface Inspection {
  readonly state: DatabaseState;
  readonly hasLedger: boolean;
  readonly hasSchema: boolean;
  /** The server process that does the work, behind a pooler too. */
  readonly backendPid: number;
  /**
   * Which transactions were over (PostgreSQL docs 9.27.6, pg_current_snapshot): while that is the same, so is all that
   * a look sees.
   */
  readonly asOf: string;
  /** The run that completed this app's newest version; null: none did. */
  readonly last: LastRun | null;
  /** What other apps of the ledger made inside relations that the lock knows, by `kind name`. */
  readonly others: ReadonlySet<string>;
  readonly isStandby: boolean;
  /** The publications that the ledger is in: what is published is a subscriber's ledger too. */
  readonly publications: readonly Publication[];
  /** Whoever owns the ledger's schema may drop the ledger; null where that is somebody who is trusted with it. */
  readonly schemaInOtherHands: OtherHands | null;
  /** The ledger, as it was seen; null where there is none, or none that can be trusted. */
  readonly seen: SeenLedger | null;
}

/** What may end a statement or a session of ours. */
const limits = [
  'statement_timeout',
  'transaction_timeout',
  'idle_session_timeout',
  'idle_in_transaction_session_timeout',
] as const;

/**
 * Ahead of a look at the whole schema in a transaction of ours. To compile it takes longer than to run it, a minute
 * where nobody has analyzed a schema that was just made (PostgreSQL docs 32.2); and its tables are joined in the order
 * in which it names them (docs 14.3).
 */
export const cheapPlans = 'SET LOCAL jit = off; SET LOCAL join_collapse_limit = 1';

/** Puts back what `cheapPlans` sets, for a body that runs in the same transaction. */
export const ownPlans = 'RESET jit; RESET join_collapse_limit';

/**
 * Ahead of every question: nothing can be written, nothing is looked up outside of pg_catalog, no lock is queued for
 * long, no limit of the role ends it (that to a transaction is there from 17 on, PostgreSQL docs 20.11.1), and no view or
 * foreign table of a user is read (restrict_nonsystem_relation_kind, from 14.13, 15.8, 16.4 and 17 on).
 * The second statement tells what the limits were.
 */
export const asking = (role: string | null): string =>
  [
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY',
    `SELECT ${limits.map((name) => `pg_catalog.current_setting('${name}', true) AS ${name}`).join(', ')}, pg_catalog.set_config('statement_timeout', '0', true)`,
    'SET LOCAL search_path = pg_catalog, pg_temp',
    `SELECT set_config(s.name, s.value, true) FROM (VALUES ('transaction_timeout', '0'), ('restrict_nonsystem_relation_kind', 'view, foreign-table')) AS s(name, value) WHERE current_setting(s.name, true) IS NOT NULL`,
    `SET LOCAL lock_timeout = '1s'; SET LOCAL idle_in_transaction_session_timeout = 0`,
    `${cheapPlans}; ${asRole(role)}`,
  ].join('; ');

/**
 * A limit as the server shows it that may strike before a message of ours has switched it off: it counts from the
 * message's arrival, and the whole of it is read first.
 */
const isShort = (limit: unknown): boolean => /^[1-9]\d?ms$/.test(String(limit));

export const asRole = (role: string | null): string =>
  role === null ? '' : `SET LOCAL ROLE ${identifier(role)}; `;

/**
 * Finds out what the database is, in one round trip; only an unmanaged or empty one without a lock takes a second.
 * Reads only. What judges the answer is loaded while the server works on it.
 *
 * @throws pg.DatabaseError when the server objects; ConnectionLost when the connection is gone.
 */
export async function inspect(session: Session, options: InspectOptions): Promise<Inspection> {
  const { lock, role, withDrift } = options;
  const ask = async (sql: string): Promise<pg.QueryResult[]> => {
    const results = await session.run(`${asking(role)} ${sql}`);
    session.isHurried ||= Object.values(results[1]?.rows[0] ?? {}).some(isShort);
    return results;
  };
  const rowsOf = async (sql: string): Promise<Row[]> => ((await ask(sql)).at(-1)?.rows ?? []) as Row[];
  if (lock !== null && withDrift) {
    const [{ conclude }, results] = await Promise.all([
      import('./conclude.ts'),
      ask(`${ledgerQuery(options.ledger, options)}; ${options.shortest(session, snapshotOf(options))}`),
    ]);
    const [ledger, objects] = results.slice(-2).map(({ rows }) => rows as Row[]);
    const row = await withContent(ledger?.[0] ?? {}, session, asking(role), options.ledger);
    return conclude(row, options, rowsOf, objects ?? []);
  }
  const readLedger = async (): Promise<Row> => {
    const [row] = await rowsOf(ledgerQuery(options.ledger, options));
    return withContent(row ?? {}, session, asking(role), options.ledger);
  };
  let answer: Promise<Row[]> | null = null;
  let asked: string | null = null;
  const askOnce = (sql: string): Promise<Row[]> => {
    if (asked !== null && asked !== sql) return rowsOf(sql);
    asked = sql;
    answer ??= rowsOf(sql);
    return answer;
  };
  const [{ conclude }, row] = await Promise.all([import('./conclude.ts'), readLedger()]);
  const inspection = await conclude(row, options, askOnce);
  // A run that committed between the two questions made relations and row at once: the row shows when asked for last.
  return inspection.state.kind === 'unmanaged' ? conclude(await readLedger(), options, askOnce) : inspection;
}

/** What `ledgerQuery` gave, with the content where it has to be copied; that is loaded only there. */
export async function withContent(
  row: Row,
  session: Session,
  ahead: string,
  ledger: LedgerName,
): Promise<Row> {
  if (row.is_copied !== true) return row;
  const { copyContent } = await import('./ledger-copied.ts');
  return { ...row, content: await copyContent(session, ahead, ledger) };
}

export const snapshotOf = ({ ledger, lock }: InspectOptions): string =>
  snapshotQuery({ ledger, withPrivileges: lock?.options.privileges ?? false });
