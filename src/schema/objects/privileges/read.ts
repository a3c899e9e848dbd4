import { isOfClass, isUsers, notMember, ofNoMembersTable } from '../common/scoped.ts';

const inSpace = (catalog: string, namespace: string): string =>
  `${catalog} o JOIN space s ON s.oid = o.${namespace} WHERE ${notMember(catalog, 'o')}`;

const byItself = (catalog: string): string =>
  `${catalog} o WHERE ${isUsers('o')} AND ${notMember(catalog, 'o')}`;

const inSchema = (column: string): string => `s.name || '.' || quote_ident(o.${column})`;

const using = (column: string): string =>
  `' using ' || (SELECT a.amname FROM pg_am a WHERE a.oid = o.${column})`;

/** What has an owner, by sort: its name, its owner, and where it stands. */
const owned: readonly (readonly [sort: string, name: string, owner: string, from: string])[] = [
  ['schema', 's.name', 's.nspowner', `space s WHERE s.nspname <> 'public' AND NOT s.is_member`],
  [
    'type',
    inSchema('relname'),
    'o.relowner',
    `pg_class o JOIN space s ON s.oid = o.relnamespace WHERE o.relkind = 'c' AND ${notMember('pg_class', 'o')}`,
  ],
  ['foreign server', 'quote_ident(o.srvname)', 'o.srvowner', byItself('pg_foreign_server')],
  ['foreign data wrapper', 'quote_ident(o.fdwname)', 'o.fdwowner', byItself('pg_foreign_data_wrapper')],
  ['language', 'quote_ident(o.lanname)', 'o.lanowner', byItself('pg_language')],
  ['publication', 'quote_ident(o.pubname)', 'o.pubowner', byItself('pg_publication')],
  ['event trigger', 'quote_ident(o.evtname)', 'o.evtowner', byItself('pg_event_trigger')],
  ['collation', inSchema('collname'), 'o.collowner', inSpace('pg_collation', 'collnamespace')],
  ['conversion', inSchema('conname'), 'o.conowner', inSpace('pg_conversion', 'connamespace')],
  ['text search configuration', inSchema('cfgname'), 'o.cfgowner', inSpace('pg_ts_config', 'cfgnamespace')],
  ['text search dictionary', inSchema('dictname'), 'o.dictowner', inSpace('pg_ts_dict', 'dictnamespace')],
  [
    'statistics',
    inSchema('stxname'),
    'o.stxowner',
    `${inSpace('pg_statistic_ext', 'stxnamespace')} AND ${ofNoMembersTable('o')}`,
  ],
  ['operator', 'o.oid::regoperator::text', 'o.oprowner', inSpace('pg_operator', 'oprnamespace')],
  [
    'operator class',
    `${inSchema('opcname')} || ${using('opcmethod')}`,
    'o.opcowner',
    inSpace('pg_opclass', 'opcnamespace'),
  ],
  [
    'operator family',
    `${inSchema('opfname')} || ${using('opfmethod')}`,
    'o.opfowner',
    `${inSpace('pg_opfamily', 'opfnamespace')} AND NOT ${isOfClass('o')}`,
  ],
];

/** Who owns what: only where the lock asks for it. A family that was made with a class is no object by itself. */
export const ownership = `
  SELECT 'owner', q.name, q.parent, quote_ident(pg_get_userbyid(q.owner)), NULL::jsonb FROM (
    SELECT 'relation ' || r.name AS name, r.name AS parent, r.relowner AS owner FROM rel r WHERE r.relkind <> 'c'
    UNION ALL SELECT 'routine ' || p.name, p.name, p.proowner FROM proc p
    UNION ALL SELECT 'type ' || t.name, t.name, t.typowner FROM typ t
    ${owned.map(([sort, name, owner, from]) => `UNION ALL SELECT '${sort} ' || ${name}, NULL, ${owner} FROM ${from}`).join('\n    ')}) AS q`;

const role = "CASE x.grantee WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(x.grantee)) END";

const granted = `x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END`;

const inOrder = (list: string, filter = ''): string =>
  `string_agg(${list}, ', ' ORDER BY x.privilege_type COLLATE "C")${filter}`;

/** What all rights to a table are on each major; 17 adds MAINTAIN, which GRANT ALL gives there. */
const allRights = ['DELETE', 'INSERT', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'];

const hasAll = `count(DISTINCT x.privilege_type) FILTER (WHERE x.privilege_type IN (${allRights.map((right) => `'${right}'`).join(', ')})) = ${allRights.length}`;

/** What has privileges of its own, with the letter of its defaults (PostgreSQL docs, acldefault). */
const targets = `
      SELECT 'relation ' || r.name AS name, r.name AS parent, r.relacl AS acl, r.relowner AS owner, CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS sort
        FROM rel r WHERE r.relkind <> 'c' AND r.relacl IS NOT NULL
      UNION ALL SELECT 'column ' || r.name || '.' || quote_ident(a.attname), r.name, a.attacl, r.relowner, 'c'
        FROM rel r JOIN pg_attribute a ON a.attrelid = r.oid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
      UNION ALL SELECT 'schema ' || s.name, NULL, s.nspacl, s.nspowner, 'n' FROM space s WHERE NOT s.is_member
      UNION ALL SELECT 'routine ' || p.name, p.name, p.proacl, p.proowner, 'f' FROM proc p
      UNION ALL SELECT 'type ' || t.name, t.name, t.typacl, t.typowner, 'T' FROM typ t
      UNION ALL SELECT 'foreign server ' || quote_ident(o.srvname), NULL, o.srvacl, o.srvowner, 'S' FROM ${byItself('pg_foreign_server')}
      UNION ALL SELECT 'foreign data wrapper ' || quote_ident(o.fdwname), NULL, o.fdwacl, o.fdwowner, 'F' FROM ${byItself('pg_foreign_data_wrapper')}
      UNION ALL SELECT 'language ' || quote_ident(o.lanname), NULL, o.lanacl, o.lanowner, 'l' FROM ${byItself('pg_language')}`;

/** Whether everybody may create in `public` is a facet: 15 changed it for new databases. */
const countsNot = `g.name = 'schema public' AND x.grantee = 0 AND x.privilege_type = 'CREATE'`;

/** What each role may, whoever gave it: the same right may be given by several. */
export const rightsIn = (acl: string): string =>
  `(SELECT a.grantee, a.privilege_type, bool_or(a.is_grantable) AS is_grantable FROM aclexplode(${acl}) a GROUP BY a.grantee, a.privilege_type)`;

/**
 * Who may what, a role a line, sorted. Of the owner only what is not as it is by default, as `(owner)`. MAINTAIN stands
 * with a role's other rights; where it has all, as GRANT ALL gives them, it is a facet of 17 and later.
 */
const lines = `
     SELECT ${role} || ': ' || CASE WHEN ${hasAll} THEN ${inOrder(granted, ` FILTER (WHERE x.privilege_type <> 'MAINTAIN')`)} ELSE ${inOrder(granted)} END AS line
       FROM ${rightsIn('coalesce(g.acl, acldefault(g.sort, g.owner))')} x
      WHERE x.grantee <> g.owner AND NOT (${countsNot}) GROUP BY x.grantee
     UNION ALL
     SELECT '(owner): ' || coalesce(own.has, 'nothing') FROM (SELECT
         (SELECT ${inOrder(granted)} FROM ${rightsIn('g.acl')} x WHERE x.grantee = g.owner AND x.privilege_type <> 'MAINTAIN') AS has,
         (SELECT ${inOrder(granted)} FROM aclexplode(acldefault(g.sort, g.owner)) x WHERE x.grantee = g.owner AND x.privilege_type <> 'MAINTAIN') AS had) AS own
      WHERE g.acl IS NOT NULL AND own.has IS DISTINCT FROM own.had`;

const isSince = (version: number): string => `current_setting('server_version_num')::int >= ${version}`;

/** Of the roles that have all rights to a table, those that may maintain it too. */
const maintains = `(SELECT jsonb_build_object('MAINTAIN, PostgreSQL 17 and later',
        coalesce(string_agg(a.role, ', ' ORDER BY a.role COLLATE "C") FILTER (WHERE a.maintains), 'nobody'))
      FROM (SELECT ${role} AS role, bool_or(x.privilege_type = 'MAINTAIN') AS maintains FROM aclexplode(g.acl) x
        WHERE x.grantee <> g.owner GROUP BY x.grantee HAVING ${hasAll}) AS a HAVING count(*) > 0)`;

const everybodyCreates = `jsonb_build_object(CASE WHEN ${isSince(150000)} THEN 'everybody may, PostgreSQL 15 and later' ELSE 'everybody may, PostgreSQL 14' END,
        CASE WHEN EXISTS (SELECT FROM aclexplode(g.acl) x WHERE x.grantee = 0 AND x.privilege_type = 'CREATE') THEN 'CREATE' ELSE 'no more' END)`;

/** Who may what, and what is given with each new object: only where the lock asks for it. */
export const grants = `
  SELECT 'privileges', q.name, q.parent, q.text, q.facets FROM (
    SELECT g.name, g.parent, (SELECT string_agg(l.line, E'\n' ORDER BY l.line COLLATE "C") FROM (${lines}) AS l) AS text,
        CASE WHEN g.sort = 'r' AND ${isSince(170000)} THEN ${maintains} WHEN g.name = 'schema public' THEN ${everybodyCreates} END AS facets
      FROM (${targets}) AS g) AS q WHERE q.text IS NOT NULL
  UNION ALL SELECT 'default privileges', concat_ws(' ', quote_ident(pg_get_userbyid(d.defaclrole)), 'in ' || s.name, d.defaclobjtype::text), NULL,
      (SELECT string_agg(${role} || ': ' || ${granted}, E'\n'
         ORDER BY pg_get_userbyid(x.grantee)::text COLLATE "C", x.privilege_type COLLATE "C") FROM aclexplode(d.defaclacl) x WHERE x.privilege_type <> 'MAINTAIN'), NULL
    FROM pg_default_acl d LEFT JOIN space s ON s.oid = d.defaclnamespace WHERE d.defaclnamespace = 0 OR s.oid IS NOT NULL`;
