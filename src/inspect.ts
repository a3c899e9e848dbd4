import { identifier, literal, type Row, type Session } from './connection/session.ts';
import { type Comparison, diff, type Texts } from './diff.ts';
import {
  acceptedIn,
  contradictions,
  eternalColumns,
  type LedgerContent,
  type LedgerName,
  ledgerColumns,
  ledgerFormat,
  ledgerTable,
  readRow,
  selectContent,
} from './ledger.ts';
import { expectedAt, type Lock, lockedVersions } from './lockfile.ts';
import { findMatch, ownObjects, relationsAmong } from './match.ts';
import type { DatabaseState, FoundRelation, LedgerRow } from './model.ts';
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
}

/** Ahead of every question: nothing can be written, nothing is looked up outside of pg_catalog, no lock is queued for long. */
export const asking = (role: string | null): string =>
  `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = 0; SET LOCAL jit = off; ${asRole(role)}`;

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
    const results = await session.run(`${asking(role)} ${ledgerQuery(options)}; ${snapshotOf(options)}`);
    const snapshot = readSnapshot((results.at(-1)?.rows ?? []) as Row[]);
    return conclude((results.at(-2)?.rows[0] ?? {}) as Row, options, askNothing, snapshot);
  }
  const readLedger = async (): Promise<Row> =>
    (await session.rows(asking(role) + ledgerQuery(options)))[0] ?? {};
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
 */
export async function conclude(
  row: Row,
  options: InspectOptions,
  ask: (sql: string) => Promise<Row[]>,
  snapshot: Snapshot | null = null,
): Promise<Inspection> {
  const { lock, ledger } = options;
  const facts = {
    hasLedger: row.relkind !== null && row.relkind !== undefined,
    hasSchema: row.has_schema === true,
    backendPid: Number(row.backend_pid),
    isStandby: row.standby === true,
  };
  const judged = judgeTable(row, options);
  if ('state' in judged) return { ...facts, last: null, state: judged.state };
  const { content } = judged;
  if (content?.rows.every(({ format }) => Number(format) <= ledgerFormat) && lacksColumns(row, options)) {
    const problems = [`${ledger.schema}.ledger lacks columns of Slipway's ledger`];
    return { ...facts, last: null, state: { kind: 'corrupt', problems } };
  }
  if (content && content.rows.length > 0) {
    return {
      ...facts,
      ...judgeRows(content.rows, Number(row.now_ms), (rows) => compare(rows, options, snapshot)),
    };
  }
  if (lock) {
    const taken = snapshot ?? readSnapshot(await ask(snapshotOf(options)));
    return { ...facts, last: null, state: judgeSchema(lock, taken, options) };
  }
  const found = (await ask(relationsQuery(ledger))).map(readRelation);
  return { ...facts, last: null, state: judgeRelations(found, (content?.apps ?? []).length > 0, options) };
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

/** One row that says all there is to know of the ledger, without an error where there is none. */
export function ledgerQuery({ ledger }: InspectOptions): string {
  const columns = eternalColumns.map(literal).join(', ');
  const written = ledgerColumns.map(literal).join(', ');
  return `SELECT
      pg_is_in_recovery() AS standby,
      pg_backend_pid() AS backend_pid,
      extract(epoch FROM clock_timestamp()) * 1000 AS now_ms,
      to_regnamespace(${literal(identifier(ledger.schema))}) IS NOT NULL AS has_schema,
      r.relkind::text AS relkind,
      pg_get_userbyid(r.relowner) AS owner,
      r.relowner = (SELECT datdba FROM pg_database WHERE datname = current_database())
        OR (SELECT rolsuper FROM pg_roles WHERE oid = r.relowner)
        OR r.relowner = me.oid
        OR (NOT me.rolsuper AND pg_has_role(r.relowner, 'MEMBER')) AS is_trusted,
      EXISTS (SELECT FROM pg_trigger WHERE tgrelid = r.oid) AS has_triggers,
      EXISTS (SELECT FROM pg_rewrite WHERE ev_class = r.oid) AS has_rules,
      r.relrowsecurity AS has_row_security,
      EXISTS (
        SELECT FROM pg_depend d
         WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass) AND d.refobjid >= 16384 AND (
           d.classid = 'pg_attrdef'::regclass AND d.objid IN (SELECT a.oid FROM pg_attrdef a WHERE a.adrelid = r.oid)
           OR d.classid = 'pg_constraint'::regclass AND d.objid IN (SELECT k.oid FROM pg_constraint k WHERE k.conrelid = r.oid)
           OR d.classid = 'pg_class'::regclass AND d.objid IN (SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = r.oid))
      ) AS has_code,
      c.present AS columns, c.written, c.foreign_types > 0 AS has_foreign_types,
      CASE WHEN r.relkind = 'r' AND NOT r.relrowsecurity AND c.present = ${eternalColumns.length} AND c.foreign_types = 0 THEN
        query_to_xml(${literal(`SELECT encode(convert_to((${selectContent(ledger)})::text, 'UTF8'), 'hex') AS content`)}, true, false, '')::text
      END AS content
    FROM (SELECT to_regclass(${literal(ledgerTable(ledger))}) AS oid) AS ledger
    CROSS JOIN (SELECT oid, rolsuper FROM pg_roles WHERE rolname = current_user) AS me
    LEFT JOIN pg_class r ON r.oid = ledger.oid
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE attname IN (${columns}))::int AS present,
          count(*) FILTER (WHERE attname IN (${written}))::int AS written,
          count(*) FILTER (WHERE atttypid >= 16384)::int AS foreign_types
        FROM pg_attribute WHERE attrelid = ledger.oid AND attnum > 0 AND NOT attisdropped
    ) AS c`;
}

/** A user's relations, in every schema: no extension's, no partition, no sequence that a column owns, not the ledger. */
export function relationsQuery(ledger: LedgerName): string {
  return `SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT c.relispartition
     AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND n.nspname !~ '^(pg_toast|pg_temp_|_timescaledb_)'
     AND c.oid IS DISTINCT FROM to_regclass(${literal(ledgerTable(ledger))})
     AND NOT EXISTS (
       SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
          AND (d.deptype = 'e' OR (c.relkind = 'S' AND d.deptype IN ('a', 'i'))))
   ORDER BY n.nspname, c.relname`;
}

function judgeTable(
  row: Row,
  { ledger, isWriter }: InspectOptions,
): { readonly state: DatabaseState } | { readonly content: LedgerContent | null } {
  if (row.relkind === null || row.relkind === undefined) return { content: null };
  const name = `${ledger.schema}.ledger`;
  const problems = [
    ...(row.relkind === 'r' ? [] : [`${name} is not a plain table`]),
    ...(row.has_triggers ? [`${name} has triggers, which would run with Slipway's privileges`] : []),
    ...(row.has_rules ? [`${name} has rules, which would run with Slipway's privileges`] : []),
    ...(row.has_row_security ? [`${name} has row security, which hides rows`] : []),
    ...(row.has_code ? [`${name} calls functions of a user, which would run with Slipway's privileges`] : []),
    ...(row.has_foreign_types
      ? [`${name} has columns of a user's types, whose casts are a user's code`]
      : []),
    ...(row.columns === eternalColumns.length
      ? []
      : [`${name} does not have the columns of Slipway's ledger`]),
    ...(isWriter && !row.is_trusted
      ? [
          `${name} belongs to "${String(row.owner)}", who is neither this role, a role it is a member of, the database's owner nor a superuser`,
        ]
      : []),
  ];
  return problems.length > 0
    ? { state: { kind: 'corrupt', problems } }
    : { content: readContent(row.content) };
}

/** Every column is needed to write; to read, what is there will do. */
const lacksColumns = (row: Row, { isWriter }: InspectOptions): boolean =>
  isWriter && row.written !== ledgerColumns.length;

function readContent(xml: unknown): LedgerContent {
  const hex = /<content>([0-9a-f]*)<\/content>/.exec(String(xml))?.[1] ?? '';
  return JSON.parse(Buffer.from(hex, 'hex').toString('utf8')) as LedgerContent;
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
  return {
    state:
      problems.length > 0
        ? { kind: 'corrupt', problems }
        : { kind: 'managed', rows, comparison: compareWith(rows) },
    last: finishedMs(last) > 0 ? { id: String(last.run), quietMs: nowMs - finishedMs(last) } : null,
  };
}

function judgeRelations(
  found: readonly FoundRelation[],
  isShared: boolean,
  { ownRelations }: InspectOptions,
): DatabaseState {
  if (!isShared)
    return found.length > 0 ? { kind: 'unmanaged', found, match: null } : { kind: 'empty', found };
  const own = ownRelations();
  const ours = found.filter((relation) =>
    own.some(({ schema, name }) => name === relation.name && (schema === null || schema === relation.schema)),
  );
  return ours.length > 0 ? { kind: 'unmanaged', found: ours, match: null } : { kind: 'empty', found };
}

const relationKinds: Readonly<Record<string, FoundRelation['kind']>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  S: 'sequence',
  f: 'foreign table',
};

const readRelation = (row: Row): FoundRelation => ({
  schema: String(row.schema),
  name: String(row.name),
  kind: relationKinds[String(row.kind)] ?? 'table',
});
