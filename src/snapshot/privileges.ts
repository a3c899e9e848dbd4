/**
 * Who owns what, and who may what: only where the lock asks for it. Grants are shown one role a line, sorted; MAINTAIN
 * exists from 17 on and is left out, and so is what the owner may by default.
 */
export const ownership = `
  SELECT 'owner', 'relation ' || r.name, r.name, quote_ident(pg_get_userbyid(r.relowner)), NULL::jsonb FROM rel r WHERE r.relkind <> 'c'
  UNION ALL SELECT 'owner', 'schema ' || s.name, NULL, quote_ident(pg_get_userbyid(s.nspowner)), NULL FROM space s WHERE s.nspname <> 'public'
  UNION ALL SELECT 'owner', 'routine ' || p.name, p.name, quote_ident(pg_get_userbyid(p.proowner)), NULL FROM proc p
  UNION ALL SELECT 'owner', 'type ' || t.name, t.name, quote_ident(pg_get_userbyid(t.typowner)), NULL FROM typ t
  UNION ALL SELECT 'owner', 'type ' || s.name || '.' || quote_ident(c.relname), NULL, quote_ident(pg_get_userbyid(c.relowner)), NULL
    FROM pg_class c JOIN space s ON s.oid = c.relnamespace WHERE c.relkind = 'c' AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)`;

const grants = (kind: string, acl: string, owner: string, defaults: string): string => `
  (SELECT string_agg(line, E'\\n' ORDER BY line COLLATE "C") FROM (
     SELECT CASE x.grantee WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(x.grantee)) END || ': '
         || string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY x.privilege_type COLLATE "C") AS line
       FROM aclexplode(coalesce(${acl}, acldefault('${defaults}', ${owner}))) x
      WHERE x.grantee <> ${owner} AND x.privilege_type <> 'MAINTAIN' GROUP BY x.grantee) AS l) ${kind}`;

export const privileges = `
  SELECT 'privileges', 'relation ' || q.name, q.name, q.text, NULL::jsonb FROM (SELECT r.name, ${grants('AS text', 'r.relacl', 'r.relowner', 'r')} FROM rel r WHERE r.relkind <> 'c' AND r.relacl IS NOT NULL) q WHERE q.text IS NOT NULL
  UNION ALL SELECT 'privileges', 'column ' || q.name, q.parent, q.text, NULL FROM (SELECT r.name || '.' || quote_ident(a.attname) AS name, r.name AS parent, ${grants('AS text', 'a.attacl', 'r.relowner', 'c')} FROM rel r JOIN pg_attribute a ON a.attrelid = r.oid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped) q WHERE q.text IS NOT NULL
  UNION ALL SELECT 'privileges', 'schema ' || q.name, NULL, q.text, NULL FROM (SELECT s.name, ${grants('AS text', 's.nspacl', 's.nspowner', 'n')} FROM space s WHERE s.nspname <> 'public') q WHERE q.text IS NOT NULL
  UNION ALL SELECT 'privileges', 'routine ' || q.name, q.name, q.text, NULL FROM (SELECT p.name, ${grants('AS text', 'p.proacl', 'p.proowner', 'f')} FROM proc p) q WHERE q.text IS NOT NULL
  UNION ALL SELECT 'privileges', 'type ' || q.name, q.name, q.text, NULL FROM (SELECT t.name, ${grants('AS text', 't.typacl', 't.typowner', 'T')} FROM typ t) q WHERE q.text IS NOT NULL
  UNION ALL SELECT 'default privileges', concat_ws(' ', quote_ident(pg_get_userbyid(d.defaclrole)), 'in ' || s.name, d.defaclobjtype::text), NULL,
      (SELECT string_agg(CASE x.grantee WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(x.grantee)) END || ': ' || x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, E'\\n'
         ORDER BY pg_get_userbyid(x.grantee)::text COLLATE "C", x.privilege_type COLLATE "C") FROM aclexplode(d.defaclacl) x WHERE x.privilege_type <> 'MAINTAIN'), NULL
    FROM pg_default_acl d LEFT JOIN space s ON s.oid = d.defaclnamespace`;
