import { literal } from '../../../postgres/index.ts';
import { kindOf, nameOf, type SnapshotObject } from '../../model/index.ts';
import { unquote } from '../common/names.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { aggregateCompression, compressionSettings } from './compression.ts';
import { type Intent, intentOf, intervalOf, timescaleSchema } from './intent.ts';
import { inOrderOfJobs, scheduleJob } from './job.ts';

/** Whether TimescaleDB keeps something of an object that no call can be written for. */
export function timescaleLeft(object: string, graph: SchemaGraph): boolean {
  const intent = intentOf(object, graph);
  if (intent === null) return false;
  return (
    intent.rest !== '' || intent.jobs.some((job) => scheduleJob(job, '', timescaleSchema(graph)) === null)
  );
}

/** Whether an object is a hypertable, or a continuous aggregate, whose rows are in one. */
export const isOfTimescale = (object: string, graph: SchemaGraph): boolean =>
  intentOf(object, graph) !== null;

const given = (name: string, value: string | null): string | null =>
  value === null ? null : `${name} => ${value}`;

const quoted = (name: string | null): string | null => (name === null ? null : literal(unquote(name)));

/** A call of one of TimescaleDB's functions about a relation. */
export const callOf =
  (relation: string, graph: SchemaGraph) =>
  (name: string, ...args: (string | null)[]): string =>
    `SELECT ${timescaleSchema(graph)}.${name}(${[literal(relation), ...args.filter((arg) => arg !== null)].join(', ')})`;

/** The call that adds a dimension beside that of time. */
export const addDimension = (
  call: ReturnType<typeof callOf>,
  { column, interval, partitions, hashedBy }: Intent['dimensions'][number],
): string =>
  call(
    'add_dimension',
    column,
    given('number_partitions', partitions),
    given('chunk_time_interval', interval),
    given('partitioning_func', hashedBy === null ? null : literal(hashedBy)),
  );

/**
 * The calls that make a plain table the hypertable that it is to be, before its indexes; none for others.
 *
 * @param hasRows whether rows that are there are moved into chunks.
 */
export function hypertableCalls(table: string, graph: SchemaGraph, hasRows = false): string[] {
  const intent = intentOf(`table ${table}`, graph);
  const [time, ...further] = intent?.dimensions ?? [];
  if (intent === null || time === undefined) return [];
  const call = callOf(table, graph);
  return [
    call(
      'create_hypertable',
      time.column,
      given('chunk_time_interval', time.interval),
      'create_default_indexes => false',
      given('associated_schema_name', quoted(intent.chunkSchema)),
      given('associated_table_prefix', quoted(intent.chunkPrefix)),
      hasRows ? 'migrate_data => true' : null,
    ),
    ...further.map((dimension) => addDimension(call, dimension)),
    ...intent.tablespaces.map(
      (tablespace) =>
        `SELECT ${timescaleSchema(graph)}.attach_tablespace(${literal(tablespace)}, ${literal(table)})`,
    ),
  ];
}

/**
 * What a hypertable gets once its indexes and constraints and all functions are there, which versions before 2.18 take no
 * more after its compression: the function that tells its time, chunk skipping, compression.
 */
export function hypertableSettings(table: string, graph: SchemaGraph): string[] {
  const object = graph.snapshot.get(`table ${table}`);
  const intent = intentOf(`table ${table}`, graph);
  const [time] = intent?.dimensions ?? [];
  if (object === undefined || intent === null || time === undefined) return [];
  const call = callOf(table, graph);
  return [
    ...(time.nowBy === null ? [] : [call('set_integer_now_func', literal(time.nowBy))]),
    ...skipping(intent.skippedBy, call, 'enable_chunk_skipping'),
    ...(intent.isCompressed
      ? [`ALTER TABLE ${table} SET (${compressionSettings(object, intent).join(', ')})`]
      : []),
  ];
}

/** Chunk skipping is behind a setting. */
export const skipping = (
  columns: readonly string[],
  call: ReturnType<typeof callOf>,
  name: 'enable_chunk_skipping' | 'disable_chunk_skipping',
): string[] =>
  columns.length === 0
    ? []
    : [
        'SET LOCAL timescaledb.enable_chunk_skipping = on',
        ...columns.map((column) => call(name, quoted(column))),
      ];

/** The jobs of a relation, or of a schema's procedures, which belong to no table: once all else is there. */
export function jobCalls(object: string, graph: SchemaGraph): string[] {
  const jobs = intentOf(object, graph)?.jobs ?? [];
  const name = nameOf(object);
  return inOrderOfJobs(jobs).flatMap((job) => scheduleJob(job, name, timescaleSchema(graph)) ?? []);
}

/** A continuous aggregate, without its rows; null for other views, and where its definition is not known. */
export function continuousAggregate(
  view: SnapshotObject,
  definition: string | undefined,
  graph: SchemaGraph,
): readonly string[] | null {
  const { name } = view;
  const intent = intentOf(`${view.kind} ${name}`, graph);
  if (intent === null || definition === undefined) return null;
  // One on the bucket alone is always made.
  const ownIndexes = [...graph.snapshot.values()].filter(
    ({ kind, parent, name: index }) => kind === 'index' && parent === name && isOwnIndex(index),
  );
  const options = [
    'timescaledb.continuous',
    `timescaledb.materialized_only = ${intent.isMaterializedOnly}`,
    ...(ownIndexes.length > 1 ? [] : ['timescaledb.create_group_indexes = false']),
  ];
  return [
    `CREATE MATERIALIZED VIEW ${name} WITH (${options.join(', ')}) AS\n  ${definition}\nWITH NO DATA`,
    ...aggregateInterval(name, intent, graph),
  ];
}

/** The interval of an aggregate's chunks. */
export const aggregateInterval = (view: string, { chunkInterval }: Intent, graph: SchemaGraph): string[] =>
  chunkInterval === null ? [] : [callOf(view, graph)('set_chunk_time_interval', intervalOf(chunkInterval))];

/** What an aggregate gets once its indexes are there: its compression. */
export function aggregateSettings(view: string, graph: SchemaGraph): string[] {
  const object = graph.snapshot.get(`view ${view}`);
  return object !== undefined && intentOf(`view ${view}`, graph)?.isCompressed === true
    ? [`ALTER MATERIALIZED VIEW ${view} SET (${aggregateCompression(object.facets).join(', ')})`]
    : [];
}

/** Whether an index of a continuous aggregate is one that TimescaleDB makes with it. */
export const isOwnIndex = (index: string): boolean => /\._materialized_hypertable_.*_idx$/.test(index);

/**
 * What comes after everything that is made: the order that every version loads (compression of hypertables, of
 * aggregates, then policies and jobs).
 *
 * @param object `kind name`.
 */
export function lateCalls(object: string, graph: SchemaGraph): string[] {
  const name = nameOf(object);
  const settings =
    kindOf(object) === 'table'
      ? hypertableSettings(name, graph)
      : kindOf(object) === 'view'
        ? aggregateSettings(name, graph)
        : [];
  return [...settings, ...jobCalls(object, graph)];
}
