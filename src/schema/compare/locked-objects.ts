import { hashText, type Snapshot } from '../catalog/index.ts';
import type { ExpectedObject } from './comparison.ts';
import type { Unverified } from './unverified.ts';
import type { Zoned } from './zone.ts';

/** A hash, or where there are facets, the hash of the text and those of the facets. */
export type LockedObject =
  | string
  | {
      readonly text: string;
      readonly facets: Readonly<Record<string, string>>;
      /** What of the text is not in its hash; absent where all of it is. */
      readonly unverified?: Unverified;
      /** All of it, as it is where it was made in this time zone; absent where it is the same in each, or follows the moment. */
      readonly zoned?: Zoned;
    };

export type LockedObjects = Readonly<Record<string, LockedObject>>;

/** What a migration does to the schema, by object. */
export interface Delta {
  readonly added: LockedObjects;
  readonly changed: LockedObjects;
  readonly removed: readonly string[];
  /** Objects that have another name each time, as `withoutNumbers` writes it: they are in none of these. */
  readonly varying?: readonly string[] | undefined;
}

/** Locks every object of a snapshot. */
export function lockObjects(snapshot: Snapshot): LockedObjects {
  return Object.fromEntries([...snapshot].map(([name, object]) => [name, lockObject(object)]));
}

function lockObject({
  text,
  facets,
}: {
  text: string;
  facets: Readonly<Record<string, string>>;
}): LockedObject {
  const hashed = Object.entries(facets).map(([facet, value]) => [facet, hashText(value)] as const);
  return hashed.length === 0 ? hashText(text) : { text: hashText(text), facets: Object.fromEntries(hashed) };
}

/** What lies between two snapshots. */
export function deltaBetween(before: Snapshot, after: Snapshot): Delta {
  const locked = lockObjects(after);
  const was = lockObjects(before);
  const entries = Object.entries(locked);
  return {
    added: Object.fromEntries(entries.filter(([name]) => was[name] === undefined)),
    changed: Object.fromEntries(
      entries.filter(
        ([name, object]) => was[name] !== undefined && JSON.stringify(was[name]) !== JSON.stringify(object),
      ),
    ),
    removed: Object.keys(was).filter((name) => locked[name] === undefined),
  };
}

export const expected = (object: LockedObject): ExpectedObject =>
  typeof object === 'string'
    ? { hash: object, facets: {}, unverified: undefined }
    : { hash: object.text, facets: object.facets, unverified: object.unverified, zoned: object.zoned };
