import { splitPart } from '../../snapshot/names.ts';
import type { Described } from '../described.ts';
import { routineTarget } from './routine.ts';
import { ownerOf } from './sequence.ts';

interface Target {
  /** As GRANT takes it: `TABLE s.t`. */
  readonly on: string;
  /** For a column: ` (c)`. */
  readonly columns: string;
  /** What everybody may do with a new one. */
  readonly byDefault: string | null;
}

/** @param name `relation s.t`, `column s.t.c`, `routine s.f(a integer)`, `type s.t`, `schema s`. */
function targetOf(name: string, { snapshot }: Described): Target {
  const [, sort = '', own = ''] = /^(\S+) (.*)$/s.exec(name) ?? [];
  if (sort === 'column') {
    const { parent = '', own: column = '' } = splitPart(own) ?? {};
    return { on: `TABLE ${parent}`, columns: ` (${column})`, byDefault: null };
  }
  if (sort === 'routine') return { on: `ROUTINE ${routineTarget(own)}`, columns: '', byDefault: 'EXECUTE' };
  if (sort === 'type') return { on: `TYPE ${own}`, columns: '', byDefault: 'USAGE' };
  const word = sort === 'schema' ? 'SCHEMA' : snapshot.has(`sequence ${own}`) ? 'SEQUENCE' : 'TABLE';
  return { on: `${word} ${own}`, columns: '', byDefault: null };
}

const grantee = /^("(?:[^"]|"")*"|[^:"]+): (.*)$/;
const grantable = ' with grant option';

/** `role: A, B with grant option`, line by line -> role, privileges, whether they may be handed on. */
function* grantsOf(text: string): Generator<{ role: string; privileges: string[]; isGrantable: boolean }> {
  for (const line of text.split('\n')) {
    const [, role = '', list = ''] = grantee.exec(line) ?? [];
    const all = list.split(', ');
    const kept = all.filter((privilege) => !privilege.endsWith(grantable));
    const given = all
      .filter((privilege) => privilege.endsWith(grantable))
      .map((one) => one.slice(0, -grantable.length));
    if (kept.length > 0) yield { role, privileges: kept, isGrantable: false };
    if (given.length > 0) yield { role, privileges: given, isGrantable: true };
  }
}

const to = (role: string): string => (role === 'public' ? 'PUBLIC' : role);

/** The grants on one thing. */
export function createPrivileges(name: string, text: string, described: Described): readonly string[] {
  const { on, columns, byDefault } = targetOf(name, described);
  return [...grantsOf(text)].flatMap(({ role, privileges, isGrantable }) =>
    role === 'public' && privileges.join() === byDefault
      ? []
      : [
          `GRANT ${privileges.map((one) => one + columns).join(', ')} ON ${on} TO ${to(role)}${isGrantable ? ' WITH GRANT OPTION' : ''}`,
        ],
  );
}

/**
 * What takes from everybody what they may do by default with a routine or type, where they may not; none where
 * privileges are no part of the description.
 *
 * @param name `routine s.f(a integer)`, `type s.t`.
 */
export function revokeDefaults(name: string, described: Described): readonly string[] {
  const { on, byDefault } = targetOf(name, described);
  const { snapshot } = described;
  if (
    !snapshot.has(`owner ${name}`) ||
    snapshot.get(`type ${name.slice('type '.length)}`)?.text.startsWith('composite')
  )
    return [];
  const isGranted = [...grantsOf(snapshot.get(`privileges ${name}`)?.text ?? '')].some(
    ({ role, privileges }) => role === 'public' && byDefault !== null && privileges.includes(byDefault),
  );
  return isGranted ? [] : [`REVOKE ALL ON ${on} FROM PUBLIC`];
}

/** The owner of one thing; none where it is the role that makes it, or the sequence of a column, which is its table's. */
export function createOwner(name: string, text: string, { snapshot, role }: Described): readonly string[] {
  if (text === role) return [];
  const [, sort = '', own = ''] = /^(\S+) (.*)$/s.exec(name) ?? [];
  if (sort === 'relation' && ownerOf(snapshot.get(`sequence ${own}`)?.text ?? '') !== null) return [];
  const kinds = ['sequence', 'view', 'materialized view', 'table'] as const;
  const kind = kinds.find((one) => snapshot.has(`${one} ${own}`)) ?? 'table';
  const isForeign = snapshot.get(`table ${own}`)?.text.includes('foreign table') ?? false;
  const target =
    sort === 'relation'
      ? `${isForeign ? 'FOREIGN ' : ''}${kind.toUpperCase()} ${own}`
      : sort === 'routine'
        ? `ROUTINE ${routineTarget(own)}`
        : `${sort.toUpperCase()} ${own}`;
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
 * Default privileges. Those of one schema add to the others; those of all schemas stand instead of what PostgreSQL
 * gives by itself, the owner's own included. The role that makes the schema is not named: it may be another one elsewhere.
 *
 * @param name `role [in schema] letter`.
 */
export function createDefaultPrivileges(name: string, text: string, described: Described): readonly string[] {
  const [, role = '', schema, letter = ''] =
    /^("(?:[^"]|"")*"|\S+)(?: in ("(?:[^"]|"")*"|\S+))? (\w)$/s.exec(name) ?? [];
  const of = role === described.role ? '' : ` FOR ROLE ${role}`;
  const alter = `ALTER DEFAULT PRIVILEGES${of}${schema === undefined ? '' : ` IN SCHEMA ${schema}`}`;
  const on = objectTypes[letter] ?? '';
  const granted = new Map<string, { kept: string[]; given: string[] }>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, to = '', privilege = ''] = grantee.exec(line) ?? [];
    const entry = granted.get(to) ?? { kept: [], given: [] };
    if (privilege.endsWith(grantable)) entry.given.push(privilege.slice(0, -grantable.length));
    else entry.kept.push(privilege);
    granted.set(to, entry);
  }
  const own = schema === undefined ? builtIn[letter] : undefined;
  const isOwn = (to: string, kept: readonly string[]): boolean =>
    own !== undefined &&
    (to === role
      ? kept.join() === own.owner
      : to === 'public' && own.public !== null && kept.join() === own.public);
  return [
    ...(own !== undefined && own.public !== null && !granted.has('public')
      ? [`${alter} REVOKE ALL ON ${on} FROM PUBLIC`]
      : []),
    ...(own !== undefined && granted.get(role)?.kept.join() !== own.owner
      ? [`${alter} REVOKE ALL ON ${on} FROM ${role}`]
      : []),
    ...[...granted].flatMap(([grantedTo, { kept, given }]) => [
      ...(kept.length > 0 && !isOwn(grantedTo, kept)
        ? [`${alter} GRANT ${kept.join(', ')} ON ${on} TO ${to(grantedTo)}`]
        : []),
      ...(given.length > 0
        ? [`${alter} GRANT ${given.join(', ')} ON ${on} TO ${to(grantedTo)} WITH GRANT OPTION`]
        : []),
    ]),
  ];
}
