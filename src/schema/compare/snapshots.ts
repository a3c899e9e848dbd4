import type { Snapshot, SnapshotObject } from '../catalog/index.ts';
import { traitsOf } from '../kinds.ts';
import type { Comparison } from './comparison.ts';
import { diff, kindOf } from './diff.ts';
import { expected, lockObjects } from './locked-objects.ts';

/** Compares two schemas that were both seen, object by object; what no SQL can bring about is left out. */
export function differencesBetween(
  wanted: Snapshot,
  actual: Snapshot,
  ignore: readonly string[] = [],
): Comparison {
  // Of most objects both say the same words: only of the others are hashes made.
  const objects = Object.entries(lockObjects(otherThan(actual, wanted))).map(
    ([name, object]) => [name, expected(object)] as const,
  );
  const texts = (object: string) => wanted.get(object) ?? null;
  const options = { ignore, texts, accepted: {} };
  const { differences, unverified } = diff(new Map(objects), otherThan(wanted, actual), options);
  return {
    unverified,
    differences: differences.filter(({ object }) => !traitsOf(kindOf(object)).isImmaterial),
  };
}

/** The objects of a schema that are not word for word in another. */
const otherThan = (other: Snapshot, snapshot: Snapshot): Snapshot =>
  new Map([...snapshot].filter(([name, object]) => !isWordForWord(object, other.get(name))));

function isWordForWord({ text, facets }: SnapshotObject, other: SnapshotObject | undefined): boolean {
  if (other?.text !== text) return false;
  const names = Object.keys(facets);
  return (
    names.length === Object.keys(other.facets).length &&
    names.every((name) => facets[name] === other.facets[name])
  );
}
