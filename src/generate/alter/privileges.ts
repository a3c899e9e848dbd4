import { splitPart } from '../../snapshot/names.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { routineTarget } from '../create/routine.ts';
import { type Step, step } from './alteration.ts';

/** `role: privilege` pairs, each with its own grant option. */
const grantsOf = (text: string): ReadonlySet<string> =>
  new Set(
    text.split('\n').flatMap((line) => {
      if (line === '') return [];
      const [, role = '', list = ''] = /^("(?:[^"]|"")*"|[^:]+): ([\s\S]*)$/.exec(line) ?? [];
      return list.split(', ').map((privilege) => `${role}: ${privilege}`);
    }),
  );

const parse = (grant: string): { role: string; privilege: string; isGrantable: boolean } => {
  const [, role = '', rest = ''] = /^("(?:[^"]|"")*"|[^:]+): ([\s\S]*)$/.exec(grant) ?? [];
  const isGrantable = rest.endsWith(' with grant option');
  return { role, privilege: isGrantable ? rest.slice(0, -' with grant option'.length) : rest, isGrantable };
};

/** What grants are on, and the privilege with the column it is of: `TABLE s.t`, `SELECT (c)`. */
function targetOf(name: string, snapshot: Snapshot): { readonly on: string; readonly columns: string } {
  const [, sort = '', own = ''] = /^(\S+) ([\s\S]*)$/.exec(name) ?? [];
  if (sort === 'column') {
    const { parent = '', own: column = '' } = splitPart(own) ?? {};
    return { on: `TABLE ${parent}`, columns: ` (${column})` };
  }
  if (sort === 'relation')
    return { on: `${snapshot.has(`sequence ${own}`) ? 'SEQUENCE' : 'TABLE'} ${own}`, columns: '' };
  if (sort === 'routine') return { on: `ROUTINE ${routineTarget(own)}`, columns: '' };
  return { on: `${sort.toUpperCase()} ${own}`, columns: '' };
}

/**
 * GRANT and REVOKE of what differs between two descriptions of who may what; an empty text stands for nobody but the
 * owner.
 *
 * @param name as in the snapshot: `relation s.t`, `column s.t.c`, `routine s.f(a integer)`.
 */
export function alterPrivileges(
  name: string,
  before: string,
  after: string,
  snapshot: Snapshot,
): readonly Step[] {
  const was = grantsOf(before);
  const is = grantsOf(after);
  const { on, columns } = targetOf(name, snapshot);
  const gone = [...was].filter((grant) => !is.has(grant)).map(parse);
  const added = [...is].filter((grant) => !was.has(grant)).map(parse);
  return [
    ...gone.flatMap(({ role, privilege, isGrantable }) => {
      // A right that only loses its grant option is kept, and so is one that gains it.
      const stays = added.some((one) => one.role === role && one.privilege === privilege);
      if (stays && !isGrantable) return [];
      return [step(`REVOKE ${stays ? 'GRANT OPTION FOR ' : ''}${privilege}${columns} ON ${on} FROM ${role}`)];
    }),
    ...added.flatMap(({ role, privilege, isGrantable }) => {
      const had = gone.some((one) => one.role === role && one.privilege === privilege);
      if (had && !isGrantable) return [];
      return [
        step(`GRANT ${privilege}${columns} ON ${on} TO ${role}${isGrantable ? ' WITH GRANT OPTION' : ''}`),
      ];
    }),
  ];
}
