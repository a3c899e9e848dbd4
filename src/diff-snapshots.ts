import { type Comparison, diff, kindOf } from './diff.ts';
import { expected, lockObjects } from './lockfile.ts';
import { traitsOf } from './schema/kinds.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

/** Compares two schemas that were both seen, object by object; what no SQL can bring about is left out. Pure. */
export function differencesBetween(
  wanted: Snapshot,
  actual: Snapshot,
  ignore: readonly string[] = [],
): Comparison {
  const objects = Object.entries(lockObjects(wanted)).map(
    ([name, object]) => [name, expected(object)] as const,
  );
  const texts = (object: string) => wanted.get(object) ?? null;
  const { differences, unverified } = diff(new Map(objects), actual, { ignore, texts, accepted: {} });
  return {
    unverified,
    differences: differences.filter(({ object }) => !traitsOf(kindOf(object)).isImmaterial),
  };
}
