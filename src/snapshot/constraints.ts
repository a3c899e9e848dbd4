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

/** Extended statistics. */
export const statistics = `
  SELECT 'statistics', n.name || '.' || quote_ident(s.stxname), s.stxrelid::regclass::text,
      pg_get_statisticsobjdef(s.oid) || CASE WHEN s.stxstattarget >= 0 THEN ' statistics ' || s.stxstattarget ELSE '' END, NULL
    FROM pg_statistic_ext s JOIN space n ON n.oid = s.stxnamespace`;
