import { type SnapshotObject, splitPart } from '../../catalog/index.ts';
import { traitsOf } from '../../kinds.ts';
import { notNullName } from '../../objects/column/alter.ts';
import { parseColumn } from '../../objects/column/parts.ts';
import { asPattern } from '../../objects/common/clauses.ts';
import type { SchemaGraph } from '../../objects/common/schema-graph.ts';
import { alterVerb } from '../../objects/table/alter.ts';
import { heirsOf } from '../../objects/table/heirs.ts';
import type { GeneratedStatement } from '../statement.ts';

/** What got another name, as somebody said; names are those of the snapshot. */
export interface Renames {
  /** `schema.table.old` -> its new name alone; the table as it was called before. */
  readonly columns: ReadonlyMap<string, string>;
  /** `schema.old` -> its new name alone. */
  readonly tables: ReadonlyMap<string, string>;
}

/** The statements that rename: columns first, under the names that their tables had. */
export function renameStatements(
  { columns, tables }: Renames,
  { snapshot }: SchemaGraph,
): readonly GeneratedStatement[] {
  return [
    ...[...columns].map(([column, to]) => {
      const { parent = '', own = '' } = splitPart(column) ?? {};
      const verb = alterVerb(snapshot.get(`table ${parent}`)?.text);
      return { object: `column ${column}`, sql: `${verb} ${parent} RENAME COLUMN ${own} TO ${to}` };
    }),
    ...[...tables].map(([table, to]) => ({
      object: `table ${table}`,
      sql: `${alterVerb(snapshot.get(`table ${table}`)?.text)} ${table} RENAME TO ${to}`,
    })),
  ];
}

/**
 * A schema as it is once the renames are done. Definitions that the server would print in a way that cannot be
 * told from here come out as they were: such an object then differs, and is only made again.
 */
export function renamed(graph: SchemaGraph, renames: Renames): SchemaGraph {
  if (renames.columns.size === 0 && renames.tables.size === 0) return graph;
  const mappings = [
    ...withHeirs(renames.columns, graph).map(([column, to]) => renameColumn(column, to)),
    ...[...renames.tables].map(([table, to]) => renameTable(table, to)),
  ];
  const key = (object: string): string => mappings.reduce((name, mapping) => mapping.key(name), object);
  const objects = [...graph.snapshot].map(([object, there]): [string, SnapshotObject] => {
    const renamedKey = key(object);
    const name = renamedKey.slice(there.kind.length + 1);
    const parent = there.parent === null ? null : key(`table ${there.parent}`).slice('table '.length);
    const text = mappings.reduce((changed, mapping) => mapping.text({ ...there, text: changed }), there.text);
    return [renamedKey, { ...there, name, parent, text }];
  });
  return {
    ...graph,
    snapshot: new Map([...objects, ...keptNotNulls(graph, key)]),
    dependencies: new Map(
      [...graph.dependencies].map(([object, needs]) => [key(object), new Set([...needs].map(key))]),
    ),
  };
}

/** Columns that get another name, and those that heirs take from them and that get it with them. */
function withHeirs(columns: Renames['columns'], { snapshot }: SchemaGraph): [string, string][] {
  const all = new Map(columns);
  for (const [column, to] of all) {
    const { parent = '', own = '' } = splitPart(column) ?? {};
    for (const heir of heirsOf(snapshot, parent)) all.set(`${heir.name}.${own}`, to);
  }
  return [...all];
}

/** A NOT NULL keeps its name when its table or column gets another, and then bears one that was given (18 and later). */
function keptNotNulls(graph: SchemaGraph, key: (object: string) => string): [string, SnapshotObject][] {
  if (graph.major < 18) return [];
  return [...graph.snapshot.values()].flatMap(({ kind, name, text }) => {
    const now = key(`column ${name}`).slice('column '.length);
    if (kind !== 'column' || now === name || !parseColumn(text).isNotNull) return [];
    const facets = { [notNullFacet]: notNullName(name, graph) };
    const parent = splitPart(now)?.parent ?? null;
    return [[`not null ${now}`, { kind: 'not null', name: now, parent, text: '', facets }]];
  });
}

const notNullFacet = 'constraint, PostgreSQL 18 and later';

interface Mapping {
  readonly key: (object: string) => string;
  readonly text: (object: SnapshotObject) => string;
}

/** A name by itself, not a part of a longer one. */
const word = (name: string): RegExp => new RegExp(`(?<![\\w$"])${asPattern(name)}(?![\\w$"])`, 'g');

function renameTable(table: string, to: string): Mapping {
  const { parent = '' } = splitPart(table) ?? {};
  const name = `${parent}.${to}`;
  const whole = new RegExp(`(?<![\\w$".])${asPattern(table)}(?![\\w$"])`, 'g');
  const map = (text: string): string => text.replaceAll(whole, name);
  return { key: map, text: ({ text }) => map(text) };
}

function renameColumn(column: string, to: string): Mapping {
  const { parent: table = '', own = '' } = splitPart(column) ?? {};
  const name = `${table}.${to}`;
  const map = (text: string): string => text.replaceAll(word(own), to);
  const whole = new RegExp(`(?<![\\w$".])${asPattern(column)}(?![\\w$"])`, 'g');
  return {
    key: (object) =>
      /^(?:column|column options|not null|comment (?:foreign )?table column|privileges column) /.test(
        object,
      ) && object.endsWith(` ${column}`)
        ? object.slice(0, -column.length) + name
        : object,
    text: ({ kind, parent, text }) => {
      if (kind === 'constraint') return renameInConstraint(text, parent === table, table, map);
      if (kind !== 'table' && traitsOf(kind).rightsAs === 'relation') return text.replaceAll(whole, name);
      if (parent !== table || !traitsOf(kind).namesOwnTable) return text;
      const at = traitsOf(kind).is === 'index' ? text.indexOf(' USING ') : 0;
      return text.slice(0, at) + map(text.slice(at));
    },
  };
}

function renameInConstraint(
  text: string,
  isOwn: boolean,
  table: string,
  map: (text: string) => string,
): string {
  const key = /^(FOREIGN KEY \()(.*?)(\) REFERENCES )(.*?)(\()(.*?)(\).*)$/s.exec(text);
  if (!key) return isOwn ? map(text) : text;
  const [, foreign = '', own = '', references, target, open, columns = '', rest] = key;
  return `${foreign}${isOwn ? map(own) : own}${references}${target}${open}${target === table ? map(columns) : columns}${rest}`;
}
