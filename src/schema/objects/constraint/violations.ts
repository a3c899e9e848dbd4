const name = '(?:"(?:[^"]|"")*"|[^\\s"(),.]+)';
const list = `\\((${name}(?:, ${name})*)\\)`;
const check = /^CHECK \((.*)\)(?: NO INHERIT)?$/s;
const key = new RegExp(`^(PRIMARY KEY|UNIQUE|UNIQUE NULLS NOT DISTINCT) ${list}(?: INCLUDE .*)?$`, 's');
const reference = new RegExp(
  `^FOREIGN KEY ${list} REFERENCES ((?:${name}\\.)?${name})${list}(?! MATCH FULL)`,
  's',
);

const namesIn = (text: string): string[] => text.match(new RegExp(name, 'g')) ?? [];

/**
 * A query that finds the rows of a table that do not keep a constraint.
 *
 * @param text the constraint as `pg_get_constraintdef` has it, without what may follow its definition (NOT VALID).
 * @returns the query with its semicolon; null for a constraint of which a query would not say all (EXCLUDE, periods).
 */
export function violationsOf(table: string, text: string): string | null {
  const [, condition] = check.exec(text) ?? [];
  if (condition !== undefined) return `SELECT * FROM ${table} WHERE NOT (${condition});`;
  const [, kind, columns] = key.exec(text) ?? [];
  if (columns !== undefined) {
    // NULL equals nothing where it is not said that it does; a key's columns are NOT NULL.
    const given = kind === 'UNIQUE' ? ` WHERE ROW(${columns}) IS NOT NULL` : '';
    return `SELECT ${columns}, count(*) FROM ${table}${given} GROUP BY ${columns} HAVING count(*) > 1;`;
  }
  const [, own, target, others] = reference.exec(text) ?? [];
  if (own === undefined || others === undefined) return null;
  const referencing = namesIn(own).map((column) => `referencing.${column}`);
  const pairs = namesIn(others).map((column, at) => `referenced.${column} = ${referencing[at]}`);
  return `SELECT * FROM ${table} AS referencing WHERE ROW(${referencing.join(', ')}) IS NOT NULL AND NOT EXISTS (SELECT FROM ${target} AS referenced WHERE ${pairs.join(' AND ')});`;
}
