import { identifier, literal } from '../../src/postgres/quoting.ts';
import type { Row, Session } from '../../src/postgres/session.ts';

/** What a database holds. */
export interface Contents {
  /** `schema.table` -> its columns; materialized views too, once they are populated. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>;
  /** `schema.sequence` -> the number it gave last; 0: none yet. */
  readonly sequences: ReadonlyMap<string, number>;
}

const users = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
const columnsQuery = `
  SELECT n.nspname AS schema, c.relname AS table, array_agg(a.attname::text ORDER BY a.attname) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND ${users} GROUP BY 1, 2 ORDER BY 1, 2`;
const sequencesQuery = `
  SELECT schemaname AS schema, sequencename AS sequence, coalesce(last_value, 0)::text AS position FROM pg_sequences
   WHERE schemaname !~ '^pg_'`;

const nameOf = (schema: unknown, name: unknown): string =>
  `${identifier(String(schema))}.${identifier(String(name))}`;

/** The tables of a database with their columns, and its sequences with their positions. */
export async function readContents(session: Session): Promise<Contents> {
  const tables = await session.rows(columnsQuery);
  const sequences = await session.rows(sequencesQuery);
  return {
    tables: new Map(
      tables.map(({ schema, table, columns }) => [nameOf(schema, table), new Set(columns as string[])]),
    ),
    sequences: new Map(
      sequences.map(({ schema, sequence, position }) => [nameOf(schema, sequence), Number(position)]),
    ),
  };
}

/**
 * The rows of some columns of some tables, each row as one text, sorted.
 *
 * @throws pg.DatabaseError where a table or column is absent.
 */
export async function readRows(
  session: Session,
  wanted: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const selects = [...wanted].map(([table, columns]) => {
    const row = `ROW(${columns.map((column) => `${identifier(column)}::text`).join(', ')})::text COLLATE "C"`;
    return `SELECT ${literal(table)} AS table, ${row} AS row FROM ONLY ${table}`;
  });
  const rows: Row[] = await session.rows(
    `SET search_path = ''; SET timezone = 'UTC'; ${selects.join(' UNION ALL ')} ORDER BY 1, 2`,
  );
  return new Map(
    [...wanted.keys()].map((table) => [
      table,
      rows.filter((row) => row.table === table).map(({ row }) => String(row)),
    ]),
  );
}
