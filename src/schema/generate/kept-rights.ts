import {
  nameOf,
  objectsOfKind,
  ownedObjects,
  type Snapshot,
  type SnapshotObject,
  splitPart,
  splitSort,
} from '../catalog/index.ts';
import { isRightOfOne, traitsOf } from '../kinds.ts';
import { asPattern } from '../objects/common/clauses.ts';
import type { SchemaGraph } from '../objects/common/schema-graph.ts';
import { clash } from './changes/clash.ts';
import { movedNames } from './changes/extensions.ts';

/**
 * The goal, which says nothing of owners and grants, with those that the start has: what has to be dropped and made
 * again gets them again, and nothing else of the changes is another.
 *
 * @param staysUnwanted whether what the goal does not have stays as it is, with its rights: in a fix.
 */
export function keepRights(start: SchemaGraph, goal: SchemaGraph, staysUnwanted: boolean): SchemaGraph {
  const routines = new Map(
    [...goal.snapshot.values()]
      .filter((object) => traitsOf(object.kind).is === 'routine')
      .map((one) => [clash(one), one.name]),
  );
  const moved = movedNames(start, goal);
  const kept = [...start.snapshot].flatMap(([object, right]): [string, SnapshotObject][] => {
    if (!isRightOfOne(right.kind)) return [];
    const name = keptName(nameOf(object), { start, goal, routines, moved, staysUnwanted });
    return name === null ? [] : [[`${right.kind} ${name}`, { ...right, name }]];
  });
  if (kept.length === 0) return goal;
  return {
    ...goal,
    ...(start.role === undefined ? {} : { role: start.role }),
    ...(start.defaults === undefined ? {} : { defaults: start.defaults }),
    snapshot: sorted([...goal.snapshot, ...kept]),
    dependencies: new Map([
      ...goal.dependencies,
      ...kept.map(
        ([object, { name }]) =>
          [object, new Set(ownedObjects(name).filter((one) => goal.snapshot.has(one)))] as const,
      ),
    ]),
  };
}

/** A schema whose snapshot leaves out what new objects get by default: to change that is a change of its own. */
export const withoutDefaults = (graph: SchemaGraph): SchemaGraph => ({
  ...graph,
  snapshot: new Map([...graph.snapshot].filter(([, { kind }]) => kind !== 'default privileges')),
  defaults: objectsOfKind(graph.snapshot, 'default privileges'),
});

interface Sides {
  readonly start: SchemaGraph;
  readonly goal: SchemaGraph;
  /** What no two routines share -> the goal's name of the one that has it. */
  readonly routines: ReadonlyMap<string, string>;
  /** What is named by types of an extension that moves, as the goal has it. */
  readonly moved: ReadonlyMap<string, SnapshotObject>;
  readonly staysUnwanted: boolean;
}

/** What a right is of in the goal; null where that is not there. */
function keptName(name: string, { start, goal, routines, moved, staysUnwanted }: Sides): string | null {
  const { sort, own } = splitSort(name);
  const isIn = ({ snapshot }: SchemaGraph): boolean =>
    ownedObjects(name).some((object) => snapshot.has(object));
  // What neither describes, such as the schema public, stays.
  const has = isIn(goal) || !isIn(start);
  if (sort === 'column')
    return isColumnOf(own, goal.snapshot) || (staysUnwanted && start.snapshot.has(name)) ? name : null;
  const there = ownedObjects(name).flatMap((object) => moved.get(object) ?? [])[0];
  if (there !== undefined) return `${sort} ${there.name}`;
  if (has || sort !== 'routine') return has || staysUnwanted ? name : null;
  // A routine with other names of its arguments is another, and takes its place.
  const successor = routines.get(clash({ kind: 'function', name: own, text: '' }));
  return successor === undefined ? (staysUnwanted ? name : null) : `routine ${successor}`;
}

/** Whether a column is there: that of a view stands in the view's description. */
function isColumnOf(column: string, snapshot: Snapshot): boolean {
  if (snapshot.has(`column ${column}`)) return true;
  const { parent = '', own = '' } = splitPart(column) ?? {};
  const view = snapshot.get(`view ${parent}`) ?? snapshot.get(`materialized view ${parent}`);
  return new RegExp(`^returns (?:.*, )?${asPattern(own)} `, 'm').test(view?.text ?? '');
}

const sorted = (objects: readonly [string, SnapshotObject][]): Snapshot =>
  new Map([...objects].sort(([a], [b]) => (a < b ? -1 : 1)));
