import { literal } from '../connection/session.ts';

const name = (schema: string, relation: string): string =>
  `quote_ident(${schema}) || '.' || quote_ident(${relation})`;

/**
 * What TimescaleDB keeps is read from its catalog's tables, not from `timescaledb_information`: no view is read of which
 * somebody else may be the author, and a role needs no privilege on the hypertables' schemas. Where the tables differ
 * between its versions (2.9 to 2.30), the query is put together of the parts that fit; each has a mark in its text.
 */
const parts = {
  /** Jobs moved with 2.26. */
  JOBS: {
    asks: `to_regclass('_timescaledb_config.bgw_job') IS NOT NULL`,
    yes: '_timescaledb_config.bgw_job',
    no: '_timescaledb_catalog.bgw_job',
  },
  /** A chunk is named by its number from 2.29 on. */
  CHUNKS: {
    asks: `EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('_timescaledb_catalog.chunk') AND attname = 'relid')`,
    yes: `SELECT 'chunk', ${name('n.nspname', 'c.relname')}, '' FROM _timescaledb_catalog.chunk k JOIN pg_class c ON c.oid = k.relid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname !~ '^_timescaledb_' AND k.osm_chunk IS FALSE`,
    no: `SELECT 'chunk', ${name('k.schema_name', 'k.table_name')}, '' FROM _timescaledb_catalog.chunk k JOIN _timescaledb_catalog.hypertable h ON h.id = k.hypertable_id
      WHERE k.schema_name !~ '^_timescaledb_' AND h.compression_state <> 2 AND k.osm_chunk IS FALSE`,
  },
  /** One row for a hypertable, with arrays, from 2.14 on. */
  SETTINGS: {
    asks: `to_regclass('_timescaledb_catalog.compression_settings') IS NOT NULL`,
    yes: `SELECT u.attname, u.n AS segment_at, NULL::bigint AS order_at, NULL::boolean AS is_asc, NULL::boolean AS is_nulls_first
            FROM _timescaledb_catalog.compression_settings s, unnest(s.segmentby) WITH ORDINALITY AS u(attname, n)
           WHERE s.relid = (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = h.schema_name AND c.relname = h.table_name)
          UNION ALL
          SELECT u.attname, NULL, u.n, NOT u.is_desc, u.is_nulls_first
            FROM _timescaledb_catalog.compression_settings s, ROWS FROM (unnest(s.orderby), unnest(s.orderby_desc), unnest(s.orderby_nullsfirst)) WITH ORDINALITY AS u(attname, is_desc, is_nulls_first, n)
           WHERE u.attname IS NOT NULL AND s.relid = (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = h.schema_name AND c.relname = h.table_name)`,
    no: `SELECT s.attname::text, s.segmentby_column_index AS segment_at, s.orderby_column_index AS order_at, s.orderby_asc AS is_asc, s.orderby_nullsfirst AS is_nulls_first
            FROM _timescaledb_catalog.hypertable_compression s WHERE s.hypertable_id = h.id AND (s.segmentby_column_index IS NOT NULL OR s.orderby_column_index IS NOT NULL)`,
  },
} as const;

const marked = (part: keyof typeof parts): string => `:${part}:`;

/** Every table that is read, the alternatives side by side. */
const tables: readonly (readonly string[])[] = [
  ['_timescaledb_catalog.hypertable'],
  ['_timescaledb_catalog.dimension'],
  ['_timescaledb_catalog.tablespace'],
  ['_timescaledb_catalog.continuous_agg'],
  ['_timescaledb_catalog.chunk'],
  [parts.JOBS.yes, parts.JOBS.no],
  ['_timescaledb_catalog.compression_settings', '_timescaledb_catalog.hypertable_compression'],
];

/** A policy or a user's own job: what it does and when; not its number, nor when it runs next. */
const jobText = `concat_ws(' ', 'job', quote_ident(j.proc_schema) || '.' || quote_ident(j.proc_name), 'every', j.schedule_interval,
    CASE WHEN j.fixed_schedule THEN 'from ' || (j.initial_start AT TIME ZONE 'UTC')::text END,
    CASE WHEN NOT j.scheduled THEN 'not scheduled' END,
    'max_runtime ' || j.max_runtime, 'max_retries ' || j.max_retries, 'retry_period ' || j.retry_period,
    'config ' || (j.config - 'hypertable_id' - 'mat_hypertable_id' - 'compressed_hypertable_id')::text,
    'check ' || quote_ident(j.check_schema) || '.' || quote_ident(j.check_name))`;

const jobsOf = (hypertable: string): string =>
  `(SELECT string_agg(${jobText}, E'\\n' ORDER BY ${jobText} COLLATE "C") FROM ${marked('JOBS')} j WHERE j.id >= 1000 AND j.hypertable_id = ${hypertable})`;

/** An interval is kept as microseconds, and shown as days and the rest of one. */
const interval = `make_interval(days => (d.interval_length / 86400000000)::int) + (d.interval_length % 86400000000) * interval '1 microsecond'`;

const dimensionText = `concat_ws(' ', CASE WHEN d.interval_length IS NULL THEN 'Space' ELSE 'Time' END, 'dimension', quote_ident(d.column_name), d.column_type,
          'interval ' || CASE WHEN d.column_type IN ('timestamp'::regtype, 'timestamptz'::regtype, 'date'::regtype, 'uuid'::regtype) THEN (${interval})::text ELSE d.interval_length::text END,
          'now by ' || d.integer_now_func, d.num_slices || ' partitions')`;

const hypertables = `
  SELECT 'table' AS kind, ${name('h.schema_name', 'h.table_name')} AS name, concat_ws(E'\\n',
      (SELECT string_agg(${dimensionText}, E'\\n' ORDER BY d.id) FROM _timescaledb_catalog.dimension d WHERE d.hypertable_id = h.id),
      'tablespaces ' || (SELECT string_agg(t.tablespace_name::text, ', ' ORDER BY t.tablespace_name::text) FROM _timescaledb_catalog.tablespace t WHERE t.hypertable_id = h.id),
      CASE WHEN h.compression_state = 1 OR h.status & 4 <> 0 THEN 'compressed' || coalesce(' by ' || (
        SELECT string_agg(concat_ws(' ', quote_ident(s.attname), 'segment ' || s.segment_at, 'order ' || s.order_at,
            CASE WHEN s.is_asc THEN 'asc' ELSE CASE WHEN s.order_at IS NOT NULL THEN 'desc' END END,
            CASE WHEN s.is_nulls_first THEN 'nulls first' END), ', ' ORDER BY s.segment_at, s.order_at)
          FROM (${marked('SETTINGS')}) AS s WHERE h.compressed_hypertable_id IS NOT NULL OR h.compression_state <> 1), '') END,
      ${jobsOf('h.id')}) AS text
    FROM _timescaledb_catalog.hypertable h
   WHERE h.schema_name !~ '^_timescaledb_' AND h.compression_state <> 2
     AND NOT EXISTS (SELECT FROM _timescaledb_catalog.continuous_agg c WHERE c.mat_hypertable_id = h.id)`;

const continuousAggregates = `
  SELECT 'view', ${name('c.user_view_schema', 'c.user_view_name')}, concat_ws(E'\\n',
      CASE WHEN c.materialized_only THEN 'materialized only' END, CASE WHEN m.compressed_hypertable_id IS NOT NULL OR m.status & 4 <> 0 THEN 'compressed' END,
      ${jobsOf('c.mat_hypertable_id')},
      pg_get_viewdef(v.oid))
    FROM _timescaledb_catalog.continuous_agg c
    JOIN _timescaledb_catalog.hypertable m ON m.id = c.mat_hypertable_id
    JOIN pg_namespace n ON n.nspname = c.direct_view_schema
    JOIN pg_class v ON v.relnamespace = n.oid AND v.relname = c.direct_view_name AND v.relkind = 'v'`;

/** A user's own jobs, which belong to no table. */
const freeJobs = `
  SELECT 'schema', quote_ident(j.proc_schema), string_agg(${jobText}, E'\\n' ORDER BY ${jobText} COLLATE "C")
    FROM ${marked('JOBS')} j WHERE j.id >= 1000 AND j.proc_schema !~ '^_timescaledb_'
     AND NOT EXISTS (SELECT FROM _timescaledb_catalog.hypertable h WHERE h.id = j.hypertable_id)
   GROUP BY j.proc_schema`;

/** Chunks that stand in a user's schema (`associated_schema_name`): they come and go with the rows. */
const chunks = marked('CHUNKS');

/**
 * How many of the tables are there as members of the extension, in hands that are trusted: plain tables that a role below
 * ours can neither have made nor put another in the place of.
 */
const trustedTables = `
  SELECT count(*) FROM pg_extension e
    JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e' AND d.classid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'r'
    JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE e.extname = 'timescaledb' AND n.nspname || '.' || c.relname IN (${tables.flat().map(literal).join(', ')})
     AND NOT EXISTS (
       SELECT FROM (VALUES (c.relowner), (n.nspowner)) AS o(owner)
        WHERE o.owner <> (SELECT datdba FROM pg_database WHERE datname = current_database())
          AND NOT EXISTS (SELECT FROM pg_roles s WHERE s.oid = o.owner AND (s.rolsuper OR s.rolname = current_user)))`;

const fitted = (text: string): string =>
  Object.entries(parts).reduce(
    (sql, [part, { asks, yes, no }]) =>
      `replace(${sql}, ${literal(marked(part as keyof typeof parts))}, CASE WHEN ${asks} THEN ${literal(yes)} ELSE ${literal(no)} END)`,
    literal(text),
  );

/** The name of the facet: what TimescaleDB keeps of the user's intent. */
export const timescaleFacet = 'TimescaleDB';

/**
 * One row that holds, hexadecimal in XML, what TimescaleDB keeps of the user's intent about relations: dimensions,
 * compression, policies, continuous aggregates. The tables of TimescaleDB are read only where they are: the query is a
 * text that is run where the extension has them.
 */
export const timescale = `
  SELECT 'timescale', '', NULL::text, CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') AND (${trustedTables}) = ${tables.length} THEN
    query_to_xml(${fitted(`SELECT encode(convert_to(coalesce(json_agg(f), '[]')::text, 'UTF8'), 'hex') AS content FROM (${hypertables} UNION ALL ${continuousAggregates} UNION ALL ${freeJobs} UNION ALL ${chunks}) AS f`)}, true, false, '')::text END, NULL`;

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
