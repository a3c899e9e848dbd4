import type { LedgerName } from '../ledger/index.ts';
import type { Session } from '../postgres/index.ts';
import { normalizeNames, type Snapshot, scope, takeSnapshot } from '../schema/catalog/index.ts';
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
interface Hook {
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
  readonly isPartitioned: boolean;
  /** Whether its file has no block, and so no row. */
  readonly isBlank?: boolean;
}

/** Types whose values are written without quotes: integers, numeric, floating point. */
const bare = '(20, 21, 23, 700, 701, 1700)';
const root = (oid: string): string => `coalesce(pg_partition_root(${oid}), ${oid})`;

/**
 * What is known of tables, a row for each fact: which table it is of, and its place among its like. They are put
 * together here, and not by the server, which knows nothing of how many there are in a schema that was just made.
 */
export const tableFacts = (ledger: LedgerName): string => `WITH ${scope(ledger, null)},
  holder AS MATERIALIZED (SELECT * FROM rel r WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition)
  SELECT 'table' AS fact, h.oid AS of, 0 AS place, json_build_object('name', h.name, 'isForced', h.relforcerowsecurity,
      'isPartitioned', h.relkind = 'p', 'isBlank', a.amname = 'heap' AND pg_relation_size(h.oid) = 0) AS is
    FROM holder h JOIN pg_class c ON c.oid = h.oid LEFT JOIN pg_am a ON a.oid = c.relam
  UNION ALL SELECT 'heir', i.inhparent, 0, to_json(quote_ident(n.nspname) || '.' || quote_ident(c.relname))
    FROM holder h JOIN pg_inherits i ON i.inhparent = h.oid JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  UNION ALL SELECT 'column', a.attrelid, a.attnum, json_build_object('name', quote_ident(a.attname),
      'style', CASE WHEN a.atttypid IN ${bare} THEN 'number' WHEN a.atttypid = 16 THEN 'boolean' ELSE 'text' END,
      'isClock', a.atttypid = 1114, 'isGenerated', a.attgenerated <> '',
      'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
      'hasDefault', a.attgenerated = '' AND (a.atthasdef OR a.attidentity <> ''))
    FROM holder h JOIN pg_attribute a ON a.attrelid = h.oid WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT 'name', s.oid, 0, to_json(s.name) FROM rel s WHERE s.relkind = 'S'
  UNION ALL SELECT 'sequence', d.refobjid, d.refobjsubid, to_json(s.oid::int8)
    FROM rel s JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
   WHERE s.relkind = 'S'
  UNION ALL SELECT 'sequence', f.adrelid, f.adnum, to_json(d.refobjid::int8)
    FROM pg_attrdef f JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
   WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> f.adrelid
  UNION ALL SELECT 'key', i.indrelid, k.place::int4, to_json(quote_ident(a.attname))
    FROM holder h JOIN pg_index i ON i.indrelid = h.oid AND i.indisprimary CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
    JOIN pg_attribute a ON a.attrelid = h.oid AND a.attnum = k.attnum WHERE k.place <= i.indnkeyatts
  UNION ALL SELECT 'reference', ${root('c.conrelid')}::oid, 0, to_json(${root('c.confrelid')}::int8) FROM pg_constraint c WHERE c.contype = 'f'
  UNION ALL SELECT 'deferred', ${root('c.conrelid')}::oid, 0, 'true' FROM pg_constraint c WHERE c.conrelid <> 0 AND c.condeferred
  UNION ALL SELECT 'hook', t.tgrelid, 0, json_build_object('kind', 'TRIGGER', 'name', quote_ident(t.tgname),
      'enable', CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END)
    FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 4 = 4
     AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE d.classid = 'pg_proc'::regclass AND d.objid = t.tgfoid
           AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'timescaledb')
  UNION ALL SELECT 'hook', w.ev_class, 1, json_build_object('kind', 'RULE', 'name', quote_ident(w.rulename),
      'enable', CASE w.ev_enabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END)
    FROM pg_rewrite w WHERE w.ev_type = '3' AND w.ev_enabled IN ('O', 'A')`;

/** One row of it; what it says depends on the fact. */
type Fact = { readonly of: number; readonly place: number } & (
  | { readonly fact: 'table'; readonly is: Pick<RowTable, 'name' | 'isForced' | 'isPartitioned' | 'isBlank'> }
  | { readonly fact: 'column'; readonly is: Omit<RowColumn, 'sequences'> }
  /** What a sequence is called, a column of the key, and a table that inherits. */
  | { readonly fact: 'name' | 'key' | 'heir'; readonly is: string }
  /** By number: a sequence of the column that has that place, a table that is referred to. */
  | { readonly fact: 'sequence' | 'reference'; readonly is: number }
  | { readonly fact: 'deferred' }
  | { readonly fact: 'hook'; readonly is: Hook }
);

/**
 * Lists the tables of a schema that may hold rows; an extension's, a foreign server's and the ledger are none of them.
 * Expects search_path to be pg_catalog.
 *
 * @param seen the schema's snapshot, where there is one; else it is inspected.
 */
export async function listTables(
  session: Session,
  ledger: LedgerName,
  seen: Snapshot | null = null,
): Promise<RowTable[]> {
  const facts = (await session.rows(tableFacts(ledger))) as unknown as Fact[];
  // Chunks, wherever they stand, are in no snapshot.
  const snapshot = seen ?? (await takeSnapshot(session, { ledger, withPrivileges: false }));
  return tablesOf(facts, (table) => snapshot.has(`table ${table}`));
}

/** What is called how, by number. */
type Names = Readonly<Record<'tables' | 'sequences', Map<number, string>>>;

/** Puts facts together. */
function tablesOf(facts: readonly Fact[], isKnown: (table: string) => boolean): RowTable[] {
  const names: Names = { tables: new Map(), sequences: new Map() };
  const byTable = new Map<number, Fact[]>();
  for (const fact of facts) {
    if (fact.fact === 'name') names.sequences.set(fact.of, normalizeNames(fact.is));
    if (fact.fact === 'table') names.tables.set(fact.of, normalizeNames(fact.is.name));
    const others = byTable.get(fact.of);
    if (others === undefined) byTable.set(fact.of, [fact]);
    else others.push(fact);
  }
  return [...byTable.values()]
    .flatMap((its) => tableOf(its, names, isKnown) ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** null for what is no such table, or a chunk. */
function tableOf(
  facts: readonly Fact[],
  { tables, sequences }: Names,
  isKnown: (table: string) => boolean,
): RowTable | null {
  const those = <F extends Fact['fact']>(fact: F) =>
    facts
      .filter((one): one is Fact & { readonly fact: F } => one.fact === fact)
      .sort((a, b) => a.place - b.place);
  const [table] = those('table');
  if (table === undefined || !isKnown(normalizeNames(table.is.name))) return null;
  const named = (numbers: readonly { readonly is: number }[], names: ReadonlyMap<number, string>): string[] =>
    [...new Set(numbers.flatMap(({ is }) => names.get(is) ?? []))].sort();
  const filling = those('sequence');
  return {
    ...table.is,
    name: normalizeNames(table.is.name),
    isSpread: table.is.isPartitioned || those('heir').some(({ is }) => !isKnown(normalizeNames(is))),
    columns: those('column').map(({ place, is }) => ({
      ...is,
      name: normalizeNames(is.name),
      sequences: named(
        filling.filter((one) => one.place === place),
        sequences,
      ),
    })),
    key: those('key').map(({ is }) => normalizeNames(is)),
    references: named(those('reference'), tables),
    hooks: those('hook')
      .map(({ is }) => is)
      .sort((a, b) => (a.kind === b.kind ? (a.name < b.name ? -1 : 1) : a.kind < b.kind ? 1 : -1)),
    isDeferred: those('deferred').length > 0,
  };
}

/** A column's full name, as `schema.table.column`. */
export const columnName = (table: RowTable, column: RowColumn): string => `${table.name}.${column.name}`;
