import { rightsIn } from '../privileges/read.ts';

/**
 * What is said of the database itself, which has no name here: it is another one on each server. Settings by ALTER
 * DATABASE and ALTER ROLE ... IN DATABASE, one object each; the comment, where it is not the one that initdb gives.
 */
const current = `(SELECT d.oid FROM pg_database d WHERE d.datname = current_database())`;

/** The comments that initdb gives. */
const initial = `ARRAY['default administrative connection database', 'default template for new databases', 'unmodifiable empty database']`;

/** Settings that an application keeps a secret in are only told to be there. */
export const secretName = '(secret|passw|token|credential|apikey|_key|jwt)';

export const databaseObjects = `
  SELECT 'database', 'setting ' || quote_ident(split_part(x, '=', 1)) || CASE WHEN s.setrole = 0 THEN '' ELSE ' of ' || quote_ident(pg_get_userbyid(s.setrole)) END, NULL::text,
      CASE WHEN split_part(x, '=', 1) ~* '${secretName}' THEN 'not shown' ELSE substr(x, strpos(x, '=') + 1) END, NULL::jsonb
    FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) x WHERE s.setdatabase = ${current}
  UNION ALL
  SELECT 'database', 'comment', NULL, d.description, NULL
    FROM pg_shdescription d WHERE d.classoid = 'pg_database'::regclass AND d.objoid = ${current} AND d.description <> ALL (${initial})`;

/**
 * Who may what on the database: roles by name. What everybody may is left out, since a shadow lets nobody else in; so
 * is the owner, who is the shadow's there.
 */
export const databasePrivileges = `
  SELECT 'database', 'privileges', NULL::text, q.text, NULL::jsonb FROM (
    SELECT string_agg(line, E'\\n' ORDER BY line COLLATE "C") AS text FROM (
      SELECT quote_ident(pg_get_userbyid(x.grantee)) || ': ' || string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY x.privilege_type COLLATE "C") AS line
        FROM pg_database d CROSS JOIN LATERAL ${rightsIn('d.datacl')} x WHERE d.oid = ${current} AND x.grantee NOT IN (0, d.datdba) GROUP BY x.grantee) AS l) AS q
   WHERE q.text IS NOT NULL`;
