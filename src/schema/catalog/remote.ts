import { foreignOptionList } from './foreign-options.ts';

/**
 * What leads to other servers. No secret is read: of a user mapping's options only the names and the user, of a
 * subscription's connection nothing, which no role below superuser may read (PostgreSQL docs, 54.55 pg_subscription).
 */

/** Whether the reader sees a mapping's options, by the rule of the view `pg_user_mappings` (PostgreSQL docs). */
const seesOptions = `CASE WHEN u.umuser = 0 THEN pg_has_role(v.srvowner, 'USAGE')
        ELSE u.usename = current_user AND (pg_has_role(v.srvowner, 'USAGE') OR has_server_privilege(v.oid, 'USAGE')) END
      OR (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)`;

/** Options whose values are names and no secrets. */
const shownOptions = ['user', 'username', 'user_name'];

export const userMappings = `
  SELECT 'user mapping', CASE u.umuser WHEN 0 THEN 'public' ELSE quote_ident(u.usename) END || ' on ' || quote_ident(u.srvname), NULL::text, 'mapping',
      jsonb_build_object('options, where they may be read', CASE WHEN ${seesOptions} THEN coalesce(
        ${foreignOptionList('u.umoptions', shownOptions)}, 'none') END)
    FROM pg_user_mappings u JOIN pg_foreign_server v ON v.oid = u.srvid
   WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_foreign_server'::regclass AND m.objid = u.srvid)`;

/**
 * Subscriptions as they were asked for; not whether they run, and not by which slot: a shadow must not connect. Options
 * stand where they are not the server's default. The columns are named one by one, since not all may be read; a major
 * that lacks one finds it in `older`.
 */
export const subscriptions = `
  SELECT 'subscription', quote_ident(s.subname), NULL::text, concat_ws('; ',
      'publications ' || (SELECT string_agg(quote_ident(x), ', ' ORDER BY x COLLATE "C") FROM unnest(s.subpublications) x),
      CASE WHEN s.subbinary THEN 'binary' END,
      CASE WHEN s.stream IN ('t', 'true') THEN 'streaming on'
        WHEN s.stream = 'p' AND older.version < 180000 THEN 'streaming parallel' WHEN s.stream IN ('f', 'false') AND older.version >= 180000 THEN 'streaming off' END,
      CASE WHEN s.twophase <> 'd' THEN 'two phase' END, CASE WHEN s.disables THEN 'disable on error' END,
      CASE WHEN NOT s.needspassword THEN 'without password' END, CASE WHEN s.asowner THEN 'run as owner' END,
      'origin ' || nullif(s.origin, 'any'), CASE WHEN s.failover THEN 'failover' END,
      'synchronous commit ' || nullif(s.subsynccommit, 'off')), NULL::jsonb
    FROM (SELECT current_setting('server_version_num')::int AS version, 'd'::"char" AS subtwophasestate, false AS subdisableonerr, true AS subpasswordrequired,
        false AS subrunasowner, 'any'::text AS suborigin, false AS subfailover) AS older
    CROSS JOIN LATERAL (SELECT x.subname, x.subpublications, x.subbinary, x.substream::text AS stream, x.subsynccommit,
        subtwophasestate AS twophase, subdisableonerr AS disables, subpasswordrequired AS needspassword, subrunasowner AS asowner, suborigin AS origin, subfailover AS failover
      FROM pg_subscription x WHERE x.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS s`;
