/**
 * Constraints of tables; a partition's copies of its parent's are the parent's. A foreign key whose triggers were
 * disabled is not kept, whatever its definition says.
 */
export const constraints = `
  SELECT 'constraint', r.name || '.' || quote_ident(c.conname), r.name, pg_get_constraintdef(c.oid)
      || CASE WHEN c.contype = 'f' AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = c.oid AND t.tgenabled = 'D') THEN ' DISABLED' ELSE '' END, NULL
    FROM pg_constraint c JOIN rel r ON r.oid = c.conrelid
   WHERE c.contype IN ('p', 'u', 'f', 'c', 'x') AND c.conparentid = 0 AND (c.conislocal OR c.coninhcount = 0)`;

/** The name of a NOT NULL, where it was given one: the catalog has them from 18 on. */
export const notNulls = `
  SELECT 'not null', r.name || '.' || quote_ident(a.attname), r.name, '', jsonb_build_object('constraint, PostgreSQL 18 and later',
      quote_ident(c.conname))
    FROM pg_constraint c JOIN rel r ON r.oid = c.conrelid JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = c.conkey[1]
   WHERE c.contype = 'n' AND c.conparentid = 0 AND c.conislocal
     AND c.conname <> left(r.relname || '_' || a.attname, 54) || '_not_null'`;

/** Indexes that no constraint brings; those of partitions that hang on their parent's are the parent's. */
export const indexes = `
  SELECT CASE WHEN i.indisunique THEN 'unique index' ELSE 'index' END, r.name || '.' || quote_ident(c.relname), r.name,
      pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END, NULL
    FROM pg_index i JOIN rel r ON r.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid
   WHERE NOT c.relispartition
     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x'))`;

/** Storage and statistics targets of indexes. */
export const indexOptions = `
  SELECT 'index options', r.name || '.' || quote_ident(c.relname), r.name, o.text, NULL
    FROM pg_index i JOIN rel r ON r.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid
    CROSS JOIN LATERAL (SELECT concat_ws('; ',
      CASE WHEN c.reloptions IS NOT NULL THEN (SELECT 'with ' || string_agg(x, ', ' ORDER BY x COLLATE "C") FROM unnest(c.reloptions) x
        WHERE EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))) END,
      (SELECT 'tablespace ' || quote_ident(t.spcname) FROM pg_tablespace t WHERE t.oid = c.reltablespace),
      (SELECT 'statistics ' || string_agg(a.attnum || ' ' || a.attstattarget, ', ' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0)) AS text) AS o
   WHERE NOT c.relispartition AND o.text <> ''`;

/** Extended statistics. */
export const statistics = `
  SELECT 'statistics', n.name || '.' || quote_ident(s.stxname), s.stxrelid::regclass::text,
      pg_get_statisticsobjdef(s.oid) || CASE WHEN s.stxstattarget >= 0 THEN ' statistics ' || s.stxstattarget ELSE '' END, NULL
    FROM pg_statistic_ext s JOIN space n ON n.oid = s.stxnamespace`;
