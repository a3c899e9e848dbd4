/**
 * The options of what leads to other servers: wrappers, servers, user mappings, foreign tables and their columns. The
 * catalog keeps each as `name=value`, and a value may be any text (PostgreSQL docs, CREATE SERVER), so that it is
 * described as a literal: `host 'db1', port '5433'`. `src/schema/generate/foreign-options.ts` reads that.
 */

/** A text as a literal whose backslashes escape nothing, as an expression; of all majors alike. */
export const asLiteral = (text: string): string => `('''' || replace(${text}, '''', '''''') || '''')`;

const nameOf = (option: string): string => `split_part(${option}, '=', 1)`;

const asName = (option: string): string =>
  `CASE WHEN ${nameOf(option)} ~ '^[a-z_][a-z0-9_$]*$' THEN ${nameOf(option)} ELSE '"' || replace(${nameOf(option)}, '"', '""') || '"' END`;

/**
 * A column of options as an expression: `host 'db1', port '5433'`; null where there are none.
 *
 * @param column an expression of type text[].
 * @param shown the names of which the value is told as well; all where it is left out.
 */
export function foreignOptionList(column: string, shown?: readonly string[]): string {
  const value = `' ' || ${asLiteral("substr(x, strpos(x, '=') + 1)")}`;
  const told =
    shown === undefined
      ? value
      : `CASE WHEN ${nameOf('x')} IN (${shown.map((name) => `'${name}'`).join(', ')}) THEN ${value} ELSE '' END`;
  return `(SELECT string_agg(${asName('x')} || ${told}, ', ' ORDER BY x COLLATE "C") FROM unnest(${column}) x)`;
}

/** The same behind a word and in brackets: `options (host 'db1')`; null where there are none. */
export const foreignOptions = (column: string): string =>
  `'options (' || ${foreignOptionList(column)} || ')'`;
