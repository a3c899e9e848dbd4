import { literal } from '../../connection/session.ts';

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

const described =
  /^job (\S+) every (.*?)(?: from (\S+ \S+))?(?: in (\S+))?( not scheduled)? max_runtime (.*?) max_retries (-?\d+) retry_period (.*?)(?: config (\{.*\}))?(?: check (\S+))?$/;

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
  ] = described.exec(line) ?? [];
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

/** The policies: the function that adds one, and what its arguments are called in the job's configuration. */
const policies: Readonly<Record<string, { readonly add: string; readonly args: readonly string[] }>> = {
  policy_retention: { add: 'add_retention_policy', args: ['drop_after', 'drop_created_before'] },
  policy_compression: { add: 'add_compression_policy', args: ['compress_after', 'compress_created_before'] },
  policy_reorder: { add: 'add_reorder_policy', args: ['index_name'] },
  policy_refresh_continuous_aggregate: {
    add: 'add_continuous_aggregate_policy',
    args: ['start_offset', 'end_offset'],
  },
};

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

/**
 * The call that adds a job.
 *
 * @param of the relation that a policy is on.
 * @param schema of TimescaleDB's functions.
 * @returns null where its configuration has what no call takes.
 */
export function scheduleJob(job: Job, of: string, schema: string): string | null {
  const { every, from, timezone, isScheduled, maxRuntime, maxRetries, retryPeriod } = job;
  const [, policy = ''] = /^_timescaledb_\w+\.(policy_\w+)$/.exec(job.procedure) ?? [];
  const known = policies[policy];
  const start = [
    ...(from === null || from === 'its beginning'
      ? []
      : [`initial_start => TIMESTAMPTZ ${literal(`${from}+00`)}`]),
    ...(timezone === null ? [] : [`timezone => ${literal(timezone)}`]),
  ];
  const settings = [
    `max_runtime => ${interval(maxRuntime)}`,
    `max_retries => ${maxRetries}`,
    `retry_period => ${interval(retryPeriod)}`,
    ...(isScheduled ? [] : ['scheduled => false']),
  ];
  const set = (call: string): string => `SELECT ${schema}.alter_job(${call}, ${settings.join(', ')})`;
  if (known === undefined) {
    if (job.procedure.startsWith('_timescaledb_')) return null;
    const args = [
      literal(job.procedure),
      interval(every),
      ...(job.config === null ? [] : [`config => ${literal(job.config)}`]),
      ...start,
      ...(job.check === null ? [] : [`check_config => ${literal(job.check)}`]),
      `fixed_schedule => ${from !== null}`,
    ];
    return set(`${schema}.add_job(${args.join(', ')})`);
  }
  const config = Object.entries(JSON.parse(job.config ?? '{}') as Record<string, unknown>);
  if (config.some(([name]) => !known.args.includes(name))) return null;
  // The offsets of a refresh have no default: one that is not there is NULL, for no limit.
  const missing =
    policy === 'policy_refresh_continuous_aggregate'
      ? known.args.filter((name) => !config.some(([own]) => own === name))
      : [];
  const args = [
    literal(of),
    ...config.map(([name, value]) => `${name} => ${argument(name, value)}`),
    ...missing.map((name) => `${name} => NULL`),
    ...(policy === 'policy_reorder' ? [] : [`schedule_interval => ${interval(every)}`]),
    ...start,
  ];
  return set(`${schema}.${known.add}(${args.join(', ')})`);
}
