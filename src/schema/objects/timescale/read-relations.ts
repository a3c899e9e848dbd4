import { jobsOf } from './read-jobs.ts';
import { AGGREGATE_SETTINGS, LEFT, nameIn, SETTINGS, SKIPPING, SPARSE } from './read-versions.ts';

const day = 86_400_000_000;

const isOfTime = `d.column_type IN ('timestamp'::regtype, 'timestamptz'::regtype, 'date'::regtype, 'uuid'::regtype)`;

/** An interval is kept as microseconds, and shown as days and the rest of one; that of an integer column is a number. */
const interval = (length: string): string =>
  `CASE WHEN ${isOfTime} THEN (make_interval(days => (${length} / ${day})::int) + (${length} % ${day}) * interval '1 microsecond')::text ELSE (${length})::text END`;

const dimensionText = `concat_ws(' ', CASE WHEN d.interval_length IS NULL THEN 'Space' ELSE 'Time' END, 'dimension', quote_ident(d.column_name), d.column_type,
          'interval ' || ${interval('d.interval_length')}, 'compressed to ' || ${interval('d.compress_interval_length')},
          'now by ' || ${nameIn('d.integer_now_func_schema', 'd.integer_now_func')},
          CASE WHEN d.partitioning_func_schema !~ '^_timescaledb_' THEN 'hashed by ' || ${nameIn('d.partitioning_func_schema', 'd.partitioning_func')} END,
          d.num_slices || ' partitions')`;

const dimensionsOf = (hypertable: string): string =>
  `(SELECT string_agg(${dimensionText}, E'\\n' ORDER BY d.id) FROM _timescaledb_catalog.dimension d WHERE d.hypertable_id = ${hypertable})`;

/** The table's number: its name cannot be looked up by a role that may not use its schema. */
const oidOf = (hypertable: string): string =>
  `(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${hypertable}.schema_name AND c.relname = ${hypertable}.table_name)`;

/** From 2.29 on whether a hypertable is compressed is told by a bit alone. */
const isCompressed = (hypertable: string): string =>
  `(${hypertable}.compression_state = 1 OR ${hypertable}.status & 4 <> 0)`;

const segments = (relid: string): string =>
  `(SELECT string_agg(quote_ident(s.attname), ', ' ORDER BY s.segment_at) FROM (${SETTINGS}) AS s WHERE s.relid = ${relid} AND s.segment_at IS NOT NULL)`;

const orders = (relid: string): string =>
  `(SELECT string_agg(concat_ws(' ', quote_ident(s.attname), CASE WHEN s.is_asc THEN 'asc' ELSE 'desc' END, CASE WHEN s.is_nulls_first THEN 'nulls first' END), ', ' ORDER BY s.order_at)
     FROM (${SETTINGS}) AS s WHERE s.relid = ${relid} AND s.order_at IS NOT NULL)`;

/** The hypertables that users made, with what their facets need. */
const ownHypertables = `
  SELECT h.*, ${oidOf('h')} AS relid, ${nameIn('h.schema_name', 'h.table_name')} AS name, ${isCompressed('h')} AS is_compressed
    FROM _timescaledb_catalog.hypertable h
   WHERE h.schema_name !~ '^_timescaledb_' AND h.compression_state <> 2
     AND NOT EXISTS (SELECT FROM _timescaledb_catalog.continuous_agg c WHERE c.mat_hypertable_id = h.id)`;

/** The facets that tell by which columns a hypertable is compressed. */
export const segmentFacet = 'TimescaleDB, compress_segmentby';

export const orderFacet = 'TimescaleDB, compress_orderby';

/** Which of the two a hypertable leaves to TimescaleDB; versions before 2.22 choose at once, and do not tell. */
export const leftFacet = 'TimescaleDB, compression left to its defaults';

/** Hypertables: dimensions, where chunks are kept, compression, jobs. */
export const hypertables = `
  SELECT 'table' AS kind, h.name, NULL::text AS parent, f.facet, f.text
    FROM (${ownHypertables}) AS h LEFT JOIN (${LEFT}) AS l ON l.relid = h.relid
    CROSS JOIN LATERAL (VALUES
      ('TimescaleDB', concat_ws(E'\\n', ${dimensionsOf('h.id')},
        'tablespaces ' || (SELECT string_agg(t.tablespace_name::text, ', ' ORDER BY t.tablespace_name::text) FROM _timescaledb_catalog.tablespace t WHERE t.hypertable_id = h.id),
        'chunks in ' || (SELECT quote_ident(h.associated_schema_name) WHERE h.associated_schema_name <> '_timescaledb_internal'),
        'chunks named ' || (SELECT quote_ident(h.associated_table_prefix) WHERE h.associated_table_prefix <> '_hyper_' || h.id),
        'chunks skipped by ' || (SELECT k.list FROM (${SKIPPING}) AS k WHERE k.hypertable_id = h.id),
        CASE WHEN h.is_compressed THEN 'compressed' END,
        'sparse indexes ' || (SELECT x.list FROM (${SPARSE}) AS x WHERE h.is_compressed AND x.relid = h.relid),
        ${jobsOf('h.id')})),
      ('${segmentFacet}', CASE WHEN h.is_compressed AND l.segments IS NOT TRUE THEN coalesce(${segments('h.relid')}, 'none') END),
      ('${orderFacet}', CASE WHEN h.is_compressed AND l.orders IS NOT TRUE THEN coalesce(${orders('h.relid')}, 'none') END),
      ('${leftFacet}', CASE WHEN h.is_compressed AND l.relid IS NOT NULL
        THEN concat_ws(', ', CASE WHEN l.segments THEN 'compress_segmentby' END, CASE WHEN l.orders THEN 'compress_orderby' END) END)) AS f(facet, text)
   WHERE f.text IS NOT NULL`;

/** Continuous aggregates, each with its direct view, which has the definition, and the hypertable that holds its rows. */
const aggregates = `
  SELECT c.materialized_only, m.id, ${nameIn('c.user_view_schema', 'c.user_view_name')} AS name, v.oid AS direct, ${oidOf('m')} AS relid, ${isCompressed('m')} AS is_compressed
    FROM _timescaledb_catalog.continuous_agg c
    JOIN _timescaledb_catalog.hypertable m ON m.id = c.mat_hypertable_id
    JOIN pg_namespace n ON n.nspname = c.direct_view_schema
    JOIN pg_class v ON v.relnamespace = n.oid AND v.relname = c.direct_view_name AND v.relkind = 'v'`;

const readBy = (view: string): string =>
  `(SELECT string_agg(DISTINCT (d.refobjid::regclass::text || coalesce('.' || quote_ident(a.attname), '')) COLLATE "C", ', ')
     FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
     LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
    WHERE w.ev_class = ${view} AND d.refobjid <> ${view})`;

/** What is said of a view in the place of what its own rule reads, which is TimescaleDB's table. */
export const readsFacet = 'reads';

/** Continuous aggregates: options, compression, jobs, definition. */
export const continuousAggregates = `
  SELECT 'view', c.name, NULL, f.facet, f.text
    FROM (${aggregates}) AS c
    CROSS JOIN LATERAL (VALUES
      ('TimescaleDB', concat_ws(E'\\n', 'continuous aggregate', CASE WHEN c.materialized_only THEN 'materialized only' END,
        (SELECT 'chunk interval ' || ${interval('d.interval_length')} FROM _timescaledb_catalog.dimension d WHERE d.hypertable_id = c.id AND d.interval_length IS NOT NULL),
        CASE WHEN c.is_compressed THEN 'compressed' END, ${jobsOf('c.id')})),
      (${AGGREGATE_SETTINGS}, CASE WHEN c.is_compressed THEN concat_ws(E'\\n', 'segment ' || ${segments('c.relid')}, 'order ' || ${orders('c.relid')}) END),
      (CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'definition, PostgreSQL 16 and later' ELSE 'definition, PostgreSQL 14 and 15' END, pg_get_viewdef(c.direct)),
      ('${readsFacet}', ${readBy('c.direct')})) AS f(facet, text)
   WHERE f.text IS NOT NULL`;

/**
 * The indexes of a continuous aggregate stand on the table that holds its rows; a user makes them on the aggregate. Those
 * that come with it have that table's number in their names, and are named without it.
 */
export const aggregateIndexes = `
  SELECT CASE WHEN i.indisunique THEN 'unique index' ELSE 'index' END, c.name || '.' || x.own, c.name, NULL,
      regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX .*? ON .*? USING ', format(' INDEX %s ON %s USING ', replace(x.own, '\\', '\\\\'), replace(c.name, '\\', '\\\\')))
        || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
    FROM (${aggregates}) AS c JOIN pg_index i ON i.indrelid = c.relid JOIN pg_class n ON n.oid = i.indexrelid
    CROSS JOIN LATERAL (SELECT quote_ident(regexp_replace(n.relname, '^_materialized_hypertable_[0-9]+_', '_materialized_hypertable_')) AS own) AS x`;
