import { literal } from '../../postgres/index.ts';
import { nameOf } from '../model/index.ts';
import { manual, steps } from './common/alteration.ts';
import { splitOuter } from './common/clauses.ts';
import type { SchemaGraph } from './common/schema-graph.ts';
import { operatorName, routineTarget, splitRoutine } from './common/signatures.ts';
import type { Families } from './family.ts';

/** The comment that an extension's control file gives it: a server of another version gives another. */
const givenComment = `(SELECT v.comment FROM pg_available_extensions() v JOIN pg_extension e ON e.extname = v.name WHERE e.oid = d.objoid)`;

/** By catalog, the relation that an object is part of. */
const partsOfRelations = [
  ['pg_constraint', 'conrelid'],
  ['pg_trigger', 'tgrelid'],
  ['pg_rewrite', 'ev_class'],
  ['pg_policy', 'polrelid'],
  ['pg_statistic_ext', 'stxrelid'],
] as const;

const relationOfCommented = `CASE d.classoid
      WHEN 'pg_class'::regclass THEN coalesce((SELECT x.indrelid FROM pg_index x WHERE x.indexrelid = d.objoid), d.objoid)
      ${partsOfRelations.map(([catalog, column]) => `WHEN '${catalog}'::regclass THEN (SELECT x.${column} FROM ${catalog} x WHERE x.oid = d.objoid)`).join('\n      ')} END`;

/**
 * Comments, with the kind and name of what they are on as the server says them. They do not depend on `rel`, so that a
 * part of a schema has them all; those of large objects are data, and that of an extension counts where somebody wrote
 * it.
 */
const comments = `
  SELECT 'comment', i.type || ' ' || i.identity, NULL::text, d.description, NULL
    FROM pg_description d
    LEFT JOIN pg_class c ON c.oid = ${relationOfCommented}
    CROSS JOIN ledger AS ledger_oid
    CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
   WHERE d.objoid >= 16384 AND d.classoid <> 'pg_largeobject'::regclass AND i.identity IS NOT NULL
     AND NOT EXISTS (SELECT FROM member m WHERE m.classid = d.classoid AND m.objid = d.objoid)
     AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
     AND (c.oid IS NULL OR c.oid IS DISTINCT FROM ledger_oid.oid AND c.relnamespace IN (SELECT s.oid FROM space s))
     AND (d.classoid <> 'pg_extension'::regclass OR d.description IS DISTINCT FROM ${givenComment})
     AND (d.classoid <> 'pg_namespace'::regclass OR d.objoid IN (SELECT s.oid FROM space s))
     AND (i.schema IS NULL OR i.schema IN (SELECT s.name FROM space s))`;

const columns = /^(?:table|view|materialized view|foreign table|composite type) column (.*)$/s;

const plain =
  /^(table|view|materialized view|foreign table|sequence|index|schema|collation|publication|event trigger|text search (?:configuration|dictionary|parser|template)|extension|language|access method|conversion|server|operator class|operator family|trigger|rule|policy) (.*)$/s;

/** What the server calls otherwise than COMMENT does. */
const renamed: readonly (readonly [RegExp, (name: string, object: string, graph: SchemaGraph) => string])[] =
  [
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
function routineOf(name: string, object: string, { dependencies }: SchemaGraph): string {
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
function commentTarget(object: string, graph: SchemaGraph): string | null {
  const name = nameOf(object);
  const column = columns.exec(name)?.[1];
  if (column !== undefined) return `COLUMN ${column}`;
  const domain = /^domain constraint ("(?:[^"]|"")*"|\S+) on (.*)$/s.exec(name);
  if (domain) return `CONSTRAINT ${domain[1]} ON DOMAIN ${domain[2]}`;
  for (const [pattern, target] of renamed) {
    const found = pattern.exec(name)?.[1];
    if (found !== undefined) return target(found, object, graph).replace(onWord, ' ON ');
  }
  const [, kind = '', rest = ''] = plain.exec(name) ?? [];
  return kind === '' ? null : `${kind.toUpperCase()} ${rest}`.replace(onWord, ' ON ');
}

/** The `on` of a part of a table, behind its name. */
const onWord = /(?<=^(?:CONSTRAINT|TRIGGER|RULE|POLICY) (?:"(?:[^"]|"")*"|[^"\s]+)) on /;

/** A comment; null where the thing that it is on is of a kind that is not known. */
function createComment(object: string, text: string, graph: SchemaGraph): readonly string[] | null {
  const target = commentTarget(object, graph);
  return target === null ? null : [`COMMENT ON ${target} IS ${literal(text).trim()}`];
}

export const comment = {
  comment: {
    read: [{ sql: comments }],
    create: ({ name, text }, graph) => createComment(`comment ${name}`, text, graph),
    alter: ({ name, after }, context) => {
      const statements = createComment(`comment ${name}`, after.text, context.after);
      return statements === null ? manual('it cannot be written from its description') : steps(...statements);
    },
    drop: ({ name }, graph) => {
      const target = commentTarget(`comment ${name}`, graph);
      return target === null ? null : [`COMMENT ON ${target} IS NULL`];
    },
  },
} satisfies Families;
