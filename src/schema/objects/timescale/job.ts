import { literal } from '../../../postgres/index.ts';

/** A policy or a user's own job, as the snapshot describes it. */
export interface Job {
  readonly procedure: string;
  readonly every: string;
  /** Where its schedule is fixed: when it starts, in UTC; `its beginning`: when it was added. */
  readonly from: string | null;
  readonly timezone: string | null;
  readonly isScheduled: boolean;
  readonly maxRuntime: string;
  readonly maxRetries: string;
  readonly retryPeriod: string;
  readonly config: string | null;
  readonly check: string | null;
}

const graph =
  /^job ((?:"(?:[^"]|"")*"|[^"\s])+) every (.*?)(?: from (\S+ \S+))?(?: in (\S+))?( not scheduled)? max_runtime (.*?) max_retries (-?\d+) retry_period (.*?)(?: config (\{.*\}))?(?: check ((?:"(?:[^"]|"")*"|[^"\s])+))?$/;

/** Reads one line of a facet; null where it describes no job. */
export function parseJob(line: string): Job | null {
  const [
    ,
    procedure,
    every = '',
    from,
    timezone,
    off,
    maxRuntime = '',
    maxRetries = '',
    retryPeriod = '',
    config,
    check,
  ] = graph.exec(line) ?? [];
  if (procedure === undefined) return null;
  return {
    procedure,
    every,
    from: from ?? null,
    timezone: timezone ?? null,
    isScheduled: off === undefined,
    maxRuntime,
    maxRetries,
    retryPeriod,
    config: config ?? null,
    check: check ?? null,
  };
}

interface Policy {
  readonly add: string;
  readonly remove: string;
  /** What the arguments of `add` are called in the job's configuration. */
  readonly args: readonly string[];
}

/** In the order in which they are added: an aggregate's refresh comes before its compression. */
const policies: Readonly<Record<string, Policy>> = {
  policy_refresh_continuous_aggregate: {
    add: 'add_continuous_aggregate_policy',
    remove: 'remove_continuous_aggregate_policy',
    args: ['start_offset', 'end_offset'],
  },
  policy_compression: {
    add: 'add_compression_policy',
    remove: 'remove_compression_policy',
    args: ['compress_after', 'compress_created_before'],
  },
  policy_retention: {
    add: 'add_retention_policy',
    remove: 'remove_retention_policy',
    args: ['drop_after', 'drop_created_before'],
  },
  policy_reorder: { add: 'add_reorder_policy', remove: 'remove_reorder_policy', args: ['index_name'] },
};

const policyOf = ({ procedure }: Job): string =>
  /^_timescaledb_\w+\.(policy_\w+)$/.exec(procedure)?.[1] ?? '';

/** Jobs in the order in which they can be added. */
export function inOrderOfJobs(jobs: readonly Job[]): Job[] {
  const order = Object.keys(policies);
  const place = (job: Job): number => {
    const at = order.indexOf(policyOf(job));
    return at < 0 ? order.length : at;
  };
  return [...jobs].sort((a, b) => place(a) - place(b));
}

const interval = (text: string): string => `INTERVAL ${literal(text)}`;

/** A value of a policy's configuration as an argument: numbers, intervals, the name of an index. */
const argument = (name: string, value: unknown): string =>
  typeof value === 'number'
    ? `BIGINT '${value}'`
    : value === null
      ? 'NULL'
      : name === 'index_name'
        ? literal(String(value))
        : interval(String(value));

/** When a job starts, as its calls take it. */
const startOf = ({ from, timezone }: Job): string[] => [
  ...(from === null || from === 'its beginning'
    ? []
    : [`initial_start => TIMESTAMPTZ ${literal(`${from}+00`)}`]),
  ...(timezone === null ? [] : [`timezone => ${literal(timezone)}`]),
];

/**
 * The calls that add a job.
 *
 * @param of the relation that a policy is on.
 * @param schema of TimescaleDB's functions.
 * @returns null for a policy that no call adds.
 */
export function scheduleJob(job: Job, of: string, schema: string): string[] | null {
  const { isScheduled, maxRuntime, maxRetries, retryPeriod, timezone } = job;
  const policy = policyOf(job);
  const known = policies[policy];
  if (known === undefined && job.procedure.startsWith('_timescaledb_')) return null;
  // Where it is not repeated, it is lost.
  const zone = timezone === null ? [] : [`timezone => ${literal(timezone)}`];
  const settings = [
    `max_runtime => ${interval(maxRuntime)}`,
    `max_retries => ${maxRetries}`,
    `retry_period => ${interval(retryPeriod)}`,
    ...(isScheduled ? [] : ['scheduled => false']),
    ...zone,
  ];
  const config = Object.entries(JSON.parse(job.config ?? '{}') as Record<string, unknown>);
  const more = known ? config.filter(([name]) => !known.args.includes(name)) : [];
  const call = known ? addPolicy(job, of, known, config) : addJob(job);
  return [
    `SELECT ${schema}.alter_job(${schema}.${call}, ${settings.join(', ')})`,
    // The job that was just added has the highest number.
    ...(more.length === 0
      ? []
      : [
          `SELECT ${schema}.alter_job(j.job_id, ${[`config => j.config || ${literal(JSON.stringify(Object.fromEntries(more)))}`, ...zone].join(', ')}) FROM timescaledb_information.jobs AS j WHERE j.job_id = (SELECT max(n.job_id) FROM timescaledb_information.jobs AS n)`,
        ]),
  ];
}

function addJob(job: Job): string {
  const args = [
    literal(job.procedure),
    interval(job.every),
    ...(job.config === null ? [] : [`config => ${literal(job.config)}`]),
    ...startOf(job),
    ...(job.check === null ? [] : [`check_config => ${literal(job.check)}`]),
    `fixed_schedule => ${job.from !== null}`,
  ];
  return `add_job(${args.join(', ')})`;
}

function addPolicy(
  job: Job,
  of: string,
  { add, args }: Policy,
  config: readonly [string, unknown][],
): string {
  // The offsets of a refresh have no default: one that is not there is NULL, for no limit.
  const missing =
    add === 'add_continuous_aggregate_policy'
      ? args.filter((name) => !config.some(([own]) => own === name))
      : [];
  const list = [
    literal(of),
    ...config
      .filter(([name]) => args.includes(name))
      .map(([name, value]) => `${name} => ${argument(name, value)}`),
    ...missing.map((name) => `${name} => NULL`),
    ...(add === 'add_reorder_policy' ? [] : [`schedule_interval => ${interval(job.every)}`]),
    ...startOf(job),
  ];
  return `${add}(${list.join(', ')})`;
}

/**
 * The call that takes a job away.
 *
 * @returns null for a policy that no call takes away.
 */
export function unscheduleJob(job: Job, of: string, schema: string): string | null {
  const known = policies[policyOf(job)];
  if (known !== undefined) return `SELECT ${schema}.${known.remove}(${literal(of)})`;
  if (job.procedure.startsWith('_timescaledb_')) return null;
  const config = job.config === null ? 'NULL' : literal(job.config);
  return `SELECT ${schema}.delete_job(j.job_id) FROM timescaledb_information.jobs AS j WHERE format('%I.%I', j.proc_schema, j.proc_name) = ${literal(job.procedure)} AND j.schedule_interval = ${interval(job.every)} AND j.config IS NOT DISTINCT FROM ${config}::jsonb`;
}
