import { literal } from '../../../postgres/index.ts';

/** How a name is printed. */
export const nameIn = (schema: string, relation: string): string =>
  `quote_ident(${schema}) || '.' || quote_ident(${relation})`;

/** A part of the query that another version of TimescaleDB has otherwise: its mark in the text, and what stands for it. */
interface Part {
  readonly mark: string;
  /** A condition on the catalog. */
  readonly asks: string;
  readonly yes: string;
  readonly no: string;
}

const hasColumn = (table: string, column: string): string =>
  `EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('${table}') AND attname = '${column}')`;

/** The extension's version as a number: 2.17.2 is 217. */
const version = `(SELECT split_part(e.extversion, '.', 1)::int * 100 + substring(split_part(e.extversion, '.', 2) FROM '^[0-9]+')::int
    FROM pg_extension e WHERE e.extname = 'timescaledb')`;

export const JOBS = ':JOBS:';

export const CHUNKS = ':CHUNKS:';

/** The numbers of chunks that the snapshot leaves out, besides those in the extension's own schemas. */
export const CHUNK_OIDS = ':CHUNK_OIDS:';

/** Columns of compression: rows of (relid, attname, segment_at, order_at, is_asc, is_nulls_first). */
export const SETTINGS = ':SETTINGS:';

/** Whether a hypertable's row in `SETTINGS` leaves the columns to segment by, or to order by, to TimescaleDB. */
export const LEFT = ':LEFT:';

export const SPARSE = ':SPARSE:';

export const SKIPPING = ':SKIPPING:';

/** What an aggregate's columns of compression are called: which were chosen by default differs by version. */
export const AGGREGATE_SETTINGS = ':AGGREGATE_SETTINGS:';

const parts: readonly Part[] = [
  // Jobs moved with 2.26.
  {
    mark: JOBS,
    asks: `to_regclass('_timescaledb_config.bgw_job') IS NOT NULL`,
    yes: '_timescaledb_config.bgw_job',
    no: '_timescaledb_catalog.bgw_job',
  },
  // A chunk is named by its number from 2.29 on.
  {
    mark: CHUNKS,
    asks: hasColumn('_timescaledb_catalog.chunk', 'relid'),
    yes: `SELECT 'chunk', ${nameIn('n.nspname', 'c.relname')}, NULL, NULL, '' FROM _timescaledb_catalog.chunk k JOIN pg_class c ON c.oid = k.relid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname !~ '^_timescaledb_' AND k.osm_chunk IS FALSE`,
    no: `SELECT 'chunk', ${nameIn('k.schema_name', 'k.table_name')}, NULL, NULL, '' FROM _timescaledb_catalog.chunk k JOIN _timescaledb_catalog.hypertable h ON h.id = k.hypertable_id
      WHERE k.schema_name !~ '^_timescaledb_' AND h.compression_state <> 2 AND k.osm_chunk IS FALSE`,
  },
  {
    mark: CHUNK_OIDS,
    asks: hasColumn('_timescaledb_catalog.chunk', 'relid'),
    yes: 'SELECT k.relid::oid AS oid FROM _timescaledb_catalog.chunk k WHERE k.osm_chunk IS FALSE',
    no: `SELECT c.oid FROM _timescaledb_catalog.chunk k JOIN _timescaledb_catalog.hypertable h ON h.id = k.hypertable_id
      JOIN pg_namespace n ON n.nspname = k.schema_name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = k.table_name
      WHERE (h.compression_state <> 2 OR k.schema_name ~ '^_timescaledb_') AND k.osm_chunk IS FALSE`,
  },
  // One row for a hypertable, with arrays, from 2.14 on. An array without elements is a choice of none.
  {
    mark: SETTINGS,
    asks: `to_regclass('_timescaledb_catalog.compression_settings') IS NOT NULL`,
    yes: `SELECT s.relid::oid AS relid, u.attname, u.n AS segment_at, NULL::bigint AS order_at, NULL::boolean AS is_asc, NULL::boolean AS is_nulls_first
            FROM _timescaledb_catalog.compression_settings s, unnest(s.segmentby) WITH ORDINALITY AS u(attname, n)
          UNION ALL
          SELECT s.relid::oid, u.attname, NULL, u.n, NOT u.is_desc, u.is_nulls_first
            FROM _timescaledb_catalog.compression_settings s, ROWS FROM (unnest(s.orderby), unnest(s.orderby_desc), unnest(s.orderby_nullsfirst)) WITH ORDINALITY AS u(attname, is_desc, is_nulls_first, n)
           WHERE u.attname IS NOT NULL`,
    no: `SELECT c.oid AS relid, s.attname::text, s.segmentby_column_index::bigint AS segment_at, s.orderby_column_index::bigint AS order_at, s.orderby_asc AS is_asc, s.orderby_nullsfirst AS is_nulls_first
            FROM _timescaledb_catalog.hypertable_compression s JOIN _timescaledb_catalog.hypertable t ON t.id = s.hypertable_id
            JOIN pg_namespace n ON n.nspname = t.schema_name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.table_name
           WHERE s.segmentby_column_index IS NOT NULL OR s.orderby_column_index IS NOT NULL`,
  },
  // From 2.22 on what ALTER TABLE leaves out is chosen for each chunk when it is compressed; before, at once and for good.
  {
    mark: LEFT,
    asks: `${version} >= 222`,
    yes: `SELECT s.relid::oid AS relid, s.segmentby IS NULL AS segments, s.orderby IS NULL AS orders FROM _timescaledb_catalog.compression_settings s`,
    no: `SELECT NULL::oid AS relid, NULL::boolean AS segments, NULL::boolean AS orders WHERE false`,
  },
  {
    mark: SPARSE,
    asks: hasColumn('_timescaledb_catalog.compression_settings', 'index'),
    yes: `SELECT s.relid::oid AS relid, string_agg(concat(i ->> 'type', '(', i ->> 'column', ')'), ', ' ORDER BY i ->> 'type', i ->> 'column') AS list
            FROM _timescaledb_catalog.compression_settings s, jsonb_array_elements(s."index") AS i WHERE i ->> 'source' = 'config' GROUP BY s.relid`,
    no: `SELECT NULL::oid AS relid, NULL::text AS list WHERE false`,
  },
  // Chunk skipping came with 2.16; the row that no chunk has is the user's.
  {
    mark: SKIPPING,
    asks: `to_regclass('_timescaledb_catalog.chunk_column_stats') IS NOT NULL`,
    yes: `SELECT s.hypertable_id, string_agg(quote_ident(s.column_name), ', ' ORDER BY s.column_name) AS list
            FROM _timescaledb_catalog.chunk_column_stats s WHERE coalesce(s.chunk_id, 0) = 0 GROUP BY s.hypertable_id`,
    no: `SELECT NULL::integer AS hypertable_id, NULL::text AS list WHERE false`,
  },
  // With 2.25 an aggregate that is told no columns got others.
  {
    mark: AGGREGATE_SETTINGS,
    asks: `${version} >= 225`,
    yes: `'TimescaleDB 2.25 and later, compression by'`,
    no: `'TimescaleDB up to 2.24, compression by'`,
  },
];

/** An expression for the text of a query in which each mark is replaced by what fits the version that is there. */
export const fittedToVersion = (text: string): string =>
  parts
    .filter(({ mark }) => text.includes(mark))
    .reduce(
      (sql, { mark, asks, yes, no }) =>
        `replace(${sql}, ${literal(mark)}, CASE WHEN ${asks} THEN ${literal(yes)} ELSE ${literal(no)} END)`,
      literal(text),
    );
