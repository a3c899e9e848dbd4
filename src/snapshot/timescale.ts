import { literal } from '../connection/session.ts';

const name = (schema: string, relation: string): string =>
  `quote_ident(${schema}) || '.' || quote_ident(${relation})`;

/** A policy or a user's own job: what it does and when; not its number, nor when it runs next. */
const jobText = `concat_ws(' ', 'job', quote_ident(j.proc_schema) || '.' || quote_ident(j.proc_name), 'every', j.schedule_interval,
    CASE WHEN j.fixed_schedule THEN 'from ' || (j.initial_start AT TIME ZONE 'UTC')::text END,
    CASE WHEN NOT j.scheduled THEN 'not scheduled' END,
    'max_runtime ' || j.max_runtime, 'max_retries ' || j.max_retries, 'retry_period ' || j.retry_period,
    'config ' || (j.config - 'hypertable_id' - 'mat_hypertable_id' - 'compressed_hypertable_id')::text,
    'check ' || quote_ident(j.check_schema) || '.' || quote_ident(j.check_name))`;

const jobsOf = (condition: string): string =>
  `(SELECT string_agg(${jobText}, E'\\n' ORDER BY ${jobText} COLLATE "C") FROM timescaledb_information.jobs j WHERE j.job_id >= 1000 AND ${condition})`;

const hypertables = `
  SELECT 'table' AS kind, ${name('h.hypertable_schema', 'h.hypertable_name')} AS name, concat_ws(E'\\n',
      (SELECT string_agg(concat_ws(' ', d.dimension_type, 'dimension', quote_ident(d.column_name), d.column_type,
          'interval ' || coalesce(d.time_interval::text, d.integer_interval::text), 'now by ' || d.integer_now_func,
          d.num_partitions || ' partitions'), E'\\n' ORDER BY d.dimension_number)
         FROM timescaledb_information.dimensions d WHERE d.hypertable_schema = h.hypertable_schema AND d.hypertable_name = h.hypertable_name),
      'tablespaces ' || (SELECT string_agg(x::text, ', ' ORDER BY x::text) FROM unnest(h.tablespaces) x),
      CASE WHEN h.compression_enabled THEN 'compressed' || coalesce(' by ' || (
        SELECT string_agg(concat_ws(' ', quote_ident(s.attname), 'segment ' || s.segmentby_column_index, 'order ' || s.orderby_column_index,
            CASE WHEN s.orderby_asc THEN 'asc' ELSE CASE WHEN s.orderby_column_index IS NOT NULL THEN 'desc' END END,
            CASE WHEN s.orderby_nullsfirst THEN 'nulls first' END), ', ' ORDER BY s.segmentby_column_index, s.orderby_column_index)
          FROM timescaledb_information.compression_settings s WHERE s.hypertable_schema = h.hypertable_schema AND s.hypertable_name = h.hypertable_name), '') END,
      ${jobsOf('j.hypertable_schema = h.hypertable_schema AND j.hypertable_name = h.hypertable_name')}) AS text
    FROM timescaledb_information.hypertables h WHERE h.hypertable_schema !~ '^_timescaledb_'`;

const continuousAggregates = `
  SELECT 'view', ${name('c.view_schema', 'c.view_name')}, concat_ws(E'\\n',
      CASE WHEN c.materialized_only THEN 'materialized only' END, CASE WHEN c.compression_enabled THEN 'compressed' END,
      ${jobsOf('(j.hypertable_schema, j.hypertable_name) IN ((c.view_schema, c.view_name), (c.materialization_hypertable_schema, c.materialization_hypertable_name))')},
      c.view_definition)
    FROM timescaledb_information.continuous_aggregates c`;

/** A user's own jobs, which belong to no table. */
const freeJobs = `
  SELECT 'schema', quote_ident(j.proc_schema), string_agg(${jobText}, E'\\n' ORDER BY ${jobText} COLLATE "C")
    FROM timescaledb_information.jobs j WHERE j.job_id >= 1000 AND j.hypertable_name IS NULL AND j.proc_schema !~ '^_timescaledb_'
   GROUP BY j.proc_schema`;

/** Chunks that stand in a user's schema (`associated_schema_name`): they come and go with the rows. */
const chunks = `
  SELECT 'chunk', ${name('k.chunk_schema', 'k.chunk_name')}, '' FROM timescaledb_information.chunks k WHERE k.chunk_schema !~ '^_timescaledb_'`;

/** The name of the facet: what TimescaleDB keeps of the user's intent. */
export const timescaleFacet = 'TimescaleDB';

/**
 * One row that holds, hexadecimal in XML, what TimescaleDB keeps of the user's intent about relations: dimensions,
 * compression, policies, continuous aggregates. The views of TimescaleDB are read only where they are: the query is a
 * text that is run where `to_regclass` finds them.
 */
export const timescale = `
  SELECT 'timescale', '', NULL::text, CASE WHEN to_regclass('timescaledb_information.hypertables') IS NOT NULL THEN
    query_to_xml(${literal(`SELECT encode(convert_to(coalesce(json_agg(f), '[]')::text, 'UTF8'), 'hex') AS content FROM (${hypertables} UNION ALL ${continuousAggregates} UNION ALL ${freeJobs} UNION ALL ${chunks}) AS f`)}, true, false, '')::text END, NULL`;

export interface Timescale {
  /** The facet's text by `kind name` of the object. */
  readonly facets: ReadonlyMap<string, string>;
  /** Names of relations that are chunks. */
  readonly chunks: ReadonlySet<string>;
}

/** Reads what `timescale` gave. */
export function readTimescale(xml: string): Timescale {
  const hex = /<content>([0-9a-f]*)<\/content>/.exec(xml)?.[1];
  if (hex === undefined) return { facets: new Map(), chunks: new Set() };
  const rows = JSON.parse(Buffer.from(hex, 'hex').toString('utf8')) as {
    kind: string;
    name: string;
    text: string;
  }[];
  const isChunk = ({ kind }: { kind: string }): boolean => kind === 'chunk';
  return {
    facets: new Map(
      rows.filter((row) => !isChunk(row)).map(({ kind, name, text }) => [`${kind} ${name}`, text]),
    ),
    chunks: new Set(rows.filter(isChunk).map(({ name }) => name)),
  };
}
