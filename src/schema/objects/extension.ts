import { literal } from '../../postgres/index.ts';
import { type Alteration, manual, type ObjectChange, step, steps } from './common/alteration.ts';
import type { SchemaGraph } from './common/schema-graph.ts';
import { warning } from './common/warnings.ts';
import { dropByName, type Families, remake, withAnother } from './family.ts';

const extensions = `
  SELECT 'extension', quote_ident(e.extname), NULL::text, 'in ' || quote_ident(n.nspname), NULL
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'`;

const extensionVersions = `
  SELECT 'extension version', quote_ident(e.extname), NULL::text, e.extversion, NULL FROM pg_extension e WHERE e.extname <> 'plpgsql'`;

/** What goes when an extension goes, though it is none of its members (ALTER ... DEPENDS ON EXTENSION). */
const extensionDependencies = `
  SELECT 'extension dependency', i.type || ' ' || i.identity || ' on ' || quote_ident(e.extname), NULL::text, 'dropped with the extension', NULL::jsonb
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) AS i
   WHERE d.deptype = 'x' AND d.refclassid = 'pg_extension'::regclass AND (i.schema IS NULL OR i.schema IN (SELECT s.name FROM space s))`;

/** That something goes with an extension, or no more, of its name `function s.f(integer) on extension`. */
function dependOnExtension(name: string, how: 'DEPENDS' | 'NO DEPENDS'): string {
  const [, sort = '', own = '', extension = ''] =
    /^(function|procedure|trigger|index|materialized view) ([\s\S]*) on ("(?:[^"]|"")*"|\S+)$/.exec(name) ??
    [];
  const target = sort === 'trigger' ? own.replace(/^("(?:[^"]|"")*"|\S+) on /, '$1 ON ') : own;
  return `ALTER ${sort.toUpperCase()} ${target} ${how} ON EXTENSION ${extension}`;
}

/** An extension that stands in another schema; its version is not for a migration to choose. */
const alterExtension = ({ name, after }: ObjectChange): Alteration =>
  steps(step(`ALTER EXTENSION ${name} SET SCHEMA ${after.text.slice('in '.length)}`, warning('failsToMove')));

/** The version of an extension, where the server would give it another one by itself. */
function pinnedVersion(name: string, { snapshot, defaultVersions }: SchemaGraph): string {
  const version = snapshot.get(`extension version ${name}`)?.text;
  const byItself = defaultVersions?.get(name);
  return version === undefined || byItself === undefined || version === byItself
    ? ''
    : ` VERSION ${literal(version)}`;
}

export const extension = {
  extension: {
    read: [{ sql: extensions }],
    rows: {
      pg_extension: `SELECT e.oid, 0, 'extension ' || quote_ident(e.extname) FROM pg_extension e`,
    },
    create: ({ name, text }, graph) => [
      `CREATE EXTENSION IF NOT EXISTS ${name} SCHEMA ${text.slice('in '.length)}${pinnedVersion(name, graph)}`,
    ],
    alter: alterExtension,
    drop: dropByName,
  },
  'extension version': {
    read: [{ sql: extensionVersions }],
    create: withAnother,
    alter: () => manual('which version an extension has is up to the server: ALTER EXTENSION ... UPDATE'),
    drop: withAnother,
  },
  'extension dependency': {
    read: [{ sql: extensionDependencies, rare: 'others' }],
    create: ({ name }) => [dependOnExtension(name, 'DEPENDS')],
    alter: remake,
    drop: ({ name }) => [dependOnExtension(name, 'NO DEPENDS')],
  },
} satisfies Families;
