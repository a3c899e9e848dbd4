import { foreignOptions } from '../common/foreign-options-sql.ts';
import { userOptions } from '../common/user-options.ts';

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
 * How a relation is stored and looked after; no application depends on it. What is said is put together only for those
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
