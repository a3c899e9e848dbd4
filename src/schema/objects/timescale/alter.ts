import { literal } from '../../../postgres/index.ts';
import {
  type Alteration,
  type AlterContext,
  type AlterStep,
  manual,
  type ObjectChange,
  recreate,
  step,
} from '../common/alteration.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { warning } from '../common/warnings.ts';
import { compressionSettings } from './compression.ts';
import {
  addDimension,
  aggregateInterval,
  aggregateSettings,
  callOf,
  hypertableCalls,
  hypertableSettings,
  isOfTimescale,
  skipping,
} from './create.ts';
import { type Dimension, type Intent, intentOf, timescaleSchema } from './intent.ts';
import { inOrderOfJobs, type Job, scheduleJob, unscheduleJob } from './job.ts';

/** What TimescaleDB keeps of an object on one side: its text, and that of its further facets. */
const kept = ({ facets }: ObjectChange['before']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(facets).filter(([facet, text]) => facet.startsWith('TimescaleDB') && text !== ''),
  );

/** Whether what TimescaleDB keeps differs, as far as both sides can have it. */
const differs = ({ before, after }: ObjectChange): boolean =>
  'TimescaleDB' in before.facets &&
  'TimescaleDB' in after.facets &&
  JSON.stringify(kept(before)) !== JSON.stringify(kept(after));

/**
 * How TimescaleDB is told of what it is to keep of a table, an aggregate or a schema's jobs; null where that does not
 * differ, and where a view is and stays a plain one.
 */
export function alterTimescale(change: ObjectChange, context: AlterContext): Alteration | null {
  const { kind, name } = change;
  const isAggregate = [context.before, context.after].some((side) => isOfTimescale(`view ${name}`, side));
  if (kind === 'view') return isAggregate ? alterAggregate(change, context) : null;
  if (!differs(change)) return null;
  return kind === 'table' ? alterHypertable(change, context) : asAlteration(jobSteps(change, context));
}

/** Steps, or why it is left. */
type Steps = readonly AlterStep[] | string;

const asAlteration = (found: Steps): Alteration =>
  typeof found === 'string' ? manual(found) : { way: 'steps', steps: found };

const lastSteps = (list: readonly string[]): AlterStep[] =>
  list.map((sql) => ({ ...step(sql), when: 'last' }));

/** Jobs that go come before all else, those that come after it. */
function jobSteps({ kind, name }: ObjectChange, { before, after }: AlterContext): Steps {
  const jobsOf = (side: SchemaGraph): readonly Job[] => intentOf(`${kind} ${name}`, side)?.jobs ?? [];
  const key = (job: Job): string => JSON.stringify(job);
  const [was, is] = [jobsOf(before), jobsOf(after)];
  const gone = was.filter((job) => !is.some((other) => key(other) === key(job)));
  const come = is.filter((job) => !was.some((other) => key(other) === key(job)));
  const drops = gone.map((job) => unscheduleJob(job, name, timescaleSchema(before)));
  const adds = inOrderOfJobs(come).map((job) => scheduleJob(job, name, timescaleSchema(after)));
  if (drops.includes(null) || adds.includes(null)) return 'Slipway has no call for one of its policies';
  return [
    ...drops.flatMap((sql): AlterStep[] => (sql === null ? [] : [{ ...step(sql), when: 'first' }])),
    ...lastSteps(adds.flatMap((list) => list ?? [])),
  ];
}

/** Why a hypertable is left, with what a person can do. */
const plainByHand = (table: string): string =>
  `TimescaleDB makes no plain table of a hypertable; by hand: CREATE TABLE of another name (LIKE ${table} INCLUDING ALL), INSERT into it what ${table} holds, drop ${table} and what reads it, rename the new one, and give it its foreign keys, triggers, policies and grants`;

function alterHypertable(change: ObjectChange, context: AlterContext): Alteration {
  const { name } = change;
  const { before, after } = context;
  const [was, is] = [intentOf(`table ${name}`, before), intentOf(`table ${name}`, after)];
  if (is === null) return manual(plainByHand(name));
  const jobs = jobSteps(change, context);
  if (typeof jobs === 'string') return manual(jobs);
  if (was === null) {
    const [make = '', ...more] = hypertableCalls(name, after, true);
    return {
      way: 'steps',
      steps: [
        step(make, warning('movesRows')),
        ...more.map((sql) => step(sql)),
        ...lastSteps(hypertableSettings(name, after)),
        ...jobs,
      ],
    };
  }
  const settings = settingSteps(change, { was, is }, after);
  if (typeof settings === 'string') return manual(settings);
  return { way: 'steps', steps: [...settings, ...jobs] };
}

interface Sides {
  readonly was: Intent;
  readonly is: Intent;
}

function settingSteps(change: ObjectChange, sides: Sides, after: SchemaGraph): Steps {
  const { was, is } = sides;
  if (was.chunkSchema !== is.chunkSchema || was.chunkPrefix !== is.chunkPrefix)
    return 'where chunks are kept can be set only when the hypertable is made';
  const dimensions = dimensionSteps(change.name, sides, after);
  if (typeof dimensions === 'string') return dimensions;
  const compression = compressionSteps(change, sides);
  if (typeof compression === 'string') return compression;
  const call = callOf(change.name, after);
  const table = literal(change.name);
  const schema = timescaleSchema(after);
  const without = (a: readonly string[], b: readonly string[]): string[] =>
    a.filter((one) => !b.includes(one));
  return [
    ...dimensions,
    ...without(is.tablespaces, was.tablespaces).map((one) =>
      step(`SELECT ${schema}.attach_tablespace(${literal(one)}, ${table})`),
    ),
    ...without(was.tablespaces, is.tablespaces).map((one) =>
      step(`SELECT ${schema}.detach_tablespace(${literal(one)}, ${table})`),
    ),
    ...skipping(without(was.skippedBy, is.skippedBy), call, 'disable_chunk_skipping').map((sql) => step(sql)),
    ...lastSteps(skipping(without(is.skippedBy, was.skippedBy), call, 'enable_chunk_skipping')),
    ...compression,
  ];
}

/** Which columns divide it cannot be changed but by one that is added. */
function dimensionSteps(table: string, { was, is }: Sides, after: SchemaGraph): Steps {
  const call = callOf(table, after);
  const gone = was.dimensions.find((one) => !is.dimensions.some(({ column }) => column === one.column));
  if (gone || was.dimensions[0]?.column !== is.dimensions[0]?.column)
    return 'the columns that divide a hypertable stay those that it was made with';
  const of = ({ column }: Dimension): Dimension | undefined =>
    was.dimensions.find((one) => one.column === column);
  if (is.dimensions.some((one) => of(one) !== undefined && of(one)?.hashedBy !== one.hashedBy))
    return 'the function that divides the space can be set only when the dimension is added';
  return is.dimensions.flatMap((one, at) => {
    const before = of(one);
    return before === undefined
      ? [step(addDimension(call, one))]
      : changeDimension(call, before, one, at === 0);
  });
}

function changeDimension(
  call: ReturnType<typeof callOf>,
  was: Dimension,
  is: Dimension,
  isFirst: boolean,
): AlterStep[] {
  return [
    ...(was.interval === is.interval || is.interval === null
      ? []
      : [
          step(
            call('set_chunk_time_interval', is.interval, isFirst ? null : is.column),
            warning('newChunksOnly'),
          ),
        ]),
    ...(was.partitions === is.partitions || is.partitions === null
      ? []
      : [step(call('set_number_partitions', is.partitions, is.column), warning('newChunksOnly'))]),
    ...(was.nowBy === is.nowBy || is.nowBy === null
      ? []
      : lastSteps([call('set_integer_now_func', literal(is.nowBy), 'replace_if_exists => true')])),
  ];
}

function compressionSteps({ name, before, after }: ObjectChange, { was, is }: Sides): Steps {
  if (!is.isCompressed)
    return was.isCompressed
      ? [step(`ALTER TABLE ${name} SET (timescaledb.compress = false)`, warning('failsOnCompressed'))]
      : [];
  const [from, to] = [
    was.isCompressed ? compressionSettings(before, was) : [],
    compressionSettings(after, is),
  ];
  const names = (list: readonly string[]): string[] => list.map((one) => one.split(' = ')[0] ?? '');
  if (names(from).some((one) => !names(to).includes(one)))
    return 'what was chosen for its compression cannot be left to TimescaleDB again';
  const changed = to.filter((one) => !from.includes(one));
  if (changed.length === 0) return [];
  // A choice that is not repeated would be made anew.
  return [
    {
      ...step(
        `ALTER TABLE ${name} SET (${to.join(', ')})`,
        ...(was.isCompressed ? [warning('newlyCompressedOnly')] : []),
      ),
      when: 'last',
    },
  ];
}

function alterAggregate(change: ObjectChange, context: AlterContext): Alteration {
  const { name, before: there, after: wanted } = change;
  const { before, after, purpose } = context;
  const [was, is] = [intentOf(`view ${name}`, before), intentOf(`view ${name}`, after)];
  const definitions = Object.keys(wanted.facets).filter((facet) => facet.startsWith('definition'));
  const isOther =
    was === null ||
    is === null ||
    there.text !== wanted.text ||
    definitions.some(
      (facet) => there.facets[facet] !== undefined && there.facets[facet] !== wanted.facets[facet],
    );
  if (isOther) {
    if (purpose === 'fix' && was !== null)
      return manual('it would be made again, and lose what it holds of rows that its source has no more');
    return recreate;
  }
  const jobs = jobSteps(change, context);
  if (typeof jobs === 'string') return manual(jobs);
  const alter = (option: string): AlterStep => step(`ALTER MATERIALIZED VIEW ${name} SET (${option})`);
  const settings = [aggregateSettings(name, before), aggregateSettings(name, after)] as const;
  return {
    way: 'steps',
    steps: [
      ...(was.isMaterializedOnly === is.isMaterializedOnly
        ? []
        : [alter(`timescaledb.materialized_only = ${is.isMaterializedOnly}`)]),
      ...(was.chunkInterval === is.chunkInterval
        ? []
        : aggregateInterval(name, is, after).map((sql) => step(sql, warning('newChunksOnly')))),
      ...(was.isCompressed && !is.isCompressed ? [alter('timescaledb.compress = false')] : []),
      ...(is.isCompressed && settings[0].join() !== settings[1].join() ? lastSteps(settings[1]) : []),
      ...jobs,
    ],
  };
}
