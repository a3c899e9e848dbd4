import { kindsNamed } from '../../kinds.ts';
import { objectsOfKind, splitSort } from '../../model/index.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { operatorName, routineTarget } from '../common/signatures.ts';
import { ownerOf } from '../sequence/create.ts';
import { alterPrivileges } from './alter.ts';
import { areAllRights, grantsOf, grantsOn, targetOf } from './text.ts';

/** The grants on one thing. */
export function createPrivileges(name: string, graph: SchemaGraph): readonly string[] {
  const { snapshot } = graph;
  const { on, columns, everybody } = targetOf(name, snapshot);
  const rights = snapshot.get(`privileges ${name}`) ?? null;
  const grants = grantsOn(name, rights, snapshot).filter(({ role }) => role !== '(owner)');
  const statements = [...new Set(grants.map(({ role }) => role))].flatMap((role) =>
    [false, true].flatMap((isGrantable) => {
      const given = grants.filter((one) => one.role === role && one.isGrantable === isGrantable);
      const list = given.map(({ privilege }) => privilege);
      if (list.length === 0 || (role === 'public' && list.join() === everybody)) return [];
      const what = areAllRights(list) ? 'ALL' : list.map((one) => one + columns).join(', ');
      return [`GRANT ${what} ON ${on} TO ${to(role)}${isGrantable ? ' WITH GRANT OPTION' : ''}`];
    }),
  );
  const isTaken = name === 'schema public' && !grants.some(({ role }) => role === 'public');
  const isClosed = rights?.facets[everybodyOn14] === 'no more';
  const own = rights === null ? null : { facets: {}, text: ownLine.exec(rights.text)?.[0] ?? '' };
  return [
    ...(isTaken
      ? [`REVOKE ALL ON ${on} FROM PUBLIC`]
      : isClosed
        ? [`REVOKE CREATE ON ${on} FROM PUBLIC`]
        : []),
    ...statements,
    ...alterPrivileges(name, null, own, snapshot).map(({ sql }) => sql),
  ];
}

/** Up to PostgreSQL 14 everybody may create in `public` where nothing is said (PostgreSQL 15 release notes). */
const everybodyOn14 = 'everybody may, PostgreSQL 14';

/**
 * What takes `public` from everybody where nobody but its owner has a right to it: the snapshot has no object for that.
 * None where privileges are no part of the description.
 */
export const closePublic = (graph: SchemaGraph): readonly string[] =>
  graph.snapshot.has('privileges schema public') || objectsOfKind(graph.snapshot, 'owner').length === 0
    ? []
    : createPrivileges('schema public', graph);

const ownLine = /^\(owner\): .*$/m;

const to = (role: string): string => (role === 'public' ? 'PUBLIC' : role);

const grantee = /^("(?:[^"]|"")*"|[^:"]+): (.*)$/;

const grantable = ' with grant option';

/**
 * What takes from everybody what they may do by default with a routine, type or language, where they may not; none
 * where privileges are no part of the description.
 *
 * @param name `routine s.f(a integer)`, `type s.t`.
 */
export function revokeDefaults(name: string, { snapshot }: SchemaGraph): readonly string[] {
  const { on, everybody } = targetOf(name, snapshot);
  if (
    !snapshot.has(`owner ${name}`) ||
    snapshot.get(`type ${name.slice('type '.length)}`)?.text.startsWith('composite')
  )
    return [];
  const isGranted = grantsOf(snapshot.get(`privileges ${name}`)?.text ?? '').some(
    ({ role, privilege }) => role === 'public' && privilege === everybody,
  );
  return isGranted ? [] : [`REVOKE ALL ON ${on} FROM PUBLIC`];
}

/** The owner of one thing; none where it is the role that makes it, or the sequence of a column, which is its table's. */
export function createOwner(name: string, text: string, { snapshot, role }: SchemaGraph): readonly string[] {
  if (text === role) return [];
  const { sort, own } = splitSort(name);
  if (sort === 'relation' && ownerOf(snapshot.get(`sequence ${own}`)?.text ?? '') !== null) return [];
  const kind = kindsNamed('relation').find((one) => snapshot.has(`${one} ${own}`)) ?? 'table';
  const isForeign = snapshot.get(`table ${own}`)?.text.includes('foreign table') ?? false;
  const target =
    sort === 'relation'
      ? `${isForeign ? 'FOREIGN ' : ''}${kind.toUpperCase()} ${own}`
      : sort === 'routine'
        ? `ROUTINE ${routineTarget(own)}`
        : sort === 'operator'
          ? `OPERATOR ${operatorName(own)}`
          : `${(sort === 'foreign server' ? 'server' : sort).toUpperCase()} ${own}`;
  return [`ALTER ${target} OWNER TO ${text}`];
}

const objectTypes: Readonly<Record<string, string>> = {
  r: 'TABLES',
  S: 'SEQUENCES',
  f: 'ROUTINES',
  T: 'TYPES',
  n: 'SCHEMAS',
  L: 'LARGE OBJECTS',
};

/** What a role may do by default with all objects of a type that it makes, where no default is said. */
const builtIn: Readonly<Record<string, { readonly owner: string; readonly public: string | null }>> = {
  r: { owner: 'DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE', public: null },
  S: { owner: 'SELECT,UPDATE,USAGE', public: null },
  f: { owner: 'EXECUTE', public: 'EXECUTE' },
  T: { owner: 'USAGE', public: 'USAGE' },
  n: { owner: 'CREATE,USAGE', public: null },
  L: { owner: 'SELECT,UPDATE', public: null },
};

/**
 * What turns default privileges into others; null on either side for none that differ from PostgreSQL's own. Those of
 * one schema add to the others; those of all schemas stand instead of what PostgreSQL gives by itself, the owner's own
 * included (PostgreSQL docs, ALTER DEFAULT PRIVILEGES). The role that makes the schema is not named: it may be another
 * one elsewhere.
 *
 * @param name `role [in schema] letter`.
 */
export function changeDefaultPrivileges(
  name: string,
  before: string | null,
  after: string | null,
  graph: SchemaGraph,
): readonly string[] {
  const [, role = '', schema, letter = ''] =
    /^("(?:[^"]|"")*"|\S+)(?: in ("(?:[^"]|"")*"|\S+))? (\w)$/s.exec(name) ?? [];
  const of = role === graph.role ? '' : ` FOR ROLE ${role}`;
  const alter = `ALTER DEFAULT PRIVILEGES${of}${schema === undefined ? '' : ` IN SCHEMA ${schema}`}`;
  const on = objectTypes[letter] ?? '';
  const own = schema === undefined ? builtIn[letter] : undefined;
  const [was, is] = [before, after].map((text) => (text === null ? givenTo(role, own) : rightsIn(text)));
  return [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])].sort().flatMap((grantee) => {
    const change = (verb: string, rights: readonly string[], rest: string): string[] =>
      rights.length === 0 ? [] : [`${alter} ${verb} ${rights.join(', ')} ON ${on} ${rest}`];
    const [had, has] = [was?.get(grantee) ?? noRights, is?.get(grantee) ?? noRights];
    if (had.size > 0 && has.size === 0) return change('REVOKE', ['ALL'], `FROM ${to(grantee)}`);
    const gone = [...had.keys()].filter((right) => !has.has(right));
    const kept = [...had.keys()].filter((right) => had.get(right) && has.get(right) === false);
    const added = [...has.keys()].filter((right) => has.get(right) === false && !had.has(right));
    const given = [...has.keys()].filter((right) => has.get(right) && !had.get(right));
    return [
      ...change('REVOKE', gone, `FROM ${to(grantee)}`),
      ...change('REVOKE GRANT OPTION FOR', kept, `FROM ${to(grantee)}`),
      ...change('GRANT', added, `TO ${to(grantee)}`),
      ...change('GRANT', given, `TO ${to(grantee)} WITH GRANT OPTION`),
    ];
  });
}

/** Right -> whether it may be handed on. */
type Rights = ReadonlyMap<string, boolean>;

const noRights: Rights = new Map();

function rightsIn(text: string): ReadonlyMap<string, Rights> {
  const found = new Map<string, Map<string, boolean>>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, role = '', right = ''] = grantee.exec(line) ?? [];
    const rights = found.get(role) ?? new Map<string, boolean>();
    const isGrantable = right.endsWith(grantable);
    found.set(role, rights.set(isGrantable ? right.slice(0, -grantable.length) : right, isGrantable));
  }
  return found;
}

/** What PostgreSQL gives by itself. */
function givenTo(role: string, own: (typeof builtIn)[string] | undefined): ReadonlyMap<string, Rights> {
  if (own === undefined) return new Map();
  const rights = (list: string): Rights => new Map(list.split(',').map((right) => [right, false]));
  return new Map([
    [role, rights(own.owner)],
    ...(own.public === null ? [] : [['public', rights(own.public)] as const]),
  ]);
}
