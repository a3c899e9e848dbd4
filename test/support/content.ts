import type { Session } from '../../src/postgres/session.ts';
import type { Renames } from '../../src/schema/generate/changes/changes.ts';

/** The rows of one table, and the types of its columns; what is generated is left out, since it holds nothing of its own. */
interface TableContent {
  readonly types: ReadonlyMap<string, string>;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** `schema.table` -> what it holds, of every table that holds rows itself. */
export type Content = ReadonlyMap<string, TableContent>;

/** Reads every row of every user's table, in the transaction that the session is in. */
export async function contentOf(session: Session): Promise<Content> {
  const columns = await session.rows(`
    SELECT c.oid::regclass::text AS name, json_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns,
        json_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS types
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)' AND a.attnum > 0 AND NOT a.attisdropped
     GROUP BY c.oid ORDER BY 1`);
  const tables = columns as { name: string; columns: string[] | null; types: string[] | null }[];
  const results = await session.run(
    tables.map(({ name }) => `SELECT jsonb_strip_nulls(to_jsonb(t)) AS row FROM ONLY ${name} t`).join('; '),
  );
  return new Map(
    tables.map(({ name, columns: names, types }, at) => [
      name,
      {
        types: new Map((names ?? []).map((column, index) => [column, types?.[index] ?? ''])),
        rows: (results[at]?.rows ?? []).map(({ row }) => row as Record<string, unknown>),
      },
    ]),
  );
}

/** Content under the names that tables and columns have got: `schema.table.column` or `schema.table` -> the new name alone. */
export function renamedContent(content: Content, renames: Renames): Content {
  return new Map(
    [...content].map(([table, { types, rows }]) => {
      const to = renames.tables.get(table);
      const column = (name: string): string => renames.columns.get(`${table}.${name}`) ?? name;
      const renamed = <T>(pairs: Iterable<readonly [string, T]>): [string, T][] =>
        [...pairs].map(([name, value]) => [column(name), value]);
      return [
        to === undefined ? table : `${table.slice(0, table.lastIndexOf('.'))}.${to}`,
        {
          types: new Map(renamed(types)),
          rows: rows.map((row) => Object.fromEntries(renamed(Object.entries(row)))),
        },
      ];
    }),
  );
}

/**
 * What of the rows is not there any more, or is otherwise, in the columns that both have: `schema.table` for lost rows
 * or a lost table, `schema.table.column` for a lost column or values. In a column that has got another type, numbers
 * count as the same where the narrower of two types holds them as the same.
 */
export function lostRows(before: Content, after: Content): string[] {
  return [...before].flatMap(([table, { types, rows }]) => {
    const now = after.get(table);
    if (rows.length === 0) return [];
    if (!now || now.rows.length !== rows.length) return [table];
    const gone = [...types.keys()].filter(
      (column) => !now.types.has(column) && rows.some((row) => column in row),
    );
    const both = [...types.keys()].filter((column) => now.types.has(column));
    const isRetyped = (column: string): boolean => types.get(column) !== now.types.get(column);
    const digest = (of: TableContent['rows']): string =>
      of
        .map((row) => JSON.stringify(both.map((column) => comparable(row[column], isRetyped(column)))))
        .sort()
        .join('\n');
    const isSame = digest(rows) === digest(now.rows);
    return [...gone.map((column) => `${table}.${quoted(column)}`), ...(isSame ? [] : [table])];
  });
}

const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

const comparable = (value: unknown, isRetyped: boolean): unknown => {
  if (!isRetyped || (typeof value !== 'number' && typeof value !== 'string')) return value ?? null;
  return Number.isFinite(Number(value)) ? Math.fround(Number(value)) : value;
};
