import pg from 'pg';
import type { LedgerName } from '../ledger/index.ts';
import { identifier, type Row, type Session } from '../postgres/index.ts';
import { scope } from '../schema/catalog/index.ts';
import { asConstant, literalsIn, sampleText, type TypeFacts } from './sample-values.ts';

/** So many rows a table gets where it takes them; the last has a null wherever one may stand. */
const rowsEach = 3;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly oid: number;
  readonly isRequired: boolean;
  readonly hasDefault: boolean;
}

/** A check, or what the bounds of a table's partitions ask for. */
interface Check {
  /** Empty for the bounds: the server names none when a row fits no partition. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Constants that it is written with: what it takes is often among them, or beside them. */
  readonly constants: readonly string[];
}

interface ForeignKey {
  readonly columns: readonly string[];
  /** Qualified and quoted. */
  readonly table: string;
  readonly referenced: readonly string[];
}

interface Table {
  /** Qualified and quoted. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly checks: readonly Check[];
}

/**
 * Puts a few rows into every table of those that are wanted and takes them, and into the tables that they refer to,
 * these first. What a constraint or a trigger refuses is tried with other values.
 *
 * @param wanted by qualified name, partitions being filled through their table; null: every table.
 * @returns the tables that have not one row, by qualified name.
 */
export async function fillTables(
  session: Session,
  ledger: LedgerName,
  wanted: ReadonlySet<string> | null = null,
): Promise<string[]> {
  const { tables, types } = await readTables(session, ledger);
  const filled = new Set<string>();
  let left = wanted === null ? tables : withReferenced(tables, wanted);
  for (;;) {
    const ready = left.filter(({ foreignKeys, columns }) =>
      foreignKeys.every((key) => filled.has(key.table) || !isRequired(key, columns)),
    );
    const before = filled.size;
    for (const table of ready) if (await fillTable(session, table, { types, filled })) filled.add(table.name);
    left = left.filter((table) => !filled.has(table.name));
    if (filled.size === before) return left.map(({ name }) => name);
  }
}

/** The wanted tables, those that they refer to, and what a row of these must refer to. */
function withReferenced(tables: readonly Table[], wanted: ReadonlySet<string>): readonly Table[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const needed = new Set(wanted);
  for (const name of needed) {
    const { foreignKeys = [], columns = [] } = byName.get(name) ?? {};
    for (const key of foreignKeys) if (wanted.has(name) || isRequired(key, columns)) needed.add(key.table);
  }
  return tables.filter(({ name }) => needed.has(name));
}

const isRequired = ({ columns }: ForeignKey, all: readonly Column[]): boolean =>
  all.some((column) => columns.includes(column.name) && column.isRequired);

/** What a row's values depend on besides its table. */
interface Known {
  readonly types: ReadonlyMap<number, TypeFacts>;
  /** The tables that have rows to refer to. */
  readonly filled: ReadonlySet<string>;
}

async function fillTable(session: Session, table: Table, known: Known): Promise<boolean> {
  let count = await countRows(session, table.name);
  for (let n = 1; n <= rowsEach; n += 1) if (await fillRow(session, table, n, known)) count += 1;
  return count > 0;
}

async function countRows(session: Session, table: string): Promise<number> {
  const [row] = await session.rows(`SELECT count(*) AS count FROM ${table}`);
  return Number(row?.count);
}

/** So many other values are tried for what a check refuses, before only what must be given is. */
const mostTries = 8;

async function fillRow(
  session: Session,
  table: Table,
  n: number,
  { types, filled }: Known,
): Promise<boolean> {
  const isSparse = n === rowsEach;
  const chosen = new Map<string, string>();
  const value = (column: Column): string | null => chosen.get(column.name) ?? sample(column, n, types);
  const whole = (column: Column): string | null => (isSparse && !column.isRequired ? null : value(column));
  const needed = (column: Column): string | null =>
    column.isRequired && !column.hasDefault ? value(column) : null;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const refused = await insert(session, insertOf(table, n, whole, filled));
    if (refused === null) return true;
    const check = refused.code === checkViolation && checkOf(table, refused);
    if (!check) break;
    for (const column of table.columns.filter(({ name }) => check.columns.includes(name))) {
      const text = check.constants[(n - 1 + tries) % check.constants.length];
      if (text !== undefined) chosen.set(column.name, asConstant(text, column.type));
    }
  }
  if ((await insert(session, insertOf(table, n, needed, filled))) === null) return true;
  const other = (column: Column): string | null =>
    column.isRequired && !column.hasDefault ? sample(column, n + rowsEach, types) : null;
  return (await insert(session, insertOf(table, n, other, filled))) === null;
}

const checkViolation = '23514';
const checkOf = ({ checks }: Table, { constraint }: pg.DatabaseError): Check | undefined =>
  checks.find(({ name, constants }) => name === (constraint ?? '') && constants.length > 0);

/** A refusal of the server's is an answer here; anything else is not. */
async function insert(session: Session, sql: string): Promise<pg.DatabaseError | null> {
  try {
    await session.run(sql);
    return null;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return error;
  }
}

function insertOf(
  { name, columns, foreignKeys }: Table,
  n: number,
  pick: (column: Column) => string | null,
  filled: ReadonlySet<string>,
): string {
  const values = columns.flatMap((column) => {
    const key = foreignKeys.find((candidate) => candidate.columns.includes(column.name));
    const value = key ? (filled.has(key.table) ? referenced(key, column.name, n) : null) : pick(column);
    return value === null ? [] : [[column.name, value] as const];
  });
  const given = values.map(([column]) => identifier(column)).join(', ');
  return values.length === 0
    ? `INSERT INTO ${name} DEFAULT VALUES`
    : `INSERT INTO ${name} (${given}) VALUES (${values.map(([, value]) => value).join(', ')})`;
}

const sample = ({ oid, type }: Column, n: number, types: ReadonlyMap<number, TypeFacts>): string | null => {
  const text = sampleText(oid, n, types);
  return text === null ? null : asConstant(text, type);
};

/** The value of one row of the referenced table: the same row for each column of a key. */
function referenced({ columns, table, referenced: names }: ForeignKey, column: string, n: number): string {
  const name = identifier(names[columns.indexOf(column)] ?? '');
  return `(SELECT r.${name} FROM ${table} r ORDER BY r.tableoid, r.ctid OFFSET ${n - 1} % (SELECT count(*) FROM ${table}) LIMIT 1)`;
}

async function readTables(
  session: Session,
  ledger: LedgerName,
): Promise<{ tables: readonly Table[]; types: ReadonlyMap<number, TypeFacts> }> {
  const results = await session.run(
    `BEGIN READ ONLY; SET LOCAL search_path = pg_catalog, pg_temp; ${tablesQuery(ledger)}; ${typesQuery}; COMMIT`,
  );
  const [tables = [], types = []] = results.slice(-3).map(({ rows }) => rows as Row[]);
  return {
    tables: tables.map((row) => readTable(row)),
    types: new Map(types.map((row) => [Number(row.oid), readType(row)])),
  };
}

const readType = (row: Row): TypeFacts => ({
  kind: String(row.kind),
  name: row.name === null ? null : String(row.name),
  inner: Number(row.inner),
  isArray: row.isArray === true,
  labels: row.labels as string[],
  attributes: (row.attributes as string[]).map(Number),
});

function readTable(row: Row): Table {
  const columns = (row.columns ?? []) as Column[];
  const checks = (row.checks ?? []) as { name: string; text: string }[];
  return {
    name: String(row.name),
    foreignKeys: (row.foreign_keys ?? []) as ForeignKey[],
    columns,
    checks: checks.map(({ name, text }) => ({
      name,
      columns: columns.flatMap((column) => (text.includes(column.name) ? [column.name] : [])),
      constants: literalsIn(text).flatMap((constant) => [constant, ...beside(constant)]),
    })),
  };
}

const beside = (constant: string): string[] =>
  /^-?\d{1,9}$/.test(constant) ? [String(Number(constant) + 1)] : [];

/** Tables that rows are put into: partitions get theirs through the table that they are part of. */
const tablesQuery = (ledger: LedgerName): string => `WITH ${scope(ledger, null)}
  SELECT r.name,
    (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'oid', a.atttypid::int8,
         'isRequired', a.attnotnull OR EXISTS (SELECT FROM pg_type t WHERE t.oid = a.atttypid AND t.typnotnull),
         'hasDefault', a.atthasdef) ORDER BY a.attnum)
       FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
         AND (a.attidentity = '' OR a.attidentity = 'd' AND EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = r.oid AND c.contype = 'f' AND a.attnum = ANY (c.conkey)))) AS columns,
    (SELECT json_agg(json_build_object('table', quote_ident(n.nspname) || '.' || quote_ident(f.relname),
         'columns', (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k(attnum, place) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum),
         'referenced', (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY k(attnum, place) JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum))
         ORDER BY c.conname)
       FROM pg_constraint c JOIN pg_class f ON f.oid = c.confrelid JOIN pg_namespace n ON n.oid = f.relnamespace
      WHERE c.conrelid = r.oid AND c.contype = 'f') AS foreign_keys,
    (SELECT json_agg(json_build_object('name', e.name, 'text', e.text)) FROM (
       SELECT c.conname::text AS name, pg_get_constraintdef(c.oid) AS text FROM pg_constraint c WHERE c.conrelid = r.oid AND c.contype = 'c'
       UNION ALL SELECT '', pg_get_partkeydef(r.oid) || ' ' || string_agg(pg_get_expr(p.relpartbound, p.oid), ' ' ORDER BY p.relname)
         FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid WHERE i.inhparent = r.oid AND r.relkind = 'p') AS e WHERE e.text IS NOT NULL) AS checks
    FROM rel r WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition ORDER BY r.name`;

const typesQuery = `
  SELECT t.oid::int8 AS oid, t.typtype::text AS kind, CASE WHEN t.oid < 16384 THEN t.typname END AS name,
      coalesce(nullif(t.typbasetype, 0), r.rngsubtype, t.typelem)::int8 AS inner, t.typtype = 'b' AND t.typcategory = 'A' AS "isArray",
      ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
      ARRAY(SELECT a.atttypid::int8::text FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS attributes
    FROM pg_type t LEFT JOIN pg_range r ON r.rngtypid = t.oid
   WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r', 'm')`;
