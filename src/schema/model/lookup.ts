import type { Snapshot, SnapshotObject } from './object.ts';

type Objects = readonly SnapshotObject[];

/**
 * What finds objects of a snapshot by a key, in the snapshot's order, and inspects each object once, whatever it is
 * asked for: a table of all of them is made when it is first asked, and kept as long as the snapshot.
 *
 * @param keysOf the keys that an object is found by.
 */
export function lookup(
  keysOf: (object: SnapshotObject) => readonly string[],
): (snapshot: Snapshot, key: string) => Objects {
  const known = new WeakMap<Snapshot, ReadonlyMap<string, Objects>>();
  return (snapshot, key) => {
    const found = known.get(snapshot) ?? grouped(snapshot, keysOf);
    known.set(snapshot, found);
    return found.get(key) ?? [];
  };
}

function grouped(
  snapshot: Snapshot,
  keysOf: (object: SnapshotObject) => readonly string[],
): ReadonlyMap<string, Objects> {
  const groups = new Map<string, SnapshotObject[]>();
  for (const object of snapshot.values())
    for (const key of keysOf(object)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [object]);
      else group.push(object);
    }
  return groups;
}

/** The objects that belong to a relation, itself among them. */
export const objectsOf = lookup(({ parent }) => (parent === null ? [] : [parent]));

/** The objects of a kind. */
export const objectsOfKind = lookup(({ kind }) => [kind]);
