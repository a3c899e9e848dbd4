import { objectsOf } from '../../model/index.ts';
import { notNullName } from '../column/alter.ts';
import { defineColumn, givenNotNullName, givenSequences } from '../column/create.ts';
import { type ColumnParts, parseColumn } from '../column/parts.ts';
import { displayDefault } from '../common/display.ts';
import { createOptions } from '../common/foreign-options.ts';
import { split } from '../common/names.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { addConstraintAlone, inlineConstraint } from '../constraint/create.ts';
import { hypertableCalls } from '../timescale/create.ts';
import { parentsOf, parseTable, type TableParts } from './alter.ts';
import { columnsOf, type Origin, originOf } from './origin.ts';

const partsOf = (column: string, { snapshot }: SchemaGraph): ColumnParts =>
  parseColumn(snapshot.get(`column ${column}`)?.text ?? '');

/** What a column of another table is made of where this one takes it over. */
function inheritedParts(
  table: string,
  parts: TableParts,
  column: string,
  graph: SchemaGraph,
): ColumnParts | null {
  if (parts.of !== null) {
    return { ...partsOf(`${table}.${column}`, graph), isNotNull: false, odd: '', default: null };
  }
  const found = parentsOf(graph.snapshot.get(`table ${table}`)?.text)
    .map((parent) => `${parent}.${column}`)
    .find((inherited) => graph.snapshot.has(`column ${inherited}`));
  return found === undefined ? null : partsOf(found, graph);
}

/** What the NOT NULL of a column is called in the table above; null where none above has the column. */
function inheritedNotNull(table: string, own: string, graph: SchemaGraph): string | null {
  const above = parentsOf(graph.snapshot.get(`table ${table}`)?.text).find((parent) =>
    graph.snapshot.has(`column ${parent}.${own}`),
  );
  return above === undefined ? null : notNullName(`${above}.${own}`, graph);
}

/** A column of a partition, an heir or a typed table: only what is otherwise than where it comes from. */
function deriveColumn(
  table: string,
  parts: TableParts,
  column: string,
  graph: SchemaGraph,
): { readonly line: string | null; readonly afterwards: readonly string[] } {
  const { own } = split(column);
  const found = inheritedParts(table, parts, own, graph);
  const was = found?.odd.includes('no inherit') ? { ...found, isNotNull: false } : found;
  if (was === null) {
    const { sql, afterwards } = defineColumn(column, graph);
    return { line: sql, afterwards };
  }
  const is = partsOf(column, graph);
  const alter = (change: string): string => `ALTER TABLE ${table} ALTER COLUMN ${own} ${change}`;
  // An heir's column is written whole, where it is its own as well; a partition's or typed table's by its name alone.
  const isHeir = parts.of === null && parts.partitionOf === null;
  const isOwn = isHeir && graph.snapshot.has(`column origin ${column}`);
  const given = givenNotNullName(column, graph);
  const isNamedAbove = given === null || given === inheritedNotNull(table, own, graph);
  const isLater = isHeir && !isOwn && isNamedAbove;
  const changes = [
    ...(is.isNotNull && (!was.isNotNull || given !== null)
      ? [isLater ? 'NOT NULL' : `${given === null ? '' : `CONSTRAINT ${given} `}NOT NULL`]
      : []),
    ...(is.default !== null && is.default !== was.default
      ? [`DEFAULT ${displayDefault(is.default, is.type)}`]
      : []),
  ];
  const afterwards = [
    ...(isLater ? changes.map((change) => alter(`SET ${change}`)) : []),
    ...(is.default === null && was.default !== null ? [alter('DROP DEFAULT')] : []),
    ...(was.isNotNull && !is.isNotNull ? [alter('DROP NOT NULL')] : []),
    ...(is.generated !== null &&
    was.generated !== null &&
    is.generated.expression !== was.generated.expression
      ? [alter(`SET EXPRESSION AS (${is.generated.expression})`)]
      : []),
  ];
  if (isOwn || (isHeir && !isLater && changes.length > 0))
    return { line: defineColumn(column, graph).sql, afterwards };
  return { line: changes.length === 0 || isLater ? null : [own, ...changes].join(' '), afterwards };
}

/**
 * The statements that make a table with its columns, and with the constraints that are to stand in it; what else it has
 * is made by itself.
 *
 * @param table its qualified name.
 * @param inline `kind name` of constraints that can stand inline, and whose needs are there.
 */
export function createTable(table: string, graph: SchemaGraph, inline: readonly string[]): readonly string[] {
  const text = graph.snapshot.get(`table ${table}`)?.text ?? '';
  const parts = parseTable(text);
  const origin = originOf(table, graph.snapshot, graph.given);
  const columns = columnsOf(table, graph);
  const constraints = inline.map((object) => inlineConstraint(object, graph));
  const afterwards: string[] = [];
  const derived = new Set<string>();
  const lines = columns.flatMap((column) => {
    const { own } = split(column);
    if (origin.kind === 'derived') {
      const found = deriveColumn(table, parts, column, graph);
      afterwards.push(...found.afterwards);
      if (inheritedParts(table, parts, own, graph) !== null) derived.add(own);
      return found.line === null ? [] : [found.line];
    }
    const found = defineColumn(
      column,
      graph,
      constraints.filter((one) => one.column === own),
    );
    afterwards.push(...found.afterwards);
    return [found.sql];
  });
  const isAtColumn = (column: string | null): boolean => origin.kind !== 'derived' && column !== null;
  const body = [
    ...lines,
    ...(origin.kind === 'attached' && parts.partitionOf !== null
      ? checksOf(parts.partitionOf.parent, graph)
      : []),
    ...constraints.flatMap((one, at) =>
      isAtColumn(one.column) ? [] : [one.column === null ? one.sql : standing(inline[at] ?? '', graph)],
    ),
  ];
  return [
    head(table, parts, origin, body),
    ...afterwards,
    ...columns.flatMap((column) => givenSequences(column, graph)),
    ...(origin.kind === 'attached' ? attach(table, parts) : []),
    ...(parts.hasRowSecurity ? [`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`] : []),
    ...(parts.isForced ? [`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`] : []),
    ...hypertableCalls(table, graph),
  ];
}

/** A constraint of one column that has no column to stand at. */
function standing(object: string, graph: SchemaGraph): string {
  const name = object.slice('constraint '.length);
  const [added = ''] = addConstraintAlone(name, graph.snapshot.get(object)?.text ?? '', graph) ?? [];
  return added.slice(added.indexOf('ADD ') + 'ADD '.length);
}

/**
 * The CHECKs that a table must have before it becomes a partition: those of the tables above it. One that is not
 * validated there has no row to fail on in a new table.
 */
function checksOf(parent: string, graph: SchemaGraph): string[] {
  const above = parentsOf(graph.snapshot.get(`table ${parent}`)?.text);
  const own = objectsOf(graph.snapshot, parent).filter(
    ({ kind, text }) => kind === 'constraint' && text.startsWith('CHECK'),
  );
  return [
    ...above.flatMap((table) => checksOf(table, graph)),
    ...own.map(({ name, text }) => `CONSTRAINT ${split(name).own} ${text.replace(/ NOT VALID$/, '')}`),
  ];
}

function head(table: string, parts: TableParts, origin: Origin, body: readonly string[]): string {
  const create = `CREATE ${parts.isUnlogged ? 'UNLOGGED ' : ''}${parts.isForeign ? 'FOREIGN ' : ''}TABLE ${table}`;
  const isDerived = origin.kind === 'derived';
  const list = body.length > 0 ? ` (\n${body.map((line) => `  ${line}`).join(',\n')}\n)` : '';
  const tail = [
    ...(isDerived && parts.inherits.length > 0 ? [`INHERITS (${parts.inherits.join(', ')})`] : []),
    ...(parts.partitionBy === null ? [] : [`PARTITION BY ${parts.partitionBy}`]),
    ...(parts.server === null ? [] : [`SERVER ${parts.server}`, ...createOptions(parts.serverOptions)]),
  ].map((clause) => ` ${clause}`);
  if (isDerived && parts.of !== null) return [`${create} OF ${parts.of}${list}`, ...tail].join('');
  if (isDerived && parts.partitionOf !== null)
    return [
      `${create} PARTITION OF ${parts.partitionOf.parent}${list} ${parts.partitionOf.bounds}`,
      ...tail,
    ].join('');
  return [`${create}${list === '' ? ' ()' : list}`, ...tail].join('');
}

const attach = (table: string, { partitionOf, inherits, isForeign }: TableParts): string[] =>
  partitionOf === null
    ? inherits.map((parent) => `ALTER ${isForeign ? 'FOREIGN ' : ''}TABLE ${table} INHERIT ${parent}`)
    : [`ALTER TABLE ${partitionOf.parent} ATTACH PARTITION ${table} ${partitionOf.bounds}`];
