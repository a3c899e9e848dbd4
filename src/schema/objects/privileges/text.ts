import { kindsNamed, traitsOf } from '../../kinds.ts';
import { type Snapshot, type SnapshotObject, splitPart, splitSort } from '../../model/index.ts';
import { routineTarget } from '../common/signatures.ts';

/** One privilege of one role; `(owner)` stands for whoever owns the thing. */
export interface Grant {
  readonly role: string;
  readonly privilege: string;
  readonly isGrantable: boolean;
}

/** What GRANT takes for a thing, the columns behind each privilege, and what is given where nobody gave anything. */
interface PrivilegeTarget {
  /** `TABLE s.t`. */
  readonly on: string;
  /** For a column: ` (c)`. */
  readonly columns: string;
  readonly everybody: string | null;
  readonly owner: readonly string[];
}

const allRights = ['DELETE', 'INSERT', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'];

/** @param name `relation s.t`, `column s.t.c`, `routine s.f(a integer)`, `foreign server s`. */
export function targetOf(name: string, snapshot: Snapshot): PrivilegeTarget {
  const { sort, own } = splitSort(name);
  const usage = { columns: '', everybody: null, owner: ['USAGE'] };
  switch (sort) {
    case 'column': {
      const { parent = '', own: column = '' } = splitPart(own) ?? {};
      return { on: `TABLE ${parent}`, columns: ` (${column})`, everybody: null, owner: [] };
    }
    case 'relation':
      return snapshot.has(`sequence ${own}`)
        ? { on: `SEQUENCE ${own}`, columns: '', everybody: null, owner: ['SELECT', 'UPDATE', 'USAGE'] }
        : { on: `TABLE ${own}`, columns: '', everybody: null, owner: allRights };
    case 'routine':
      return { on: `ROUTINE ${routineTarget(own)}`, columns: '', everybody: 'EXECUTE', owner: ['EXECUTE'] };
    case 'schema':
      return {
        on: `SCHEMA ${own}`,
        columns: '',
        everybody: own === 'public' ? 'USAGE' : null,
        owner: ['CREATE', 'USAGE'],
      };
    case 'type':
    case 'language':
      return { ...usage, on: `${sort.toUpperCase()} ${own}`, everybody: 'USAGE' };
    default:
      return { ...usage, on: `${sort.toUpperCase()} ${own}` };
  }
}

const line = /^("(?:[^"]|"")*"|[^:"]+): (.*)$/;

const grantable = ' with grant option';

/** The grants that a description lists: `role: A, B with grant option`, a role a line. */
export const grantsOf = (text: string): Grant[] =>
  text.split('\n').flatMap((one) => {
    const [, role = '', list = ''] = line.exec(one) ?? [];
    if (role === '' || list === 'nothing') return [];
    return list.split(', ').map((privilege) => ({
      role,
      privilege: privilege.endsWith(grantable) ? privilege.slice(0, -grantable.length) : privilege,
      isGrantable: privilege.endsWith(grantable),
    }));
  });

/**
 * All grants on one thing: the owner's too, as they are by default where the description does not tell them, and those
 * that stand in a facet, as MAINTAIN beside all other rights.
 */
export function grantsOn(
  name: string,
  graph: Pick<SnapshotObject, 'text' | 'facets'> | null,
  snapshot: Snapshot,
): Grant[] {
  const { owner } = targetOf(name, snapshot);
  const text = graph?.text ?? '';
  const told = grantsOf(text);
  const inFacets = Object.entries(graph?.facets ?? {}).flatMap(([facet, value]) => {
    if (facet.startsWith('MAINTAIN, '))
      return value === 'nobody'
        ? []
        : value.split(', ').map((role) => ({ role, privilege: 'MAINTAIN', isGrantable: false }));
    return value === 'CREATE' ? [{ role: 'public', privilege: 'CREATE', isGrantable: false }] : [];
  });
  const owners = /^\(owner\): /m.test(text)
    ? []
    : owner.map((privilege) => ({ role: '(owner)', privilege, isGrantable: false }));
  return [...told, ...inFacets, ...owners];
}

/** Whether these are all rights to a table, as GRANT ALL gives them on 17 and later. */
export const areAllRights = (privileges: readonly string[]): boolean =>
  [...allRights, 'MAINTAIN'].every((right) => privileges.includes(right));

/** A role as GRANT takes it; null for an owner who is not known. */
export function granteeOf(role: string, name: string, snapshot: Snapshot): string | null {
  if (role === 'public') return 'PUBLIC';
  if (role !== '(owner)') return role;
  // A column is owned with its relation.
  const { sort, own } = splitSort(name);
  const owned = sort === 'column' ? `relation ${splitPart(own)?.parent}` : name;
  return snapshot.get(`owner ${owned}`)?.text ?? null;
}

/** A description without what a server of a major does not know. */
export const rightsOn = <Rights extends Pick<SnapshotObject, 'text' | 'facets'>>(
  rights: Rights,
  major: number,
): Rights =>
  major >= 17
    ? rights
    : {
        ...rights,
        facets: Object.fromEntries(
          Object.entries(rights.facets).filter(([facet]) => !facet.startsWith('MAINTAIN, ')),
        ),
      };

/** What everybody may from the start, where no default privileges say otherwise. */
export function builtInRights(name: string): string {
  const [kind = ''] = kindsNamed(splitSort(name).sort);
  const { everybody } = traitsOf(kind);
  return everybody === undefined ? '' : `public: ${everybody}`;
}
