import { type SnapshotOptions, scope } from '../catalog/index.ts';
import { isOfClass, qualified } from '../objects/common/scoped.ts';
import { type Family, families } from '../objects/index.ts';

/** The numbers of all rows of the catalogs, and the `kind name` of the object that each describes. */
const keyed = Object.values<Family>(families)
  .flatMap(({ rows = {} }) => Object.entries(rows))
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
 * What depends on what, of pg_depend, pg_inherits and pg_description: pairs of `kind name`. Expects search_path to be
 * pg_catalog. What is the other way round is left out: that a sequence goes with the column that owns it, though the
 * column's default needs the sequence first.
 */
export const dependencyQuery = ({ ledger }: SnapshotOptions): string => `WITH ${scope(ledger, null)},
  own_column AS MATERIALIZED (
    SELECT a.attrelid, a.attnum, a.attname, r.name, r.relkind FROM pg_attribute a JOIN rel r ON r.oid = a.attrelid
     WHERE a.attnum > 0 AND NOT a.attisdropped
  ),
  own_family AS MATERIALIZED (
    SELECT f.oid, CASE WHEN ${isOfClass('f')} THEN 'operator class ' ELSE 'operator family ' END || ${qualified('s.name', 'f.opfname')} || ' using ' || a.amname AS key
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
