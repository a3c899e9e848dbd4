import { literal } from '../../connection/session.ts';
import type { SnapshotObject } from '../../snapshot/snapshot.ts';
import { timescaleFacet } from '../../snapshot/timescale.ts';
import { splitOuter } from '../alter/clauses.ts';
import type { Described } from '../described.ts';
import { unquote } from './names.ts';
import { type Job, parseJob, scheduleJob } from './timescale-job.ts';

/** The schema that holds TimescaleDB's functions. */
const schemaOf = ({ snapshot }: Described): string =>
  snapshot.get('extension timescaledb')?.text.replace(/^in /, '') ?? 'public';

const dimension =
  /^(Time|Space) dimension ("(?:[^"]|"")*"|\S+) (.*?)(?: interval (.*?))?(?: now by (\S+))?(?: (\d+) partitions)?$/;

interface Dimension {
  readonly column: string;
  /** `INTERVAL '7 days'`, or a number. */
  readonly interval: string | null;
  readonly nowBy: string | null;
  readonly partitions: string | null;
}

function parseDimension(line: string): Dimension | null {
  const [, , column, , interval, nowBy, partitions] = dimension.exec(line) ?? [];
  if (column === undefined) return null;
  return {
    column: literal(unquote(column)),
    interval:
      interval === undefined ? null : /^-?\d+$/.test(interval) ? interval : `INTERVAL ${literal(interval)}`,
    nowBy: nowBy ?? null,
    partitions: partitions ?? null,
  };
}

/** What a facet's lines say; `unknown` are those that no call can be written for. */
interface Intent {
  readonly dimensions: readonly Dimension[];
  readonly tablespaces: readonly string[];
  /** `compressed by ...` without its first word; null where it is not compressed. */
  readonly compression: string | null;
  readonly isMaterializedOnly: boolean;
  readonly jobs: readonly Job[];
  /** What follows the lines above: a continuous aggregate's query. */
  readonly rest: string;
}

function parseIntent(text: string): Intent {
  const lines = text.split('\n');
  const intent = {
    dimensions: [] as Dimension[],
    tablespaces: [] as string[],
    compression: null as string | null,
    isMaterializedOnly: false,
    jobs: [] as Job[],
    rest: '',
  };
  for (const [at, line] of lines.entries()) {
    const found = parseDimension(line);
    const job = parseJob(line);
    if (found) intent.dimensions.push(found);
    else if (job) intent.jobs.push(job);
    else if (line.startsWith('tablespaces '))
      intent.tablespaces.push(...line.slice('tablespaces '.length).split(', '));
    else if (/^compressed(?: by |$)/.test(line)) intent.compression = line.slice('compressed by '.length);
    else if (line === 'materialized only') intent.isMaterializedOnly = true;
    else return { ...intent, rest: lines.slice(at).join('\n') };
  }
  return intent;
}

const intentOf = (object: string, { snapshot }: Described): Intent | null => {
  const text = snapshot.get(object)?.facets[timescaleFacet];
  return text === undefined ? null : parseIntent(text);
};

/** What TimescaleDB keeps of an object that no call can be written for, line by line. */
export function timescaleLeft(object: string, described: Described): boolean {
  const intent = intentOf(object, described);
  if (intent === null) return false;
  const jobs = intent.jobs.some((job) => scheduleJob(job, '', schemaOf(described)) === null);
  return (
    jobs ||
    (!object.startsWith('view ') && intent.rest !== '') ||
    nowFunction(intent, described) === 'unknown'
  );
}

/** A function that tells the time of integers is described by its name alone. */
function nowFunction({ dimensions }: Intent, { snapshot }: Described): string | 'unknown' | null {
  const name = dimensions[0]?.nowBy ?? null;
  if (name === null) return null;
  const found = [...snapshot.values()].filter(
    (object) =>
      object.kind === 'function' && unquote(object.name.slice(0, -2).split('.').at(-1) ?? '') === name,
  );
  return found.length === 1 ? (found[0]?.name.slice(0, -2) ?? null) : 'unknown';
}

/** The calls that make a plain table the hypertable that it is to be; none for others. */
export function hypertableCalls(table: string, described: Described): string[] {
  const intent = intentOf(`table ${table}`, described);
  const [time, ...further] = intent?.dimensions ?? [];
  if (intent === null || time === undefined) return [];
  const schema = schemaOf(described);
  const now = nowFunction(intent, described);
  const call = (name: string, ...args: string[]): string =>
    `SELECT ${schema}.${name}(${[literal(table), ...args].join(', ')})`;
  return [
    call(
      'create_hypertable',
      time.column,
      ...(time.interval === null ? [] : [`chunk_time_interval => ${time.interval}`]),
      'create_default_indexes => false',
    ),
    ...further.map(({ column, interval, partitions }) =>
      call(
        'add_dimension',
        column,
        ...(partitions === null ? [] : [`number_partitions => ${partitions}`]),
        ...(interval === null ? [] : [`chunk_time_interval => ${interval}`]),
      ),
    ),
    ...(now === null || now === 'unknown' ? [] : [call('set_integer_now_func', literal(now))]),
    ...intent.tablespaces.map(
      (tablespace) => `SELECT ${schema}.attach_tablespace(${literal(tablespace)}, ${literal(table)})`,
    ),
    ...(intent.compression === null
      ? []
      : [`ALTER TABLE ${table} SET (${compressionSettings(intent.compression).join(', ')})`]),
    ...intent.jobs.flatMap((job) => scheduleJob(job, table, schema) ?? []),
  ];
}

/** `symbol segment 1, "time" order 1 desc nulls first` -> the options of ALTER TABLE. */
function compressionSettings(text: string): string[] {
  const columns = splitOuter(text).map((column) => {
    const [, name = '', segment, direction = '', nulls] =
      /^("(?:[^"]|"")*"|\S+)(?: segment (\d+))?(?: order \d+)?(?: (asc|desc))?( nulls first)?$/.exec(
        column,
      ) ?? [];
    return {
      name,
      isSegment: segment !== undefined,
      order: `${name} ${direction.toUpperCase()} NULLS ${nulls === undefined ? 'LAST' : 'FIRST'}`,
    };
  });
  const segments = columns.filter(({ isSegment }) => isSegment).map(({ name }) => name);
  const orders = columns.filter(({ isSegment }) => !isSegment).map(({ order }) => order);
  return [
    'timescaledb.compress',
    ...(segments.length > 0 ? [`timescaledb.compress_segmentby = ${literal(segments.join(', '))}`] : []),
    ...(orders.length > 0 ? [`timescaledb.compress_orderby = ${literal(orders.join(', '))}`] : []),
  ];
}

/** A continuous aggregate, without its rows; null for other views. */
export function continuousAggregate(view: SnapshotObject, described: Described): readonly string[] | null {
  const intent = intentOf(`${view.kind} ${view.name}`, described);
  if (intent === null) return null;
  const query = intent.rest.trim().replace(/;$/, '');
  return [
    `CREATE MATERIALIZED VIEW ${view.name} WITH (timescaledb.continuous, timescaledb.materialized_only = ${intent.isMaterializedOnly}) AS\n  ${query}\nWITH NO DATA`,
    ...(intent.compression === null
      ? []
      : [`ALTER MATERIALIZED VIEW ${view.name} SET (timescaledb.compress = true)`]),
    ...intent.jobs.flatMap((job) => scheduleJob(job, view.name, schemaOf(described)) ?? []),
  ];
}

/** The jobs of a schema's procedures, which belong to no table. */
export const schemaJobs = (schema: string, described: Described): string[] =>
  (intentOf(`schema ${schema}`, described)?.jobs ?? []).flatMap(
    (job) => scheduleJob(job, schema, schemaOf(described)) ?? [],
  );
