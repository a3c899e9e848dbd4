import { kindOf, nameOf } from '../../model/index.ts';
import { parseColumn } from '../column/parts.ts';
import { split } from './names.ts';
import type { SchemaGraph } from './schema-graph.ts';

const identifier = '(?:"(?:[^"]|"")*"|[a-z_][\\w$]*)';

const column = `((?:${identifier}\\.)?${identifier})`;

const text = "'(?:[^']|'')*'";

const castElement = `\\(${text}::character varying\\)::text`;

const listOf = (element: string): string => `\\(ARRAY\\[(${element}(?:, ${element})+)\\]\\)`;

const comparison = '(= ANY|<> ALL)';

const ofVarchar = new RegExp(`\\(${column}\\)::text ${comparison} ${listOf(castElement)}`, 'g');

const ofText = new RegExp(`(?<![\\w".)\\]])${column} ${comparison} ${listOf(`${text}::text`)}`, 'g');

/**
 * An expression with `kind IN ('a', 'b')` where the server prints `kind = ANY (ARRAY['a'::text, 'b'::text])`, for
 * columns that are text or varchar themselves. A person writes it so, and on varchar it is the only form that the
 * server prints as it did at first (`normalize`).
 *
 * @param typesOf the types that a column of that name may have, without lengths.
 */
export function displayLists(expression: string, typesOf: (column: string) => ReadonlySet<string>): string {
  if (!expression.includes('(ARRAY[')) return expression;
  const replacing =
    (type: string) =>
    (whole: string, name: string, how: string, list: string): string => {
      const types = typesOf(split(name).own);
      if (types.size !== 1 || !types.has(type)) return whole;
      const values = [...list.matchAll(new RegExp(`(${text})::`, 'g'))].map(([, value]) => value);
      return `${name} ${how === '= ANY' ? 'IN' : 'NOT IN'} (${values.join(', ')})`;
    };
  return expression.replace(ofVarchar, replacing('character varying')).replace(ofText, replacing('text'));
}

/** The types of the columns that an object depends on, by their names: what `displayLists` asks for. */
export function typesAround(
  object: string,
  { snapshot, dependencies }: SchemaGraph,
): (column: string) => Set<string> {
  const columns = [...(dependencies.get(object) ?? [])].filter((needed) => kindOf(needed) === 'column');
  return (name) =>
    new Set(
      columns
        .filter((needed) => split(nameOf(needed)).own === name)
        .map((needed) => parseColumn(snapshot.get(needed)?.text ?? '').type.replace(/\(\d+\)$/, '')),
    );
}
