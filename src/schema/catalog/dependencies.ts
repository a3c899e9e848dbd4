import { isOfClass } from '../objects/shared/scoped.ts';
import { scope } from './scope.ts';
import type { SnapshotOptions } from './snapshot.ts';

const relationKind = (alias: string): string =>
  `CASE ${alias}.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence ' WHEN 'c' THEN 'type ' ELSE 'table ' END`;
const named = (schema: string, name: string): string => `${schema} || '.' || quote_ident(${name})`;
const routineKind = `CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END`;
const indexKey = `coalesce((SELECT 'constraint ' || t.name || '.' || quote_ident(k.conname) FROM pg_constraint k
    WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')),
  CASE WHEN i.indisunique THEN 'unique index ' ELSE 'index ' END || t.name || '.' || quote_ident(c.relname))`;

const classKey = `'operator class ' || ${named('s.name', 'c.opcname')} || ' using ' || a.amname`;
/** The class that a member of a family belongs to; null where it belongs to the family alone. */
const ofClass = (catalog: string): string =>
  `(SELECT ${classKey} FROM pg_depend d JOIN pg_opclass c ON c.oid = d.refobjid JOIN space s ON s.oid = c.opcnamespace JOIN pg_am a ON a.oid = c.opcmethod
      WHERE d.classid = '${catalog}'::regclass AND d.objid = m.oid AND d.refclassid = 'pg_opclass'::regclass LIMIT 1)`;

/** By catalog: the numbers of an object's rows, and the `kind name` that describes them. */
const keys: Readonly<Record<string, string>> = {
  pg_namespace: `SELECT s.oid, 0, 'schema ' || s.name FROM space s WHERE NOT s.is_member`,
  pg_class: `SELECT r.oid, 0, ${relationKind('r')} || r.name FROM rel r
    UNION ALL SELECT a.attrelid, a.attnum, 'column ' || a.name || '.' || quote_ident(a.attname) FROM own_column a WHERE a.relkind IN ('r', 'p', 'f')
    UNION ALL SELECT i.indexrelid, 0, ${indexKey}
      FROM pg_index i JOIN rel t ON t.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid`,
  pg_attrdef: `SELECT d.oid, 0, 'column ' || a.name || '.' || quote_ident(a.attname)
    FROM pg_attrdef d JOIN own_column a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.relkind IN ('r', 'p', 'f')
    UNION ALL SELECT d.oid, 0, 'view ' || r.name FROM pg_attrdef d JOIN rel r ON r.oid = d.adrelid WHERE r.relkind = 'v'`,
  pg_constraint: `SELECT c.oid, 0, CASE WHEN c.contype = 'n' THEN 'column ' || r.name || '.' || (SELECT quote_ident(a.attname) FROM pg_attribute a
        WHERE a.attrelid = r.oid AND a.attnum = c.conkey[1])
      ELSE 'constraint ' || r.name || '.' || quote_ident(c.conname) END
    FROM pg_constraint c JOIN rel r ON r.oid = c.conrelid
    UNION ALL SELECT c.oid, 0, 'type ' || t.name FROM pg_constraint c JOIN typ t ON t.oid = c.contypid`,
  pg_type: `SELECT t.oid, 0, 'type ' || t.name FROM typ t
    UNION ALL SELECT t.typarray, 0, 'type ' || t.name FROM typ t WHERE t.typarray <> 0
    UNION ALL SELECT m.oid, 0, 'type ' || t.name FROM typ t JOIN pg_range g ON g.rngtypid = t.oid JOIN pg_type m ON m.oid IN (g.rngmultitypid, (SELECT x.typarray FROM pg_type x WHERE x.oid = g.rngmultitypid))
    UNION ALL SELECT t.oid, 0, ${relationKind('r')} || r.name FROM rel r JOIN pg_type t ON t.oid IN (r.reltype, (SELECT x.typarray FROM pg_type x WHERE x.oid = r.reltype)) WHERE r.reltype <> 0`,
  pg_proc: `SELECT p.oid, 0, ${routineKind} || p.name FROM proc p
    UNION ALL SELECT d.objid, 0, 'type ' || t.name FROM pg_depend d JOIN typ t ON d.refobjid = t.oid
      WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i'`,
  pg_trigger: `SELECT t.oid, 0, 'trigger ' || r.name || '.' || quote_ident(t.tgname) FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid`,
  pg_rewrite: `SELECT w.oid, 0, CASE w.rulename WHEN '_RETURN' THEN ${relationKind('r')} || r.name ELSE 'rule ' || r.name || '.' || quote_ident(w.rulename) END
    FROM pg_rewrite w JOIN rel r ON r.oid = w.ev_class`,
  pg_policy: `SELECT p.oid, 0, 'policy ' || r.name || '.' || quote_ident(p.polname) FROM pg_policy p JOIN rel r ON r.oid = p.polrelid`,
  pg_statistic_ext: `SELECT e.oid, 0, 'statistics ' || ${named('s.name', 'e.stxname')} FROM pg_statistic_ext e JOIN space s ON s.oid = e.stxnamespace`,
  pg_extension: `SELECT e.oid, 0, 'extension ' || quote_ident(e.extname) FROM pg_extension e`,
  pg_cast: `SELECT c.oid, 0, 'cast ' || format_type(c.castsource, NULL) || ' as ' || format_type(c.casttarget, NULL) FROM pg_cast c WHERE c.oid >= 16384`,
  pg_operator: `SELECT o.oid, 0, 'operator ' || o.oid::regoperator::text FROM pg_operator o JOIN space s ON s.oid = o.oprnamespace`,
  pg_opclass: `SELECT c.oid, 0, 'operator class ' || ${named('s.name', 'c.opcname')} || ' using ' || a.amname
    FROM pg_opclass c JOIN space s ON s.oid = c.opcnamespace JOIN pg_am a ON a.oid = c.opcmethod`,
  pg_opfamily: `SELECT f.oid, 0, f.key FROM own_family f`,
  pg_amop: `SELECT m.oid, 0, coalesce(${ofClass('pg_amop')}, f.key) FROM pg_amop m JOIN own_family f ON f.oid = m.amopfamily`,
  pg_amproc: `SELECT m.oid, 0, coalesce(${ofClass('pg_amproc')}, f.key) FROM pg_amproc m JOIN own_family f ON f.oid = m.amprocfamily`,
  pg_language: `SELECT l.oid, 0, 'language ' || quote_ident(l.lanname) FROM pg_language l`,
  pg_transform: `SELECT f.oid, 0, 'transform for ' || format_type(f.trftype, NULL) || ' language ' || quote_ident(l.lanname)
    FROM pg_transform f JOIN pg_language l ON l.oid = f.trflang`,
  pg_am: `SELECT a.oid, 0, 'access method ' || quote_ident(a.amname) FROM pg_am a`,
  pg_conversion: `SELECT c.oid, 0, 'conversion ' || ${named('s.name', 'c.conname')} FROM pg_conversion c JOIN space s ON s.oid = c.connamespace`,
  pg_ts_parser: `SELECT c.oid, 0, 'text search parser ' || ${named('s.name', 'c.prsname')} FROM pg_ts_parser c JOIN space s ON s.oid = c.prsnamespace`,
  pg_ts_template: `SELECT c.oid, 0, 'text search template ' || ${named('s.name', 'c.tmplname')} FROM pg_ts_template c JOIN space s ON s.oid = c.tmplnamespace`,
  pg_user_mapping: `SELECT u.umid, 0, 'user mapping ' || CASE u.umuser WHEN 0 THEN 'public' ELSE quote_ident(u.usename) END || ' on ' || quote_ident(u.srvname) FROM pg_user_mappings u`,
  pg_collation: `SELECT c.oid, 0, 'collation ' || ${named('s.name', 'c.collname')} FROM pg_collation c JOIN space s ON s.oid = c.collnamespace`,
  pg_ts_config: `SELECT c.oid, 0, 'text search configuration ' || ${named('s.name', 'c.cfgname')} FROM pg_ts_config c JOIN space s ON s.oid = c.cfgnamespace`,
  pg_ts_dict: `SELECT d.oid, 0, 'text search dictionary ' || ${named('s.name', 'd.dictname')} FROM pg_ts_dict d JOIN space s ON s.oid = d.dictnamespace`,
  pg_foreign_data_wrapper: `SELECT w.oid, 0, 'foreign data wrapper ' || quote_ident(w.fdwname) FROM pg_foreign_data_wrapper w`,
  pg_foreign_server: `SELECT v.oid, 0, 'foreign server ' || quote_ident(v.srvname) FROM pg_foreign_server v`,
  pg_event_trigger: `SELECT e.oid, 0, 'event trigger ' || quote_ident(e.evtname) FROM pg_event_trigger e`,
  pg_publication: `SELECT p.oid, 0, 'publication ' || quote_ident(p.pubname) FROM pg_publication p`,
  pg_publication_rel: `SELECT m.oid, 0, 'publication ' || quote_ident(p.pubname) FROM pg_publication_rel m JOIN pg_publication p ON p.oid = m.prpubid`,
};

const keyed = Object.entries(keys)
  .map(
    ([catalog, sql]) =>
      `SELECT '${catalog}'::regclass::oid AS classid, q.oid AS objid, q.part AS objsubid, q.key, q.key ~ '^(table|column) ' AND ${catalog === 'pg_class'} AS has_parts
        FROM (${sql}) AS q(oid, part, key)`,
  )
  .join('\n    UNION ALL ');

/** A part that has no row of its own in `keyed` stands for its whole: a column of an index or of a view. */
const isOf = (key: string, prefix: string): string =>
  `${key}.classid = d.${prefix}classid AND ${key}.objid = d.${prefix}objid AND (${key}.objsubid = d.${prefix}objsubid OR NOT ${key}.has_parts)`;

/**
 * What leans on what, of pg_depend, pg_inherits and pg_description: pairs of `kind name`. Expects search_path to be
 * pg_catalog. What is the other way round is left out: that a sequence goes with the column that owns it, though the
 * column's default needs the sequence first.
 */
export const dependencyQuery = ({ ledger }: SnapshotOptions): string => `WITH ${scope(ledger, null)},
  own_column AS MATERIALIZED (
    SELECT a.attrelid, a.attnum, a.attname, r.name, r.relkind FROM pg_attribute a JOIN rel r ON r.oid = a.attrelid
     WHERE a.attnum > 0 AND NOT a.attisdropped
  ),
  own_family AS MATERIALIZED (
    SELECT f.oid, CASE WHEN ${isOfClass('f')} THEN 'operator class ' ELSE 'operator family ' END || ${named('s.name', 'f.opfname')} || ' using ' || a.amname AS key
      FROM pg_opfamily f JOIN space s ON s.oid = f.opfnamespace JOIN pg_am a ON a.oid = f.opfmethod
  ),
  keyed AS MATERIALIZED (
    ${keyed}
    UNION ALL SELECT m.classid, m.objid, 0, 'extension ' || quote_ident(e.extname), false
      FROM pg_depend m JOIN pg_extension e ON e.oid = m.refobjid WHERE m.refclassid = 'pg_extension'::regclass AND m.deptype = 'e'
    UNION ALL SELECT m.classid, t.typarray, 0, 'extension ' || quote_ident(e.extname), false
      FROM pg_depend m JOIN pg_extension e ON e.oid = m.refobjid JOIN pg_type t ON t.oid = m.objid AND t.typarray <> 0
     WHERE m.refclassid = 'pg_extension'::regclass AND m.deptype = 'e' AND m.classid = 'pg_type'::regclass
  ),
  depend AS (
    SELECT d.* FROM pg_depend d LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
     WHERE d.deptype IN ('n', 'a', 'i', 'P', 'S') AND NOT (c.relkind IS NOT DISTINCT FROM 'S' AND d.deptype = 'a')
    UNION ALL SELECT 'pg_class'::regclass, i.inhrelid, 0, 'pg_class'::regclass, i.inhparent, 0, 'n' FROM pg_inherits i
    UNION ALL SELECT 'pg_class'::regclass, r.oid, 0, 'pg_namespace'::regclass, r.relnamespace, 0, 'n' FROM rel r
  )
  SELECT DISTINCT o.key AS object, n.key AS needs
    FROM depend d JOIN keyed o ON ${isOf('o', '')} JOIN keyed n ON ${isOf('n', 'ref')}
   WHERE o.key <> n.key
  UNION
  SELECT k.kind || ' ' || r.name || '.' || quote_ident(c.relname), n.key
    FROM rel r JOIN pg_inherits h ON r.relispartition AND h.inhrelid = r.oid
    JOIN pg_index i ON i.indrelid = h.inhparent JOIN pg_class c ON c.oid = i.indexrelid
    JOIN keyed n ON n.classid = 'pg_class'::regclass AND n.objid = pg_partition_root(c.oid)
    CROSS JOIN (VALUES ('partition key'), ('partition index'), ('partition index options')) AS k(kind)
  UNION
  SELECT 'comment ' || i.type || ' ' || i.identity, o.key
    FROM (SELECT x.classoid AS classid, x.objoid AS objid, x.objsubid FROM pg_description x WHERE x.objoid >= 16384) AS d
    JOIN keyed o ON ${isOf('o', '')} CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) AS i
   WHERE i.identity IS NOT NULL
  UNION
  SELECT 'extension dependency ' || i.type || ' ' || i.identity || ' on ' || quote_ident(e.extname), n.key
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) AS i
    CROSS JOIN LATERAL (SELECT 'extension ' || quote_ident(e.extname) AS key UNION ALL SELECT o.key FROM keyed o WHERE ${isOf('o', '')}) AS n
   WHERE d.deptype = 'x' AND d.refclassid = 'pg_extension'::regclass AND i.identity IS NOT NULL
   ORDER BY 1, 2`;
