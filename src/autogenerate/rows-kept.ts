import pg from 'pg';
import type { Session } from '../postgres/index.ts';
import { objectsOf, objectsOfKind, type Snapshot, splitPart } from '../schema/catalog/index.ts';
import { parseColumn, type Rename } from '../schema/generate/index.ts';

/** A column that is there before and after, under either name. */
interface KeptColumn {
  readonly before: string;
  readonly after: string;
  readonly type: string;
  readonly hasOtherType: boolean;
}

/** A table that is there before and after, under either name, with its columns that are. */
export interface KeptTable {
  readonly before: string;
  readonly after: string;
  readonly columns: readonly KeptColumn[];
}

/** What tables hold: rows, and of each column a digest of all its values; null where it could not be read as it was. */
export type Contents = ReadonlyMap<
  string,
  { readonly rows: number; readonly columns: ReadonlyMap<string, string | null> }
>;

/**
 * What two schemas have in common that rows are kept in, of these tables. What is computed is left out, and so are
 * foreign tables, and partitions, which are seen through their table.
 *
 * @param tables by the names that they have before.
 */
export function keptTables(
  tables: ReadonlySet<string>,
  before: Snapshot,
  after: Snapshot,
  renames: readonly Rename[],
): KeptTable[] {
  const renamed = new Map(renames.map(({ from, to }) => [from, `${splitPart(from)?.parent}.${to}`]));
  return objectsOfKind(before, 'table').flatMap(({ name: table, text }) => {
    const now = renamed.get(table) ?? table;
    if (!tables.has(table) || !after.has(`table ${now}`)) return [];
    if (text.includes('partition of') || text.startsWith('foreign table')) return [];
    const columns = objectsOf(before, table).flatMap(({ kind, name, text: columnText }) => {
      const was = kind === 'column' ? parseColumn(columnText) : null;
      const own = splitPart(renamed.get(name) ?? name)?.own ?? '';
      const there = after.get(`column ${now}.${own}`);
      if (!was || !there || was.generated) return [];
      const hasOtherType = parseColumn(there.text).type !== was.type;
      return [{ before: splitPart(name)?.own ?? '', after: own, type: was.type, hasOtherType }];
    });
    return [{ before: table, after: now, columns }];
  });
}

/** Reads what the tables hold, under the names of one side; what has another type now is read as what it was. */
export async function readContents(
  session: Session,
  tables: readonly KeptTable[],
  side: 'before' | 'after',
): Promise<Contents> {
  const contents = new Map<string, { rows: number; columns: ReadonlyMap<string, string | null> }>();
  for (const table of tables) {
    const retyped = table.columns.filter(({ hasOtherType }) => hasOtherType && side === 'after');
    const plain = table.columns.filter((column) => !retyped.includes(column));
    const digests = plain.map((column) => digestOf(column[side]));
    const query = `SELECT count(*) AS rows, ARRAY[${digests.join(', ')}]::text[] AS digests FROM ${table[side]}`;
    const [row] = await session.rows(query);
    const read = row?.digests as string[];
    const columns = new Map<string, string | null>(plain.map(({ before }, at) => [before, read[at] ?? null]));
    for (const column of retyped) columns.set(column.before, await castBack(session, table, column));
    contents.set(table.before, { rows: Number(row?.rows), columns });
  }
  return contents;
}

const digestOf = (value: string): string => {
  const text = `coalesce(md5((${value})::text), 'null')`;
  return `md5(coalesce(string_agg(${text}, ',' ORDER BY ${text}), ''))`;
};

/** The type, or its schema, is not there (SQLSTATE undefined_object, invalid_schema_name). */
const typeIsGone: readonly (string | undefined)[] = ['42704', '3F000'];

/** As text where the type that the column had is gone; null where a value is none of it. */
async function castBack(
  session: Session,
  table: KeptTable,
  { after, type }: KeptColumn,
): Promise<string | null> {
  const read = async (value: string): Promise<string> => {
    const [row] = await session.rows(`SELECT ${digestOf(value)} AS digest FROM ${table.after}`);
    return String(row?.digest);
  };
  try {
    return await read(`${after}::${type}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return typeIsGone.includes(error.code) ? await read(after) : null;
  }
}

/** What is no longer what it was, a sentence each without a full stop. */
export function losses(before: Contents, after: Contents): string[] {
  return [...before].flatMap(([table, { rows, columns }]) => {
    const now = after.get(table);
    if (!now || now.rows !== rows) return [`${table} had ${rows} sample rows and has ${now?.rows ?? 0}`];
    const changed = [...columns].filter(([column, value]) => now.columns.get(column) !== value);
    return changed.map(([column]) => `the values of ${table}.${column} are not what they were`);
  });
}
