import { literal } from '../../../postgres/index.ts';
import { nameOf } from '../../catalog/index.ts';
import { splitOuter } from '../alter/clauses.ts';
import { operatorName } from '../alter/others.ts';
import type { Described } from '../schema-graph.ts';
import { routineTarget, splitRoutine } from './routine.ts';

const columns = /^(?:table|view|materialized view|foreign table|composite type) column (.*)$/s;
const plain =
  /^(table|view|materialized view|foreign table|sequence|index|schema|collation|publication|event trigger|text search (?:configuration|dictionary|parser|template)|extension|language|access method|conversion|server|operator class|operator family|trigger|rule|policy) (.*)$/s;
/** What the server calls otherwise than COMMENT does. */
const renamed: readonly (readonly [
  RegExp,
  (name: string, object: string, described: Described) => string,
])[] = [
  [
    /^type (.*)$/s,
    (name, _, { snapshot }) =>
      `${/^domain /.test(snapshot.get(`type ${name}`)?.text ?? '') ? 'DOMAIN' : 'TYPE'} ${name}`,
  ],
  [/^table constraint (.*)$/s, (name) => `CONSTRAINT ${name}`],
  [/^domain constraint ("(?:[^"]|"")*"|\S+) on (.*)$/s, (name) => `CONSTRAINT ${name}`],
  [/^statistics object (.*)$/s, (name) => `STATISTICS ${name}`],
  [/^foreign-data wrapper (.*)$/s, (name) => `FOREIGN DATA WRAPPER ${name}`],
  [/^cast (.*)$/s, (name) => `CAST ${name}`],
  [/^transform (.*)$/s, (name) => `TRANSFORM ${name}`],
  [/^operator (?!class |family )(.*)$/s, (name) => `OPERATOR ${operatorName(name)}`],
  [/^(?:function|aggregate) (.*)$/s, routineOf],
  [/^procedure (.*)$/s, (name) => `PROCEDURE ${unqualified(name)}`],
];

/** Aggregates with ordered arguments are named as routines, whose arguments are one list. */
function routineOf(name: string, object: string, { dependencies }: Described): string {
  const aggregate = [...(dependencies.get(object) ?? [])].find((needed) => needed.startsWith('aggregate '));
  if (aggregate === undefined) return `FUNCTION ${unqualified(name)}`;
  if (aggregate.includes(' ORDER BY ') || aggregate.includes('(ORDER BY '))
    return `ROUTINE ${routineTarget(nameOf(aggregate))}`;
  return `AGGREGATE ${name.endsWith('()') ? `${name.slice(0, -2)}(*)` : unqualified(name)}`;
}

/** A routine with the types of its arguments, those of PostgreSQL as people write them. */
function unqualified(name: string): string {
  const { own, args } = splitRoutine(name);
  return `${own}(${splitOuter(args.replaceAll(/(?<![\w".])pg_catalog\./g, '')).join(', ')})`;
}

/**
 * What COMMENT takes for the thing that a comment is on.
 *
 * @param object `comment KIND NAME`, as `pg_identify_object` puts it.
 * @returns null for a kind that is not known.
 */
function commentTarget(object: string, described: Described): string | null {
  const name = nameOf(object);
  const column = columns.exec(name)?.[1];
  if (column !== undefined) return `COLUMN ${column}`;
  const domain = /^domain constraint ("(?:[^"]|"")*"|\S+) on (.*)$/s.exec(name);
  if (domain) return `CONSTRAINT ${domain[1]} ON DOMAIN ${domain[2]}`;
  for (const [pattern, target] of renamed) {
    const found = pattern.exec(name)?.[1];
    if (found !== undefined) return target(found, object, described).replace(onWord, ' ON ');
  }
  const [, kind = '', rest = ''] = plain.exec(name) ?? [];
  return kind === '' ? null : `${kind.toUpperCase()} ${rest}`.replace(onWord, ' ON ');
}

/** The `on` of a part of a table, behind its name. */
const onWord = /(?<=^(?:CONSTRAINT|TRIGGER|RULE|POLICY) (?:"(?:[^"]|"")*"|[^"\s]+)) on /;

/** A comment; null where the thing that it is on is of a kind that is not known. */
export function createComment(object: string, text: string, described: Described): readonly string[] | null {
  const target = commentTarget(object, described);
  return target === null ? null : [`COMMENT ON ${target} IS ${literal(text).trim()}`];
}
