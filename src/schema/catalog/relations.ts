import { foreignOptions } from './foreign-options.ts';
import { userOptions } from './user-options.ts';

/** Tables and foreign tables: what they are; columns stand for themselves. */
export const tables = `
  SELECT 'table' AS kind, r.name, r.name AS parent, concat_ws(' ',
      CASE r.relpersistence WHEN 'u' THEN 'unlogged' END,
      CASE r.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END,
      CASE WHEN r.reloftype <> 0 THEN 'of ' || format_type(r.reloftype, NULL) END,
      CASE WHEN r.relkind = 'p' THEN 'partition by ' || pg_get_partkeydef(r.oid) END,
      CASE WHEN r.relispartition THEN 'partition of' ELSE (
        SELECT 'inherits' FROM pg_inherits i WHERE i.inhrelid = r.oid LIMIT 1) END,
      (SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = r.oid),
      pg_get_expr(r.relpartbound, r.oid),
      CASE WHEN r.relrowsecurity THEN 'row level security' END,
      CASE WHEN r.relforcerowsecurity THEN 'forced' END,
      (SELECT 'server ' || quote_ident(s.srvname) || coalesce(' ' || ${foreignOptions('f.ftoptions')}, '')
         FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = r.oid)) AS text, NULL::jsonb AS facets
    FROM rel r WHERE r.relkind IN ('r', 'p', 'f')`;

/**
 * How a relation is stored and looked after; no application leans on it. What is said is put together only for those
 * few of which there may be something to say.
 */
export const relationOptions = `
  SELECT 'options', r.name, r.name, o.text, NULL
    FROM rel r LEFT JOIN pg_class t ON t.oid = r.reltoastrelid
    LEFT JOIN pg_am a ON a.oid = r.relam AND a.amname <> 'heap'
    LEFT JOIN pg_index k ON k.indrelid = r.oid AND k.indisclustered
    CROSS JOIN LATERAL (SELECT concat_ws('; ',
      ${userOptions('r.reloptions')},
      'toast ' || ${userOptions('t.reloptions')},
      (SELECT 'tablespace ' || quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = r.reltablespace),
      'access method ' || quote_ident(a.amname),
      CASE r.relreplident WHEN 'f' THEN 'replica identity full' WHEN 'n' THEN 'replica identity nothing'
        WHEN 'i' THEN 'replica identity ' || (SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = r.oid AND i.indisreplident) END,
      'cluster on ' || k.indexrelid::regclass::text) AS text) AS o
   WHERE r.relkind IN ('r', 'p', 'f', 'm')
     AND (r.reloptions IS NOT NULL OR t.reloptions IS NOT NULL OR r.reltablespace <> 0 OR a.oid IS NOT NULL
       OR r.relreplident IN ('f', 'n', 'i') OR k.indexrelid IS NOT NULL)
     AND o.text <> ''`;

/**
 * Sequences, with the column that owns them; where they stand is data. An owned one is
 * made as its table is from 15 on, and is told where it is otherwise; before, none is unlogged (PostgreSQL release notes, 15).
 */
export const sequences = `
  SELECT 'sequence', r.name, coalesce(o.owner_table, r.name), concat_ws(' ',
      CASE WHEN o.owner_table IS NULL OR current_setting('server_version_num')::int >= 150000 AND r.relpersistence <> o.owner_persistence
        THEN CASE WHEN r.relpersistence = 'u' THEN 'unlogged' ELSE CASE WHEN o.owner_table IS NOT NULL THEN 'logged' END END END,
      'as ' || format_type(q.seqtypid, NULL), 'start ' || q.seqstart, 'increment ' || q.seqincrement,
      'minvalue ' || q.seqmin, 'maxvalue ' || q.seqmax, 'cache ' || q.seqcache,
      CASE WHEN q.seqcycle THEN 'cycle' END, 'owned by ' || o.owner_table || '.' || o.owner_column), NULL
    FROM rel r JOIN pg_sequence q ON q.seqrelid = r.oid
    LEFT JOIN LATERAL (SELECT d.refobjid::regclass::text AS owner_table, quote_ident(a.attname) AS owner_column, c.relpersistence AS owner_persistence
        FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
       WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
       LIMIT 1) AS o ON true`;

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
