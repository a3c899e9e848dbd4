import { identifier, literal } from './connection/session.ts';
import { eternalColumns, type LedgerName, ledgerColumns, ledgerTable } from './ledger.ts';
import { markOf, type SeenLedger, selectAll, selectUnseen } from './ledger-seen.ts';

/** What a table is made of besides its row in pg_class: each catalog, and the column that names the table there. */
const partsOfTables = [
  ['pg_attribute', 'attrelid'],
  ['pg_attrdef', 'adrelid'],
  ['pg_constraint', 'conrelid'],
  ['pg_trigger', 'tgrelid'],
  ['pg_rewrite', 'ev_class'],
  ['pg_index', 'indrelid'],
] as const;

/** A digest of which transaction wrote which of the rows that describe the table `r`: another one after any DDL on it. */
const shape = `concat_ws(' ', r.oid, r.xmin${partsOfTables
  .map(
    ([catalog, key]) =>
      `, (SELECT count(*) || '/' || coalesce(sum(hashtextextended(concat_ws(' ', x.ctid::text, x.xmin::text), 0)), 0) FROM ${catalog} x WHERE x.${key} = r.oid)`,
  )
  .join('')})`;

/** What a ledger that was judged is known by, as long as it bears its marks. */
export type KnownLedger = SeenLedger & { readonly shape: string };

/** Whether what was seen is enough for `isSameLedger`: it had rows, and its shape was asked for. */
export const isKnown = (seen: SeenLedger | null): seen is KnownLedger =>
  seen !== null && seen.shape !== null && seen.content.rows.length > 0;

/**
 * Two queries, in their order: each gives one row if the ledger is still what it was seen to be, in its shape and then
 * in its rows, else none. Far cheaper than to judge it again. The second must not be read by the server before the
 * first has told that the ledger is the one that was trusted.
 *
 * @param shape what it was, as an expression of SQL.
 * @param mark likewise.
 */
export const isSameLedger = (ledger: LedgerName, sameShape: string, mark: string): [string, string] => [
  `SELECT FROM pg_class r WHERE r.oid = to_regclass(${literal(ledgerTable(ledger))}) AND ${shape} = ${sameShape}`,
  `SELECT FROM (${markOf(ledger)}) AS m(mark) WHERE m.mark = ${mark}`,
];

/**
 * One row that says all there is to know of the ledger, without an error where there is none.
 *
 * @param seen what it was seen to hold: where it bears that mark still, its content does not come again.
 * @param isRemembered whether its marks are wanted, for `isSameLedger`; a start at head does without.
 */
export function ledgerQuery(
  ledger: LedgerName,
  seen: SeenLedger | null = null,
  isRemembered = false,
): string {
  const typed = (columns: readonly string[]): string =>
    columns
      .flatMap(
        (column) =>
          ledgerColumns[column]?.map((type) => `(${literal(column)}, ${literal(type)}::regtype)`) ?? [],
      )
      .join(', ');
  return `SELECT
      pg_is_in_recovery() AS standby,
      pg_backend_pid() AS backend_pid,
      pg_current_snapshot()::text AS as_of,
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
         WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass) AND d.refobjid >= 16384 AND (
           d.classid = 'pg_attrdef'::regclass AND d.objid IN (SELECT a.oid FROM pg_attrdef a WHERE a.adrelid = r.oid)
           OR d.classid = 'pg_constraint'::regclass AND d.objid IN (SELECT k.oid FROM pg_constraint k WHERE k.conrelid = r.oid)
           OR d.classid = 'pg_class'::regclass AND (d.objid = r.oid OR d.objid IN (SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = r.oid)))
      ) AS has_code,
      ${isRemembered ? `${shape} AS shape,` : ''}
      c.present AS columns, c.written, c.foreign_types > 0 AS has_foreign_types,
      CASE WHEN r.relkind = 'r' AND NOT r.relrowsecurity AND c.present = ${eternalColumns.length} AND c.foreign_types = 0 THEN
        query_to_xml(${literal(isRemembered ? selectUnseen(ledger, seen) : selectAll(ledger))}, true, false, '')::text
      END AS content
    FROM (SELECT to_regclass(${literal(ledgerTable(ledger))}) AS oid) AS ledger
    CROSS JOIN (SELECT oid, rolsuper FROM pg_roles WHERE rolname = current_user) AS me
    LEFT JOIN pg_class r ON r.oid = ledger.oid
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE (attname, atttypid) IN (${typed(eternalColumns)}))::int AS present,
          count(*) FILTER (WHERE (attname, atttypid) IN (${typed(Object.keys(ledgerColumns))}))::int AS written,
          count(*) FILTER (WHERE atttypid >= 16384)::int AS foreign_types
        FROM pg_attribute WHERE attrelid = ledger.oid AND attnum > 0 AND NOT attisdropped
    ) AS c`;
}
