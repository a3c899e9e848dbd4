import { type Delta, expected, type LockedObject, type LockedObjects } from './lockfile.ts';
import type { Migration } from './model.ts';
import type { Replayed } from './replay.ts';
import type { Elsewhere } from './replay-elsewhere.ts';
import { hashText, type Snapshot, type SnapshotObject } from './snapshot/snapshot.ts';
import { numbers, unverifiedBetween, verifiedPart, withoutNumbers } from './unverified.ts';

/** A part of an object that is another one each time that a file makes it. */
export interface Changing {
  readonly migration: Migration;
  readonly object: string;
  /** `name`: the object has another name each time; `text`: all of its description; `literals`; else a facet. */
  readonly part: string;
}

/** What each file makes, of which the same file made another at another moment; pure. */
export const changingIn = (replayed: readonly Replayed[], elsewhere: Elsewhere): Changing[] =>
  replayed.flatMap(({ migration, before, after }) => {
    const other = elsewhere.get(migration.version);
    if (!other) return [];
    const made = [...after].filter(([object, there]) => !isSame(before.get(object), there));
    const varying = varyingAmong(
      made.map(([object]) => object),
      other,
    );
    return made.flatMap(([object, there]) => {
      const parts = varying.has(object) ? ['name'] : partsOf(there, other.get(object));
      return parts.map((part) => ({ migration, object, part }));
    });
  });

/** Those of some objects that have another name each time. */
function varyingAmong(objects: readonly string[], other: Snapshot): ReadonlySet<string> {
  const shapes = new Set(objects.filter((object) => !other.has(object)).map(shapeOf));
  return new Set(objects.filter((object) => shapes.has(shapeOf(object))));
}

/** A name with each figure of its numbers, dates and digests as `#`: those of one series have the same. */
const shapeOf = (object: string): string => object.replace(numbers, (number) => '#'.repeat(number.length));

const isSame = (one: SnapshotObject | undefined, other: SnapshotObject): boolean =>
  one !== undefined && one.text === other.text && JSON.stringify(one.facets) === JSON.stringify(other.facets);

function partsOf(one: SnapshotObject, other: SnapshotObject | undefined): string[] {
  if (!other) return [];
  const unverified = unverifiedBetween(one.text, other.text);
  const facets = Object.keys(one.facets).filter((facet) => one.facets[facet] !== other.facets[facet]);
  return [...(unverified ? [unverified] : []), ...facets];
}

/**
 * A delta without what is another one each time: an object whose name is, is left out, and so is a facet; a description
 * is kept as far as it is the same. Left out is also what has the same name at both moments only because they lie close
 * together, such as the partition of a day that the one has for today and the other for tomorrow. Pure.
 *
 * @param after the schema after it.
 * @param other the same at another moment.
 */
export function withoutChanging(delta: Delta, after: Snapshot, other: Snapshot): Delta {
  const varying = varyingAmong(Object.keys({ ...delta.added, ...delta.changed }), other);
  const lasting = (objects: LockedObjects): LockedObjects =>
    Object.fromEntries(Object.entries(objects).filter(([object]) => !varying.has(object)));
  return {
    added: stable(lasting(delta.added), after, other),
    changed: stable(lasting(delta.changed), after, other),
    removed: delta.removed,
    ...(varying.size > 0 && { varying: [...new Set([...varying].map(withoutNumbers))].sort() }),
  };
}

const stable = (objects: LockedObjects, after: Snapshot, other: Snapshot): LockedObjects =>
  Object.fromEntries(
    Object.entries(objects).flatMap(([name, locked]): [string, LockedObject][] => {
      const [one, two] = [after.get(name), other.get(name)];
      if (!one || !two) return [];
      return [[name, stableObject(locked, one, two)]];
    }),
  );

function stableObject(locked: LockedObject, one: SnapshotObject, other: SnapshotObject): LockedObject {
  const unverified = unverifiedBetween(one.text, other.text);
  const { hash, facets: all } = expected(locked);
  const same = Object.entries(all).filter(([facet]) => one.facets[facet] === other.facets[facet]);
  if (unverified === null && same.length === Object.keys(all).length) return locked;
  const facets = Object.fromEntries(same);
  if (unverified !== null) return { text: hashText(verifiedPart(one.text, unverified)), facets, unverified };
  return same.length === 0 ? hash : { text: hash, facets };
}
