import { JOBS } from './read-versions.ts';

/** A policy's configuration names hypertables by number; what a user's own job is configured with is the user's. */
const config = `CASE WHEN j.proc_schema ~ '^_timescaledb_' THEN j.config - 'hypertable_id' - 'mat_hypertable_id' - 'compressed_hypertable_id' ELSE j.config END`;

/**
 * When the first run was set for. `add_job` sets it to the moment of its call where it is not told, to the microsecond:
 * that is another moment in each database, and is shown as what it was asked for.
 */
const start = `CASE WHEN j.initial_start = date_trunc('second', j.initial_start)
    THEN 'from ' || (j.initial_start AT TIME ZONE 'UTC')::text ELSE 'from its beginning' END`;

/** A policy or a user's own job: what it does and when; not its number, nor when it runs next. */
const jobText = `concat_ws(' ', 'job', quote_ident(j.proc_schema) || '.' || quote_ident(j.proc_name), 'every', j.schedule_interval,
    CASE WHEN j.fixed_schedule THEN ${start} END, 'in ' || j.timezone,
    CASE WHEN NOT j.scheduled THEN 'not scheduled' END,
    'max_runtime ' || j.max_runtime, 'max_retries ' || j.max_retries, 'retry_period ' || j.retry_period,
    'config ' || (${config})::text,
    'check ' || quote_ident(j.check_schema) || '.' || quote_ident(j.check_name))`;

/** The jobs of a hypertable, a line each. */
export const jobsOf = (hypertable: string): string =>
  `(SELECT string_agg(${jobText}, E'\\n' ORDER BY ${jobText} COLLATE "C") FROM ${JOBS} j WHERE j.id >= 1000 AND j.hypertable_id = ${hypertable})`;

/** A user's own jobs, which belong to no table. */
export const freeJobs = `
  SELECT 'schema' AS kind, quote_ident(j.proc_schema) AS name, NULL::text AS parent, 'TimescaleDB' AS facet, string_agg(${jobText}, E'\\n' ORDER BY ${jobText} COLLATE "C") AS text
    FROM ${JOBS} j WHERE j.id >= 1000 AND j.proc_schema !~ '^_timescaledb_'
     AND NOT EXISTS (SELECT FROM _timescaledb_catalog.hypertable h WHERE h.id = j.hypertable_id)
   GROUP BY j.proc_schema`;
