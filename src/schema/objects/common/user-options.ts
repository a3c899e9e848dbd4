/**
 * The options that users gave a relation or a column (`reloptions`, `attoptions`), and none of those in which the server
 * keeps marks of its own: minors of November 2026 keep `pg_attver=N` with each column that is made or altered, which
 * pg_dump leaves out. Names that begin with `pg_` are the server's (PostgreSQL docs 5.10.5), so that its next mark is
 * none of the user's either.
 */
const isUsers = (option: string): string => `NOT starts_with(${option}, 'pg_')`;

/**
 * The options of a column of type text[] in the catalog, as an expression: `with a=b, c=d`; null where there are none.
 */
export const userOptions = (column: string): string =>
  `(SELECT 'with ' || string_agg(x, ', ' ORDER BY x COLLATE "C") FROM unnest(${column}) x WHERE ${isUsers('x')})`;

/** The same in the order in which the catalog has them, which pg_dump keeps and which means nothing. */
export const userOptionsAsKept = (column: string): string =>
  `(SELECT 'with ' || string_agg(x, ', ' ORDER BY n) FROM unnest(${column}) WITH ORDINALITY AS o(x, n) WHERE ${isUsers('x')})`;

/** Whether there are any, as an expression. */
export const hasUserOptions = (column: string): string =>
  `${column} IS NOT NULL AND EXISTS (SELECT FROM unnest(${column}) x WHERE ${isUsers('x')})`;
