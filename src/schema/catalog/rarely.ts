import type { LedgerName } from '../../ledger/index.ts';
import { literal, type Row } from '../../postgres/index.ts';
import { isUsers } from '../objects/common/scoped.ts';
import type { Rarity } from '../objects/index.ts';
import { scope } from './scope.ts';

/*
 * Most of what it costs to read a schema is to parse and plan the query, and most of its kinds are in few schemas. What
 * reads those is a text that the server runs where its catalogs hold something of a user's, and else never parses.
 */

/**
 * Catalogs of what is written in the server's own terms, by the column of an object's schema; null for what is in none.
 * What initdb made may have been moved into a schema of a user, and counts there.
 */
const catalogsOfCode = {
  pg_operator: 'oprnamespace',
  pg_opclass: 'opcnamespace',
  pg_opfamily: 'opfnamespace',
  pg_collation: 'collnamespace',
  pg_conversion: 'connamespace',
  pg_ts_config: 'cfgnamespace',
  pg_ts_dict: 'dictnamespace',
  pg_ts_parser: 'prsnamespace',
  pg_ts_template: 'tmplnamespace',
  pg_cast: null,
  pg_language: null,
  pg_transform: null,
  pg_am: null,
} as const;

/** Catalogs of which any row is a reason to read: initdb leaves them empty. */
const emptyCatalogs = [
  'pg_policy',
  'pg_statistic_ext',
  'pg_event_trigger',
  'pg_publication',
  'pg_subscription',
  'pg_foreign_data_wrapper',
] as const;

/** When a group is read: a condition on the common table expressions of `scope` and the catalogs. */
const conditions = {
  partitions: 'EXISTS (SELECT FROM rel r WHERE r.relispartition)',
  code: `EXISTS (SELECT FROM proc p WHERE p.prokind = 'a') OR EXISTS (SELECT FROM typ t WHERE t.typtype IN ('b', 'r'))
      OR EXISTS (SELECT FROM (${Object.entries(catalogsOfCode)
        .map(
          ([catalog, schema]) =>
            `SELECT '${catalog}'::regclass::oid AS classid, o.oid FROM ${catalog} o WHERE ${schema === null ? isUsers('o') : `o.${schema} IN (SELECT s.oid FROM space s)`}`,
        )
        .join(' UNION ALL ')}) AS x
        WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = x.classid AND m.objid = x.oid))`,
  others: `${emptyCatalogs.map((catalog) => `EXISTS (SELECT FROM ${catalog})`).join(' OR ')}
      OR EXISTS (SELECT FROM pg_rewrite w WHERE ${isUsers('w')} AND w.rulename <> '_RETURN')
      OR EXISTS (SELECT FROM rel r WHERE r.relkind = 'm' AND NOT r.relispopulated)
      OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgisinternal AND t.tgenabled <> 'O')
      OR EXISTS (SELECT FROM pg_depend d WHERE d.deptype = 'x' AND d.refclassid = 'pg_extension'::regclass)`,
} as const satisfies Record<Rarity, string>;

export const rarities = Object.keys(conditions) as readonly Rarity[];

/** Gives the columns their types. */
const noRow = 'SELECT NULL::text, NULL::text, NULL::text, NULL::text, NULL::jsonb WHERE false';

const rowsKind = 'rows';
/** Stands in the text for the relations of a part, which may be a parameter of the query around it. */
const relationsMark = ':RELATIONS:';

/**
 * One row for a group: its rows as JSON, in hexadecimal in XML, or null where its condition does not hold.
 *
 * @param texts of the group's readers.
 */
export function rarely(
  rarity: Rarity,
  texts: readonly string[],
  { ledger, relations }: { readonly ledger: LedgerName; readonly relations: string | null },
): string {
  const query = `SELECT encode(convert_to(coalesce(json_agg(f), '[]')::text, 'UTF8'), 'hex') AS content
    FROM (WITH ${scope(ledger, relations === null ? null : relationsMark)} ${[noRow, ...texts].join('\nUNION ALL ')}) AS f(kind, name, parent, text, facets)`;
  const text =
    relations === null
      ? literal(query)
      : `replace(${literal(query)}, ${literal(relationsMark)}, quote_literal((${relations})::text) || '::text[]')`;
  return `SELECT '${rowsKind}', '${rarity}', NULL::text, CASE WHEN ${conditions[rarity]} THEN query_to_xml(${text}, true, false, '')::text END, NULL`;
}

/** The rows of the whole query, those of a group in the place of its one. */
export function readRare(row: Row): readonly Row[] {
  if (row.kind !== rowsKind) return [row];
  const hex = /<content>([0-9a-f]*)<\/content>/.exec(String(row.text ?? ''))?.[1];
  return hex === undefined ? [] : (JSON.parse(Buffer.from(hex, 'hex').toString('utf8')) as Row[]);
}
