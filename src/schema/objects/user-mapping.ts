import type { SnapshotObject } from '../model/index.ts';
import { type Alteration, manual, type ObjectChange, steps } from './common/alteration.ts';
import { alterOptionList, createOptions, readForeignOptions } from './common/foreign-options.ts';
import { foreignOptionList } from './common/foreign-options-sql.ts';
import { unwrittenReason } from './common/unwritten.ts';
import type { Families } from './family.ts';

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

const userMappings = `
  SELECT 'user mapping', CASE u.umuser WHEN 0 THEN 'public' ELSE quote_ident(u.usename) END || ' on ' || quote_ident(u.srvname), NULL::text, 'mapping',
      jsonb_build_object('options, where they may be read', CASE WHEN ${seesOptions} THEN coalesce(
        ${foreignOptionList('u.umoptions', shownOptions)}, 'none') END)
    FROM pg_user_mappings u JOIN pg_foreign_server v ON v.oid = u.srvid
   WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_foreign_server'::regclass AND m.objid = u.srvid)`;

/** `role on server` of a user mapping, as statements take it: `FOR role SERVER server`. */
const mappingTarget = (name: string): string =>
  name.replace(
    /^("(?:[^"]|"")*"|\S+) on ("(?:[^"]|"")*"|\S+)$/,
    (_, role: string, server: string) => `FOR ${role === 'public' ? 'PUBLIC' : role} SERVER ${server}`,
  );

/** The facet that has a user mapping's options. */
const optionsFacet = 'options, where they may be read';

/**
 * A user mapping; null where an option is not shown, which may be a secret, or where the options could not be read.
 */
function createUserMapping({ name, facets }: SnapshotObject): string | null {
  const options = facets[optionsFacet];
  if (options === undefined) return null;
  const list = options === 'none' ? '' : options;
  if ([...readForeignOptions(list).values()].includes(null)) return null;
  return [`CREATE USER MAPPING ${mappingTarget(name)}`, ...createOptions(list)].join(' ');
}

/** A user mapping's options, where those that are not shown are the same by name. */
function alterUserMapping({ kind, name, before, after }: ObjectChange): Alteration {
  const [was, is] = [before, after].map(({ facets }) => {
    const list = facets[optionsFacet];
    return list === 'none' ? '' : list;
  });
  const hidden = (list: string | undefined): string =>
    [...readForeignOptions(list)].flatMap(([option, value]) => (value === null ? [option] : [])).join();
  if (hidden(was) !== hidden(is)) return manual(unwrittenReason(kind));
  const options = alterOptionList(was, is);
  return options === null ? steps() : steps(`ALTER USER MAPPING ${mappingTarget(name)} ${options}`);
}

export const userMapping = {
  'user mapping': {
    read: [{ sql: userMappings, rare: 'others' }],
    rows: {
      pg_user_mapping: `SELECT u.umid, 0, 'user mapping ' || CASE u.umuser WHEN 0 THEN 'public' ELSE quote_ident(u.usename) END || ' on ' || quote_ident(u.srvname) FROM pg_user_mappings u`,
    },
    create: (object) => {
      const statement = createUserMapping(object);
      return statement === null ? null : [statement];
    },
    alter: alterUserMapping,
    drop: ({ name }) => [`DROP USER MAPPING ${mappingTarget(name)}`],
  },
} satisfies Families;
