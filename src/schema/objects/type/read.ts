export const enums = `
  SELECT 'type', t.name, t.name, 'enum (' || coalesce((SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
      FROM pg_enum e WHERE e.enumtypid = t.oid), '') || ')', NULL FROM typ t WHERE t.typtype = 'e'`;

export const domains = `
  SELECT 'type', t.name, t.name, concat_ws(' ', 'domain over', format_type(t.typbasetype, t.typtypmod),
      (SELECT CASE WHEN t.typcollation <> b.typcollation THEN 'collate ' || t.typcollation::regcollation::text END FROM pg_type b WHERE b.oid = t.typbasetype),
      CASE WHEN t.typnotnull THEN 'not null' END, 'default ' || coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault),
      (SELECT string_agg('constraint ' || quote_ident(c.conname) || ' ' || pg_get_constraintdef(c.oid), ' ' ORDER BY c.conname COLLATE "C")
         FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c')), NULL FROM typ t WHERE t.typtype = 'd'`;

/** Composite types; they do not depend on `rel`, which may be only a part. */
export const composites = `
  SELECT 'type', s.name || '.' || quote_ident(r.relname), NULL, 'composite (' || coalesce((SELECT string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attcollation <> b.typcollation THEN 'collate ' || a.attcollation::regcollation::text END), ', ' ORDER BY a.attnum)
      FROM pg_attribute a JOIN pg_type b ON b.oid = a.atttypid WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped), '') || ')', NULL
    FROM pg_class r JOIN space s ON s.oid = r.relnamespace WHERE r.relkind = 'c' AND r.oid >= 16384
     AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = r.oid)`;

export const ranges = `
  SELECT 'type', t.name, t.name, concat_ws(' ', 'range of', format_type(g.rngsubtype, NULL),
      (SELECT CASE WHEN g.rngcollation <> b.typcollation THEN 'collate ' || g.rngcollation::regcollation::text END FROM pg_type b WHERE b.oid = g.rngsubtype),
      (SELECT 'opclass ' || quote_ident(o.opcname) FROM pg_opclass o WHERE o.oid = g.rngsubopc AND NOT o.opcdefault),
      CASE WHEN g.rngcanonical <> 0 THEN 'canonical ' || g.rngcanonical::regproc::text END,
      CASE WHEN g.rngsubdiff <> 0 THEN 'difference ' || g.rngsubdiff::regproc::text END,
      'multirange ' || format_type(g.rngmultitypid, NULL)), NULL
    FROM typ t JOIN pg_range g ON g.rngtypid = t.oid WHERE t.typtype = 'r'`;

/** Base types, written in C by way of their input and output functions. */
export const baseTypes = `
  SELECT 'type', t.name, t.name, concat_ws(' ', 'base', 'input ' || t.typinput::regproc::text, 'output ' || t.typoutput::regproc::text,
      'length ' || t.typlen, 'alignment ' || t.typalign::text, 'storage ' || t.typstorage::text), NULL FROM typ t WHERE t.typtype = 'b' AND t.typisdefined`;
