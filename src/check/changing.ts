import type { Migration } from '../migrations/index.ts';
import { hashText, type Snapshot, type SnapshotObject } from '../schema/catalog/index.ts';
import {
  type Delta,
  expected,
  type LockedObject,
  type LockedObjects,
  numbers,
  unverifiedBetween,
  verifiedPart,
  withoutNumbers,
} from '../schema/compare/index.ts';
import { differByZone } from '../schema/compare/zone.ts';
import type { Elsewhere, Replayed } from '../shadow/index.ts';
/** A part of an object that is another one each time that a file makes it. */
export interface Changing {
  readonly migration: Migration;
  readonly object: string;
  /** `name`: the object has another name each time; `text`: all of its description; `literals`; else a facet. */
  readonly part: string;
  /** The time zone that it follows, by its TimeZone of now; null where it follows the moment. */
  readonly zone: string | null;
}

/** What each file makes, of which the same file made another at another moment. */
export const changingIn = (replayed: readonly Replayed[], elsewhere: Elsewhere): Changing[] =>
  replayed.flatMap(({ migration, before, after, zone: here }) => {
    const other = elsewhere.made.get(migration.version);
    if (!other) return [];
    const made = [...after].filter(([object, there]) => !isSame(before.get(object), there));
    const varying = varyingAmong(
      made.map(([object]) => object),
      other,
    );
    return made.flatMap(([object, there]) => {
      const twin = other.get(object);
      const parts = varying.has(object) ? ['name'] : partsOf(there, twin);
      const zone =
        twin && !varying.has(object) && followsZone(there, twin, [here, elsewhere.zone]) ? here : null;
      return parts.map((part) => ({ migration, object, part, zone }));
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

/** The time zones of two replays. */
export type Zones = readonly [here: string | null, elsewhere: string | null];

/** Whether two replays made an object otherwise only since their time zones differ. */
function followsZone(one: SnapshotObject, other: SnapshotObject, [here, there]: Zones): boolean {
  const isZone = (mine: string, theirs: string | undefined): boolean =>
    theirs !== undefined && differByZone({ text: mine, zone: here }, { text: theirs, zone: there });
  return (
    isZone(one.text, other.text) &&
    Object.entries(one.facets).every(([facet, text]) => isZone(text, other.facets[facet]))
  );
}

function partsOf(one: SnapshotObject, other: SnapshotObject | undefined): string[] {
  if (!other) return [];
  const unverified = unverifiedBetween(one.text, other.text);
  const facets = Object.keys(one.facets).filter((facet) => one.facets[facet] !== other.facets[facet]);
  return [...(unverified ? [unverified] : []), ...facets];
}

/**
 * A delta without what is another one each time: an object whose name is, is left out, and so is a facet; a description
 * is kept as far as it is the same. Left out is also what has the same name at both moments only because they lie close
 * together, such as the partition of a day that the one has for today and the other for tomorrow.
 *
 * @param after the schema after it.
 * @param other the same at another moment, in another time zone.
 * @param zones the time zones of both: what follows them alone is kept as well, for where the zone is this one.
 */
export function withoutChanging(delta: Delta, after: Snapshot, other: Snapshot, zones: Zones): Delta {
  const varying = varyingAmong(Object.keys({ ...delta.added, ...delta.changed }), other);
  const lasting = (objects: LockedObjects): LockedObjects =>
    Object.fromEntries(Object.entries(objects).filter(([object]) => !varying.has(object)));
  return {
    added: stable(lasting(delta.added), [after, other], zones),
    changed: stable(lasting(delta.changed), [after, other], zones),
    removed: delta.removed,
    ...(varying.size > 0 && { varying: [...new Set([...varying].map(withoutNumbers))].sort() }),
  };
}

const stable = (
  objects: LockedObjects,
  [after, other]: readonly [Snapshot, Snapshot],
  zones: Zones,
): LockedObjects =>
  Object.fromEntries(
    Object.entries(objects).flatMap(([name, locked]): [string, LockedObject][] => {
      const [one, two] = [after.get(name), other.get(name)];
      if (!one || !two) return [];
      return [[name, stableObject(locked, one, two, zones)]];
    }),
  );

function stableObject(
  locked: LockedObject,
  one: SnapshotObject,
  other: SnapshotObject,
  zones: Zones,
): LockedObject {
  const unverified = unverifiedBetween(one.text, other.text);
  const { hash, facets: all } = expected(locked);
  const same = Object.entries(all).filter(([facet]) => one.facets[facet] === other.facets[facet]);
  if (unverified === null && same.length === Object.keys(all).length) return locked;
  const facets = Object.fromEntries(same);
  const [zone] = zones;
  const zoned =
    zone !== null && followsZone(one, other, zones) ? { zoned: { zone, text: hash, facets: all } } : {};
  if (unverified !== null)
    return { text: hashText(verifiedPart(one.text, unverified)), facets, unverified, ...zoned };
  return same.length === 0 && !('zoned' in zoned) ? hash : { text: hash, facets, ...zoned };
}
