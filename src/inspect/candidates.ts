import { isVaryingAt, type Lock, lockedVersions } from '../lockfile/index.ts';
import type { Version } from '../migrations/index.ts';
import { isRelation, named, type Snapshot } from '../schema/catalog/index.ts';
import {
  type ExpectedObject,
  emptyHash,
  expected,
  isText,
  kindOf,
  type LockedObjects,
  needsTimescale,
  offersTimescale,
} from '../schema/compare/index.ts';
import { tellsVersion, traitsOf } from '../schema/kinds.ts';

/** Up to so many versions are all compared; of more, those that can match, and as many as this that come closest. */
const mostCompared = 12;

/**
 * The versions of a lock that a schema is to be compared with in order to find out whose it is: every one that can
 * match, and the closest of the others. It takes time that grows with what the versions change, not with their number
 * times the objects of each.
 *
 * An object that is missing or changed always leaves a difference that stands against a version, itself or what it
 * follows from (`withoutConsequences`), and so does a relation that the lock knows of another version only. Not counted
 * are facets, what hangs on another object by its name, and what each server brings: those can only make a version
 * match less.
 *
 * @param known every object that the lock knows of any version.
 */
export function candidatesIn(
  lock: Lock,
  snapshot: Snapshot,
  known: ReadonlyMap<string, ExpectedObject>,
): readonly Version[] {
  const versions = lockedVersions(lock);
  if (versions.length <= mostCompared || involvesTimescale(known, snapshot)) return versions;
  const counted = countContrary(lock, snapshot, known);
  const closest = [...versions].sort(
    (a, b) => (counted.get(a) ?? 0) - (counted.get(b) ?? 0) || (a < b ? 1 : -1),
  );
  const chosen = new Set(closest.slice(0, mostCompared));
  return versions.filter((version) => chosen.has(version) || counted.get(version) === 0);
}

/** Which objects only TimescaleDB can have depends on both sides as a whole. */
const involvesTimescale = (known: ReadonlyMap<string, ExpectedObject>, snapshot: Snapshot): boolean =>
  offersTimescale(known) ||
  offersTimescale(snapshot) ||
  [...known].some(([object, { facets }]) => needsTimescale(object, facets));

/** How many objects stand against each version, going from each to the next by what that changes. */
function countContrary(
  lock: Lock,
  snapshot: Snapshot,
  known: ReadonlyMap<string, ExpectedObject>,
): ReadonlyMap<Version, number> {
  const isIgnored = named(lock.options.ignore, [known, snapshot], (object) => snapshot.get(object)?.text);
  const isVarying = isVaryingAt(lock, lockedVersions(lock).at(-1) ?? '');
  const counts = (object: string): boolean => {
    const kind = kindOf(object);
    return tellsVersion(kind) && traitsOf(kind).parent !== 'other' && !isIgnored(object);
  };
  const isRelationThere = (object: string): boolean =>
    isRelation(object) && (snapshot.get(object)?.text ?? '') !== '' && counts(object) && !isVarying(object);
  const contrary = new Set([...known.keys()].filter(isRelationThere));
  const expect = (objects: LockedObjects): void => {
    for (const [object, locked] of Object.entries(objects)) {
      if (counts(object) && isWrong(snapshot.get(object)?.text, expected(locked))) contrary.add(object);
      else contrary.delete(object);
    }
  };
  expect(lock.baseline.objects);
  const counted = new Map<Version, number>();
  for (const version of lockedVersions(lock)) {
    const delta = lock.migrations[version]?.delta;
    for (const object of delta?.removed ?? []) {
      if (isRelationThere(object)) contrary.add(object);
      else contrary.delete(object);
    }
    expect({ ...delta?.added, ...delta?.changed });
    counted.set(version, contrary.size);
  }
  return counted;
}

/** Whether an object is missing or changed, by its text alone. */
const isWrong = (text: string | undefined, wanted: ExpectedObject): boolean =>
  text === undefined ? wanted.hash !== emptyHash : !isText(text, wanted);
