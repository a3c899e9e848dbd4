import { parseColumn } from '../column/parts.ts';
import { insideBrackets, splitOuter } from '../common/clauses.ts';
import { displayDefault, displayType, withoutBrackets } from '../common/display.ts';

/**
 * The statements that make a type.
 *
 * @returns null for a base type and for a range with a function of its own form: both need a function written in C.
 */
export function createType(name: string, text: string): readonly string[] | null {
  if (text.startsWith('enum ')) {
    const labels = splitOuter(insideBrackets(text.slice('enum '.length)));
    return [`CREATE TYPE ${name} AS ENUM (${labels.join(', ')})`];
  }
  if (text.startsWith('composite ')) {
    const attributes = splitOuter(insideBrackets(text.slice('composite '.length)));
    const lines = attributes.map((attribute) => `\n  ${displayAttribute(attribute)}`).join(',');
    return [`CREATE TYPE ${name} AS (${lines}${lines === '' ? '' : '\n'})`];
  }
  if (text.startsWith('domain over ')) return createDomain(name, text.slice('domain over '.length));
  return text.startsWith('range of ') ? createRange(name, text) : null;
}

/** `name type collate x`, with its type as people write it. */
function displayAttribute(attribute: string): string {
  const [, own = '', rest = ''] = /^("(?:[^"]|"")*"|\S+) (.*)$/s.exec(attribute) ?? [];
  const { type, collation } = parseColumn(rest);
  return `${own} ${displayType(type)}${collation === null ? '' : ` COLLATE ${collation}`}`;
}

function createDomain(name: string, text: string): readonly string[] {
  const [head = '', ...constraints] = splitOuter(text, 'constraint');
  const parts = parseColumn(head);
  const written = constraints.map((constraint) => {
    const [, own, condition = '', rest = ''] =
      /^("(?:[^"]|"")*"|\S+) CHECK (\(.*\))( NOT VALID)?$/s.exec(constraint) ?? [];
    return { sql: `CONSTRAINT ${own} CHECK (${withoutBrackets(condition)})${rest}`, isLater: rest !== '' };
  });
  const inline = written.filter(({ isLater }) => !isLater);
  return [
    [
      `CREATE DOMAIN ${name} AS ${displayType(parts.type)}`,
      ...(parts.collation === null ? [] : [`COLLATE ${parts.collation}`]),
      ...(parts.default === null ? [] : [`DEFAULT ${displayDefault(parts.default, parts.type)}`]),
      ...(parts.isNotNull ? ['NOT NULL'] : []),
      ...inline.map(({ sql }) => sql),
    ].join(' '),
    ...written.filter(({ isLater }) => isLater).map(({ sql }) => `ALTER DOMAIN ${name} ADD ${sql}`),
  ];
}

const range =
  /^range of (.*?)(?: collate (\S+))?(?: opclass (\S+))?(?: canonical (\S+))?(?: difference (\S+))? multirange (.*)$/s;

function createRange(name: string, text: string): readonly string[] | null {
  const [, subtype = '', collation, opclass, canonical, difference, multirange = ''] = range.exec(text) ?? [];
  if (canonical !== undefined) return null;
  const settings = [
    `SUBTYPE = ${subtype}`,
    ...(opclass === undefined ? [] : [`SUBTYPE_OPCLASS = ${opclass}`]),
    ...(collation === undefined ? [] : [`COLLATION = ${collation}`]),
    ...(difference === undefined ? [] : [`SUBTYPE_DIFF = ${difference}`]),
    `MULTIRANGE_TYPE_NAME = ${multirange}`,
  ];
  return [`CREATE TYPE ${name} AS RANGE (${settings.join(', ')})`];
}
