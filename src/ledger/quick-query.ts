import { identifier, literal, type Row } from '../postgres/index.ts';
import { selectAbridged } from './abridged.ts';
import { type LedgerContent, readHex, selectAll } from './cache.ts';
import { type FingerprintWanted, fingerprintIn, selectKept, shortFingerprint } from './fingerprint.ts';
import { isReaderLacking } from './readers.ts';
import { type LedgerName, ledgerColumns, ledgerTable } from './table.ts';

/** Who may own the ledger, and its schema: this role, and the superuser that initdb makes. */
const trusted = `(to_regrole(quote_ident(current_user)), 10, (SELECT 'pg_database_owner'::regrole FROM pg_database d WHERE d.datname = current_database() AND d.datdba IN (to_regrole(quote_ident(current_user)), 10)))`;

const columns = Object.entries(ledgerColumns);
const typed = columns
  .flatMap(([column, types]) => types.map((type) => `(${literal(column)}, ${literal(type)}::regtype)`))
  .join(', ');

/**
 * Whether reading the ledger runs nobody's code, and nobody could have forged it but whoever is trusted: as long as it
 * is as Slipway made it. Of any other, `ledgerQuery` tells more.
 */
const isPlain = (
  ledger: LedgerName,
): string => `EXISTS (SELECT FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
    WHERE r.oid = to_regclass(${literal(ledgerTable(ledger))}) AND r.relkind = 'r' AND r.relam = 2
      AND NOT (r.relispartition OR r.relrowsecurity OR r.relhasrules OR r.relhastriggers)
      AND r.relowner IN ${trusted} AND n.nspowner IN ${trusted}
      AND NOT EXISTS (SELECT FROM aclexplode(r.relacl) AS g WHERE g.grantee <> r.relowner AND g.privilege_type <> 'SELECT')
      AND (SELECT bool_and(a.attacl IS NULL AND a.attgenerated = '' AND a.atttypid < 16384) AND count(*) FILTER (WHERE (a.attname, a.atttypid) IN (${typed})) = ${columns.length}
             FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)
      AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid
             AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR EXISTS (SELECT FROM unnest(i.indclass) AS c(oid) WHERE c.oid >= 16384)))
      AND NOT EXISTS (SELECT FROM pg_statistic_ext e WHERE e.stxrelid = r.oid)
      AND NOT EXISTS (SELECT FROM pg_publication p WHERE p.puballtables)
      AND NOT EXISTS (SELECT FROM pg_publication_rel p WHERE p.prrelid = r.oid)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = r.relnamespace
             AND d.classid = to_regclass('pg_publication_namespace')))`;

/** The catalogs of what a user makes in a database. */
const catalogs = [
  'pg_am',
  'pg_cast',
  'pg_class',
  'pg_collation',
  'pg_constraint',
  'pg_conversion',
  'pg_default_acl',
  'pg_event_trigger',
  'pg_extension',
  'pg_foreign_data_wrapper',
  'pg_foreign_server',
  'pg_language',
  'pg_namespace',
  'pg_opclass',
  'pg_operator',
  'pg_opfamily',
  'pg_policy',
  'pg_proc',
  'pg_publication',
  'pg_rewrite',
  'pg_statistic_ext',
  'pg_transform',
  'pg_trigger',
  'pg_ts_config',
  'pg_ts_dict',
  'pg_ts_parser',
  'pg_ts_template',
  'pg_type',
];

/** Selects whether nobody has made anything in the database: what initdb makes has lower numbers (PostgreSQL source, transam.h). */
const isBare = `SELECT NOT EXISTS (SELECT FROM (${catalogs.map((name) => `SELECT oid FROM ${name}`).join(' UNION ALL ')}) AS x WHERE x.oid >= 16384)
    AND NOT EXISTS (SELECT FROM pg_subscription s WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS bare`;

/**
 * One row that says whether the database is still what the ledger's newest row keeps of it: far cheaper than
 * `ledgerQuery`, and without an answer wherever the ledger is not plain, or keeps no fingerprint of that key. Without a
 * ledger it says whether there is nothing at all.
 *
 * @param isAbridged whether a digest of the rows of which little is judged is enough (`selectAbridged`).
 * @param readers roles that are to read the ledger: whether one of them that is there may not.
 */
export const quickQuery = (
  ledger: LedgerName,
  wanted: FingerprintWanted,
  isAbridged: boolean,
  readers: readonly string[] = [],
): string => `SELECT ${isReaderLacking(ledger, readers)}
    pg_is_in_recovery() AS standby, pg_backend_pid() AS backend_pid, pg_current_snapshot()::text AS as_of,
    extract(epoch FROM clock_timestamp()) * 1000 AS now_ms,
    to_regnamespace(${literal(identifier(ledger.schema))}) IS NOT NULL AS has_schema,
    CASE WHEN to_regclass(${literal(ledgerTable(ledger))}) IS NULL THEN query_to_xml(${literal(isBare)}, true, false, '')::text END AS nothing,
    CASE WHEN ${isPlain(ledger)} THEN query_to_xml(${literal(
      `SELECT query_to_xml(${literal(isAbridged ? selectAbridged(ledger) : selectAll(ledger))}, true, false, '') AS rows, query_to_xml(${literal(shortFingerprint(wanted.query))}, true, false, '') AS taken
        FROM (${selectKept(ledger)}) AS kept WHERE kept.key = ${literal(wanted.key)}`,
    )}, true, false, '')::text END AS known`;

/** Whether `quickQuery` found a database in which nobody has made anything. */
export const isBareIn = ({ nothing }: Row): boolean => String(nothing).includes('<bare>true</bare>');

/** What came of `quickQuery`. */
interface QuickAnswer {
  readonly content: LedgerContent;
  /** Of the rows that the content lacks; null where it has them all. */
  readonly digest: string | null;
  /** The catalog's fingerprint. */
  readonly catalog: string;
}

/** What came of `quickQuery`; null where there is no answer. */
export function readQuickly({ known }: Row): QuickAnswer | null {
  const xml = String(known);
  const hex = /<content>([0-9a-f]+)<\/content>/.exec(xml)?.[1];
  const digest = /<digest>([0-9a-f]+)<\/digest>/.exec(xml)?.[1] ?? null;
  const catalog = fingerprintIn(xml);
  return hex === undefined || catalog === null ? null : { content: readHex(hex), digest, catalog };
}
