import { insideBrackets, splitOuter } from './clauses.ts';

/** How people write the types that the server prints in full. */
const short: readonly (readonly [RegExp, string])[] = [
  [/^timestamp(\(\d\))? without time zone/, 'timestamp$1'],
  [/^timestamp(\(\d\))? with time zone/, 'timestamptz$1'],
  [/^time(\(\d\))? without time zone/, 'time$1'],
  [/^time(\(\d\))? with time zone/, 'timetz$1'],
  [/^character varying/, 'varchar'],
  [/^character(?=\()/, 'char'],
  [/^numeric\((\d+),(-?\d+)\)/, 'numeric($1, $2)'],
];

/** A type as `format_type` prints it, as a person writes it. */
export function displayType(type: string): string {
  const found = short.find(([long]) => long.test(type));
  return found === undefined ? type : type.replace(found[0], found[1]);
}

/** A type without its length or precision, as a cast to it is printed. */
const castOf = (type: string): string =>
  type.replace(/\((?:\d+)(?:,-?\d+)?\)/, '').replace(/^character(?=$|\[)/, 'bpchar');

/**
 * A default without the cast that the server adds to a literal of the column's own type, and without the quotes around
 * a negative number. What PostgreSQL makes of it is printed as it was.
 */
export function displayDefault(expression: string, type: string): string {
  const [, text, cast] = /^('(?:[^']|'')*')::(.+)$/s.exec(expression) ?? [];
  if (text === undefined || cast === undefined) return expression;
  const number = text.slice(1, -1);
  if (cast === 'integer' && /^-\d{1,9}$/.test(number)) return number;
  if (cast === 'numeric' && /^-\d+\.\d+$/.test(number)) return number;
  return cast === castOf(type) && !type.startsWith('interval ') && !type.startsWith('interval(')
    ? text
    : expression;
}

/** Whether one pair of brackets is around the whole text. */
const isBracketed = (text: string): boolean =>
  text.startsWith('(') && text.endsWith(')') && splitOuter(text, '(').length === 1;

/** The text without the brackets that are around the whole of it. */
export function withoutBrackets(text: string): string {
  const trimmed = text.trim();
  return isBracketed(trimmed) ? withoutBrackets(insideBrackets(trimmed)) : trimmed;
}
