import { userOptions } from '../common/user-options.ts';

/** A materialized view that holds no rows and refuses to be read, until it is refreshed. */
export const unpopulated = `
  SELECT 'without data', r.name, r.name, 'not populated', NULL::jsonb FROM rel r WHERE r.relkind = 'm' AND NOT r.relispopulated`;

/**
 * Views and materialized views. Their text is deparsed differently from 16 on (columns are qualified only where they
 * must be), so the exact text is a facet of the majors that write it alike; what they return and what they read is not.
 * What they read of a table whose rows a function returns to them is left out: 14 does not record it.
 */
export const views = `
  SELECT CASE r.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, r.name, r.name, concat_ws(E'\\n',
      (SELECT 'returns ' || string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped),
      (SELECT 'reads ' || string_agg(DISTINCT (d.refobjid::regclass::text || coalesce('.' || quote_ident(a.attname), '')) COLLATE "C", ', ')
         FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
         LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
        WHERE w.ev_class = r.oid AND d.refobjid <> r.oid AND d.refobjid::regclass::text !~ '^_timescaledb_'
          AND NOT EXISTS (SELECT FROM pg_depend f JOIN pg_proc p ON p.oid = f.refobjid JOIN pg_type t ON t.oid = p.prorettype
             WHERE f.classid = 'pg_rewrite'::regclass AND f.objid = w.oid AND f.refclassid = 'pg_proc'::regclass AND t.typrelid = d.refobjid)),
      (SELECT 'defaults ' || string_agg(quote_ident(a.attname) || ' ' || pg_get_expr(d.adbin, d.adrelid), ', ' ORDER BY a.attnum)
         FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = r.oid),
      CASE WHEN r.relkind = 'v' THEN ${userOptions('r.reloptions')} END),
      jsonb_build_object(CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'definition, PostgreSQL 16 and later'
        ELSE 'definition, PostgreSQL 14 and 15' END,
        -- A continuous aggregate's own text names TimescaleDB's tables by number; its facet has the definition.
        CASE WHEN pg_get_viewdef(r.oid) !~ '_timescaledb_internal' THEN pg_get_viewdef(r.oid) END)
    FROM rel r WHERE r.relkind IN ('v', 'm')`;
