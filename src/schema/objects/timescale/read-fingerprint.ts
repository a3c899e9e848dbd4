import { literal } from '../../../postgres/index.ts';
import { isReadable } from './read.ts';
import { CHUNK_OIDS, fittedToVersion } from './read-versions.ts';

/** The tables in which TimescaleDB keeps what users asked for, and which of their rows no chunk brought. */
const tables: readonly (readonly [table: string, own: string])[] = [
  ['_timescaledb_catalog.hypertable', 'true'],
  ['_timescaledb_catalog.dimension', 'true'],
  ['_timescaledb_catalog.tablespace', 'true'],
  ['_timescaledb_catalog.continuous_agg', 'true'],
  ['_timescaledb_catalog.continuous_aggs_bucket_function', 'true'],
  ['_timescaledb_catalog.compression_settings', `x.relid::oid NOT IN (${CHUNK_OIDS})`],
  ['_timescaledb_catalog.hypertable_compression', 'true'],
  ['_timescaledb_catalog.chunk_column_stats', 'coalesce(x.chunk_id, 0) = 0'],
  ['_timescaledb_catalog.bgw_job', 'x.id >= 1000'],
  ['_timescaledb_config.bgw_job', 'x.id >= 1000'],
];

/** What a query in a text gives as `content`, where the extension is there and to be trusted; else null. */
const read = (
  text: string,
  characters: string,
): string => `CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
    THEN substring(query_to_xml(${literal(`SELECT CASE WHEN ${isReadable} THEN substring(query_to_xml(${text}, true, false, '')::text FROM '<content>(${characters}*)</content>') END AS content`)}, true, false, '')::text FROM '<content>(${characters}*)</content>') END`;

/** An expression for the numbers of the chunks, which come and go with the rows: of type oid[], null for none. */
export const keptChunks = `string_to_array(${read(fittedToVersion(`SELECT string_agg(k.oid::text, ',') AS content FROM (${CHUNK_OIDS}) AS k`), '[0-9,]')}, ',')::oid[]`;

/** As a text of the tables that are there, each read as a whole; a view in the place of one is left out. */
const everything = `(SELECT string_agg(replace(format('SELECT %L AS name, x::text AS line FROM %s x WHERE %s', t.name, t.name, t.own), ${literal(CHUNK_OIDS)}, ${fittedToVersion(CHUNK_OIDS)}), ' UNION ALL ')
    FROM (VALUES ${tables.map(([table, own]) => `(${literal(table)}, ${literal(own)})`).join(', ')}) AS t(name, own)
    JOIN pg_class c ON c.oid = to_regclass(t.name) AND c.relkind = 'r')`;

/** An expression for a number that says what TimescaleDB keeps of a user's intent; null where nothing can be read. */
export const keptIntent = read(
  `'SELECT sum(hashtextextended(l.name || l.line, 0)) AS content FROM (' || ${everything} || ') AS l'`,
  '[-0-9]',
);
