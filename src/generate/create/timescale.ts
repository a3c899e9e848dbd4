import { literal } from '../../connection/session.ts';
import type { SnapshotObject } from '../../snapshot/snapshot.ts';
import { timescaleFacet } from '../../snapshot/timescale.ts';
import { orderFacet, segmentFacet } from '../../snapshot/timescale-relations.ts';
import { splitOuter } from '../alter/clauses.ts';
import type { Described } from '../described.ts';
import { unquote } from './names.ts';
import { type Job, parseJob, scheduleJob } from './timescale-job.ts';

/** The schema that holds TimescaleDB's functions. */
const schemaOf = ({ snapshot }: Described): string =>
  snapshot.get('extension timescaledb')?.text.replace(/^in /, '') ?? 'public';

const dimension =
  /^(Time|Space) dimension ("(?:[^"]|"")*"|\S+) (.*?)(?: interval (.*?))?(?: compressed to (.*?))?(?: now by ((?:"(?:[^"]|"")*"|\S)+))?(?: hashed by ((?:"(?:[^"]|"")*"|\S)+))?(?: (\d+) partitions)?$/;

interface Dimension {
  readonly column: string;
  /** `INTERVAL '7 days'`, or a number. */
  readonly interval: string | null;
  /** The interval of the chunks that compressed ones are merged to. */
  readonly compressedTo: string | null;
  /** Functions, qualified and quoted. */
  readonly nowBy: string | null;
  readonly hashedBy: string | null;
  readonly partitions: string | null;
}

function parseDimension(line: string): Dimension | null {
  const [, , column, , interval, compressedTo, nowBy, hashedBy, partitions] = dimension.exec(line) ?? [];
  if (column === undefined) return null;
  return {
    column: literal(unquote(column)),
    interval: interval === undefined ? null : intervalOf(interval),
    compressedTo: compressedTo ?? null,
    nowBy: nowBy ?? null,
    hashedBy: hashedBy ?? null,
    partitions: partitions ?? null,
  };
}

/** An interval as an argument: that of an integer column is a number. */
const intervalOf = (text: string): string => (/^-?\d+$/.test(text) ? text : `INTERVAL ${literal(text)}`);

/** What a facet's lines say; `unknown` are those that no call can be written for. */
interface Intent {
  readonly dimensions: readonly Dimension[];
  readonly tablespaces: readonly string[];
  /** The schema that chunks stand in, and how their names begin, where those are not TimescaleDB's own. */
  readonly chunkSchema: string | null;
  readonly chunkPrefix: string | null;
  /** The columns by whose values chunks are skipped. */
  readonly skippedBy: readonly string[];
  readonly isCompressed: boolean;
  readonly sparseIndexes: string | null;
  readonly isAggregate: boolean;
  readonly isMaterializedOnly: boolean;
  readonly chunkInterval: string | null;
  readonly jobs: readonly Job[];
  /** From the first line on that no call can be written for. */
  readonly rest: string;
}

/** The lines of a facet that are one word and a value, or a word alone. */
const words = {
  tablespaces: /^tablespaces (.*)$/,
  chunkSchema: /^chunks in (.*)$/,
  chunkPrefix: /^chunks named (.*)$/,
  skippedBy: /^chunks skipped by (.*)$/,
  isCompressed: /^compressed()$/,
  sparseIndexes: /^sparse indexes (.*)$/,
  isAggregate: /^continuous aggregate()$/,
  isMaterializedOnly: /^materialized only()$/,
  chunkInterval: /^chunk interval (.*)$/,
} as const;

function parseIntent(text: string): Intent {
  const lines = text.split('\n');
  const found = new Map<keyof typeof words, string>();
  const dimensions: Dimension[] = [];
  const jobs: Job[] = [];
  const unknownAt = lines.findIndex((line) => {
    const dimension = parseDimension(line);
    const job = parseJob(line);
    const word = (Object.keys(words) as (keyof typeof words)[]).find((name) => words[name].test(line));
    if (dimension) dimensions.push(dimension);
    if (job) jobs.push(job);
    if (word) found.set(word, words[word].exec(line)?.[1] ?? '');
    return !dimension && !job && word === undefined;
  });
  return {
    dimensions,
    tablespaces: found.get('tablespaces')?.split(', ') ?? [],
    chunkSchema: found.get('chunkSchema') ?? null,
    chunkPrefix: found.get('chunkPrefix') ?? null,
    skippedBy: found.get('skippedBy')?.split(', ') ?? [],
    isCompressed: found.has('isCompressed'),
    sparseIndexes: found.get('sparseIndexes') ?? null,
    isAggregate: found.has('isAggregate'),
    isMaterializedOnly: found.has('isMaterializedOnly'),
    chunkInterval: found.get('chunkInterval') ?? null,
    jobs,
    rest: unknownAt < 0 ? '' : lines.slice(unknownAt).join('\n'),
  };
}

/** Null for what TimescaleDB keeps nothing of. */
const intentOf = (object: string, { snapshot }: Described): Intent | null => {
  const text = snapshot.get(object)?.facets[timescaleFacet] ?? '';
  return text === '' ? null : parseIntent(text);
};

/** Whether TimescaleDB keeps something of an object that no call can be written for. */
export function timescaleLeft(object: string, described: Described): boolean {
  const intent = intentOf(object, described);
  if (intent === null) return false;
  return intent.rest !== '' || intent.jobs.some((job) => scheduleJob(job, '', schemaOf(described)) === null);
}

/** The calls that make a plain table the hypertable that it is to be; none for others. */
export function hypertableCalls(table: string, described: Described): string[] {
  const object = described.snapshot.get(`table ${table}`);
  const intent = intentOf(`table ${table}`, described);
  const [time, ...further] = intent?.dimensions ?? [];
  if (object === undefined || intent === null || time === undefined) return [];
  const schema = schemaOf(described);
  const call = (name: string, ...args: (string | null)[]): string =>
    `SELECT ${schema}.${name}(${[literal(table), ...args.filter((arg) => arg !== null)].join(', ')})`;
  const given = (name: string, value: string | null): string | null =>
    value === null ? null : `${name} => ${value}`;
  const name = (quoted: string | null): string | null => (quoted === null ? null : literal(unquote(quoted)));
  return [
    call(
      'create_hypertable',
      time.column,
      given('chunk_time_interval', time.interval),
      'create_default_indexes => false',
      given('associated_schema_name', name(intent.chunkSchema)),
      given('associated_table_prefix', name(intent.chunkPrefix)),
    ),
    ...further.map(({ column, interval, partitions, hashedBy }) =>
      call(
        'add_dimension',
        column,
        given('number_partitions', partitions),
        given('chunk_time_interval', interval),
        given('partitioning_func', hashedBy === null ? null : literal(hashedBy)),
      ),
    ),
    ...(time.nowBy === null ? [] : [call('set_integer_now_func', literal(time.nowBy))]),
    ...intent.tablespaces.map(
      (tablespace) => `SELECT ${schema}.attach_tablespace(${literal(tablespace)}, ${literal(table)})`,
    ),
    ...(intent.skippedBy.length === 0 ? [] : ['SET LOCAL timescaledb.enable_chunk_skipping = on']),
    ...intent.skippedBy.map((column) => call('enable_chunk_skipping', name(column))),
    ...(intent.isCompressed
      ? [`ALTER TABLE ${table} SET (${compressionSettings(object, intent).join(', ')})`]
      : []),
    ...intent.jobs.flatMap((job) => scheduleJob(job, table, schema) ?? []),
  ];
}

/** `"time" desc nulls first, id asc` as ALTER TABLE takes it. */
const orderBy = (text: string): string =>
  splitOuter(text)
    .map((column) => {
      const [, name = '', direction = '', nulls] =
        /^("(?:[^"]|"")*"|\S+) (asc|desc)( nulls first)?$/.exec(column) ?? [];
      return `${name} ${direction.toUpperCase()} NULLS ${nulls === undefined ? 'LAST' : 'FIRST'}`;
    })
    .join(', ');

/** The options of ALTER TABLE; columns that were left to TimescaleDB are left to it again. */
function compressionSettings({ facets }: SnapshotObject, { dimensions, sparseIndexes }: Intent): string[] {
  const segments = facets[segmentFacet];
  const orders = facets[orderFacet];
  const interval = dimensions[0]?.compressedTo ?? null;
  const option = (name: string, value: string): string => `timescaledb.${name} = ${literal(value)}`;
  return [
    'timescaledb.compress',
    ...(segments === undefined ? [] : [option('compress_segmentby', segments === 'none' ? '' : segments)]),
    ...(orders === undefined || orders === 'none' ? [] : [option('compress_orderby', orderBy(orders))]),
    ...(interval === null ? [] : [option('compress_chunk_time_interval', interval)]),
    ...(sparseIndexes === null ? [] : [option('compress_index', sparseIndexes)]),
  ];
}

/** A continuous aggregate, without its rows; null for other views, and where its definition is not known. */
export function continuousAggregate(
  view: SnapshotObject,
  definition: string | undefined,
  described: Described,
): readonly string[] | null {
  const { name, facets } = view;
  const intent = intentOf(`${view.kind} ${name}`, described);
  if (intent === null || definition === undefined) return null;
  // One on the bucket alone is always made.
  const ownIndexes = [...described.snapshot.values()].filter(
    ({ kind, parent, name: index }) => kind === 'index' && parent === name && isOwnIndex(index),
  );
  const options = [
    'timescaledb.continuous',
    `timescaledb.materialized_only = ${intent.isMaterializedOnly}`,
    ...(ownIndexes.length > 1 ? [] : ['timescaledb.create_group_indexes = false']),
  ];
  const interval = intent.chunkInterval === null ? null : intervalOf(intent.chunkInterval);
  return [
    `CREATE MATERIALIZED VIEW ${name} WITH (${options.join(', ')}) AS\n  ${definition}\nWITH NO DATA`,
    ...(interval === null
      ? []
      : [`SELECT ${schemaOf(described)}.set_chunk_time_interval(${literal(name)}, ${interval})`]),
    ...(intent.isCompressed
      ? [`ALTER MATERIALIZED VIEW ${name} SET (${aggregateCompression(facets).join(', ')})`]
      : []),
    ...intent.jobs.flatMap((job) => scheduleJob(job, name, schemaOf(described)) ?? []),
  ];
}

/** The facet's name differs by version, its lines do not. */
function aggregateCompression(facets: SnapshotObject['facets']): string[] {
  const text = Object.entries(facets).find(([facet]) => /^TimescaleDB .*, compression by$/.test(facet))?.[1];
  const [, segments] = /^segment (.*)$/m.exec(text ?? '') ?? [];
  const [, orders] = /^order (.*)$/m.exec(text ?? '') ?? [];
  return [
    'timescaledb.compress = true',
    ...(text === undefined ? [] : [`timescaledb.compress_segmentby = ${literal(segments ?? '')}`]),
    ...(orders === undefined ? [] : [`timescaledb.compress_orderby = ${literal(orderBy(orders))}`]),
  ];
}

/** Whether an index of a continuous aggregate is one that TimescaleDB makes with it. */
export const isOwnIndex = (index: string): boolean => /\._materialized_hypertable_.*_idx$/.test(index);

/** The jobs of a schema's procedures, which belong to no table. */
export const schemaJobs = (schema: string, described: Described): string[] =>
  (intentOf(`schema ${schema}`, described)?.jobs ?? []).flatMap(
    (job) => scheduleJob(job, schema, schemaOf(described)) ?? [],
  );
