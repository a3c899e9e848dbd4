import type { Session } from '../connection/session.ts';
import type { LedgerName } from '../ledger.ts';
import { settleNames } from '../snapshot/printed-names.ts';
import { scope } from '../snapshot/scope.ts';

/** A column of a table, as far as its values go. */
export interface RowColumn {
  /** Quoted where it must be. */
  readonly name: string;
  /** How its values are written: bare, or as a string. */
  readonly style: 'number' | 'boolean' | 'text';
  /** Whether it is a timestamp without a time zone: what a moment becomes in it depends on the session's. */
  readonly isClock: boolean;
  readonly isGenerated: boolean;
  readonly identity: 'always' | 'by default' | null;
  /** Whether something fills it where an INSERT leaves it out: a default, or an identity. */
  readonly hasDefault: boolean;
  /** The sequences that fill it. */
  readonly sequences: readonly string[];
}

/** What acts by itself when rows come: a trigger or a rule, with the words that switch it on as it is. */
export interface Hook {
  readonly kind: 'TRIGGER' | 'RULE';
  readonly name: string;
  readonly enable: 'ENABLE' | 'ENABLE ALWAYS';
}

/** A table that may hold rows; a partitioned one stands for its partitions. */
export interface RowTable {
  /** Qualified and quoted where it must be. */
  readonly name: string;
  readonly columns: readonly RowColumn[];
  /** The columns of its primary key; empty where it has none. */
  readonly key: readonly string[];
  /** The tables that its foreign keys point to, itself included. */
  readonly references: readonly string[];
  readonly hooks: readonly Hook[];
  /** Whether row security holds for its owner too. */
  readonly isForced: boolean;
  /** Whether a constraint of it is checked only at the end of the transaction. */
  readonly isDeferred: boolean;
  /** Whether its rows stand in other tables: partitions, chunks. */
  readonly isSpread: boolean;
}

/** Types whose values are written without quotes: integers, numeric, floating point. */
const numbers = '(20, 21, 23, 700, 701, 1700)';
const root = (oid: string): string => `coalesce(pg_partition_root(${oid}), ${oid})`;

const query = (ledger: LedgerName): string => `WITH ${scope(ledger, null)},
  holder AS MATERIALIZED (SELECT c.*, r.name FROM rel r JOIN pg_class c ON c.oid = r.oid WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition)
  SELECT h.name, h.relforcerowsecurity AS is_forced,
      h.relkind = 'p' OR EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.inhparent = h.oid AND n.nspname = '_timescaledb_internal') AS is_spread,
      (SELECT json_agg(json_build_object('name', quote_ident(a.attname),
          'style', CASE WHEN a.atttypid IN ${numbers} THEN 'number' WHEN a.atttypid = 16 THEN 'boolean' ELSE 'text' END,
          'isClock', a.atttypid = 1114, 'isGenerated', a.attgenerated <> '',
          'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
          'hasDefault', a.attgenerated = '' AND (a.atthasdef OR a.attidentity <> ''),
          'sequences', ARRAY(SELECT DISTINCT s.name FROM rel s JOIN pg_depend d ON s.oid IN (SELECT q.seqrelid FROM pg_sequence q)
             AND (d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i'
               OR d.classid = 'pg_attrdef'::regclass AND d.objid = (SELECT f.oid FROM pg_attrdef f WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum) AND d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid)
             ORDER BY 1)) ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = h.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      ARRAY(SELECT quote_ident(a.attname) FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
              JOIN pg_attribute a ON a.attrelid = h.oid AND a.attnum = k.attnum
             WHERE i.indrelid = h.oid AND i.indisprimary AND k.place <= i.indnkeyatts ORDER BY k.place) AS key,
      ARRAY(SELECT DISTINCT t.name FROM pg_constraint c JOIN rel t ON t.oid = ${root('c.confrelid')}
             WHERE c.contype = 'f' AND ${root('c.conrelid')} = h.oid ORDER BY 1) AS refs,
      EXISTS (SELECT FROM pg_constraint c WHERE ${root('c.conrelid')} = h.oid AND c.condeferred) AS is_deferred,
      (SELECT json_agg(x.hook ORDER BY x.kind DESC, x.name COLLATE "C") FROM (
         SELECT 'TRIGGER' AS kind, t.tgname AS name, json_build_object('kind', 'TRIGGER', 'name', quote_ident(t.tgname),
             'enable', CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END) AS hook
           FROM pg_trigger t WHERE t.tgrelid = h.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 4 = 4
         UNION ALL SELECT 'RULE', w.rulename, json_build_object('kind', 'RULE', 'name', quote_ident(w.rulename),
             'enable', CASE w.ev_enabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END)
           FROM pg_rewrite w WHERE w.ev_class = h.oid AND w.ev_type = '3' AND w.ev_enabled IN ('O', 'A')) AS x) AS hooks
    FROM holder h ORDER BY h.name COLLATE "C"`;

/**
 * Lists the tables of a schema that may hold rows; an extension's, a foreign server's and the ledger are none of them.
 * Expects search_path to be pg_catalog.
 */
export async function listTables(session: Session, ledger: LedgerName): Promise<RowTable[]> {
  const rows = await session.rows(query(ledger));
  return rows.map((row) => ({
    name: settleNames(String(row.name)),
    columns: ((row.columns ?? []) as RowColumn[]).map((column) => ({
      ...column,
      name: settleNames(column.name),
      sequences: column.sequences.map(settleNames),
    })),
    key: (row.key as string[]).map(settleNames),
    references: (row.refs as string[]).map(settleNames),
    hooks: (row.hooks ?? []) as Hook[],
    isForced: row.is_forced === true,
    isDeferred: row.is_deferred === true,
    isSpread: row.is_spread === true,
  }));
}

/** A column's full name, as `schema.table.column`. */
export const columnName = (table: RowTable, column: RowColumn): string => `${table.name}.${column.name}`;
