import { literal } from '../../../postgres/index.ts';
import { kindRead, traitsOf } from '../../kinds.ts';
import { normalize, normalizeNames, type SnapshotObject } from '../../model/index.ts';
import { freeJobs } from './read-jobs.ts';
import { aggregateIndexes, continuousAggregates, hypertables, readsFacet } from './read-relations.ts';
import { CHUNKS, fittedToVersion } from './read-versions.ts';

/**
 * What TimescaleDB keeps is read from its catalog's tables, not from `timescaledb_information`: no view is read of which
 * somebody else may be the author, and a role needs no privilege on the hypertables' schemas. Each list holds a table's
 * names in versions from 2.9 on.
 */
const required: readonly (readonly string[])[] = [
  ['_timescaledb_catalog.hypertable'],
  ['_timescaledb_catalog.dimension'],
  ['_timescaledb_catalog.tablespace'],
  ['_timescaledb_catalog.continuous_agg'],
  ['_timescaledb_catalog.chunk'],
  ['_timescaledb_config.bgw_job', '_timescaledb_catalog.bgw_job'],
  ['_timescaledb_catalog.compression_settings', '_timescaledb_catalog.hypertable_compression'],
];

/** Not in each version. */
const optional: readonly string[] = ['_timescaledb_catalog.chunk_column_stats'];

const tables = [...required.flat(), ...optional];

/**
 * How many of some tables are there as members of the extension, in hands that are trusted: plain tables that a role below
 * ours can neither have made nor put another in the place of.
 */
const trusted = (names: readonly string[]): string => `(
  SELECT count(*) FROM pg_extension e
    JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e' AND d.classid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'r'
    JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE e.extname = 'timescaledb' AND n.nspname || '.' || c.relname IN (${names.map(literal).join(', ')})
     AND NOT EXISTS (
       SELECT FROM (VALUES (c.relowner), (n.nspowner)) AS o(owner)
        WHERE o.owner <> (SELECT datdba FROM pg_database WHERE datname = current_database())
          AND NOT EXISTS (SELECT FROM pg_roles s WHERE s.oid = o.owner AND (s.rolsuper OR s.rolname = current_user))))`;

const existing = `(SELECT count(*) FROM unnest(ARRAY[${tables.map(literal).join(', ')}]) AS t(name) WHERE to_regclass(t.name) IS NOT NULL)`;

const everything = [hypertables, continuousAggregates, aggregateIndexes, freeJobs, CHUNKS].join(
  ' UNION ALL ',
);

/** What stands for a server that has the extension on offer, and where the database has not created it. */
const offered = 'offered';

/** Whether the extension's tables are all there in trusted hands, as a condition. */
export const isReadable = `${trusted(required.flat())} = ${required.length} AND ${trusted(tables)} = ${existing}`;

/** Reads it where that is so; a text, as not to be planned elsewhere. */
const kept = `SELECT CASE WHEN ${isReadable} THEN
    substring(query_to_xml(${fittedToVersion(`SELECT encode(convert_to(coalesce(json_agg(f), '[]')::text, 'UTF8'), 'hex') AS content FROM (${everything}) AS f`)}, true, false, '')::text FROM '<content>([0-9a-f]*)</content>') END AS content`;

/**
 * One row that tells what TimescaleDB keeps of the user's intent about relations: dimensions, compression, policies,
 * continuous aggregates, hexadecimal in XML; or that it is only offered; or, without a text, that it cannot be had here, or
 * not be trusted. The tables of TimescaleDB are read only where they are: the query is a text that is run where the
 * extension has them.
 */
export const timescale = `
  SELECT 'timescale', '', NULL::text, CASE
    WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN query_to_xml(${literal(kept)}, true, false, '')::text
    WHEN EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN '${offered}' END, NULL`;

/**
 * The name of the facet: what TimescaleDB keeps of the user's intent; empty where it keeps nothing of an object. Where the
 * extension can be had, each object of which something may be kept has it.
 */
export const timescaleFacet = 'TimescaleDB';

interface Timescale {
  /** Whether the server offers the extension: what it could keep of an object and does not is known then. */
  readonly isOffered: boolean;
  /** By `kind name` of the object: facet -> text. */
  readonly facets: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** By `kind name` of a continuous aggregate: what it reads. */
  readonly reads: ReadonlyMap<string, string>;
  /** The indexes of continuous aggregates. */
  readonly indexes: readonly SnapshotObject[];
  /** Names of relations that are chunks. */
  readonly chunks: ReadonlySet<string>;
}

interface FoundRow {
  readonly kind: string;
  readonly name: string;
  readonly parent: string | null;
  readonly facet: string | null;
  readonly text: string;
}

/** Reads what `timescale` gave. */
export function readTimescale(text: string): Timescale {
  const hex = /<content>([0-9a-f]*)<\/content>/.exec(text)?.[1];
  const rows = hex === undefined ? [] : (JSON.parse(Buffer.from(hex, 'hex').toString('utf8')) as FoundRow[]);
  const facets = new Map<string, Record<string, string>>();
  const reads = new Map<string, string>();
  const indexes: SnapshotObject[] = [];
  const chunks = new Set<string>();
  for (const { kind, name: printed, parent: of, facet, text } of rows) {
    const name = normalizeNames(printed);
    const parent = of === null ? null : normalizeNames(of);
    const object = `${kind} ${name}`;
    if (kind === 'chunk') chunks.add(name);
    else if (facet === null)
      indexes.push({ kind: kindRead(kind), name, parent, text: normalize(text), facets: {} });
    else if (facet === readsFacet) reads.set(object, text);
    else facets.set(object, { ...facets.get(object), [facet]: normalize(text) });
  }
  return { isOffered: hex !== undefined || text === offered, facets, reads, indexes, chunks };
}

/** An object with what TimescaleDB keeps of it; null where it is a chunk's, which comes and goes with the rows. */
export function withTimescale(
  object: SnapshotObject,
  { isOffered, facets, reads, chunks }: Timescale,
): SnapshotObject | null {
  const { kind, name, parent, text } = object;
  if (chunks.size > 0 && (chunks.has(name) || chunks.has(String(parent)))) return null;
  if (!isOffered || !traitsOf(kind).hasTimescale) return object;
  const read = reads.get(`${kind} ${name}`);
  return {
    ...object,
    text: read === undefined ? text : withReads(text, read),
    facets: { [timescaleFacet]: '', ...object.facets, ...facets.get(`${kind} ${name}`) },
  };
}

/** A view's text, its line of what it reads replaced. */
const withReads = (text: string, read: string): string => {
  const [returns = '', ...rest] = text.split('\n').filter((line) => !line.startsWith('reads '));
  return [returns, `reads ${read}`, ...rest].join('\n');
};
