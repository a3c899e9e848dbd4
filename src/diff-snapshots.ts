import { type Comparison, diff, kindOf } from './diff.ts';
import { expected, lockObjects } from './lockfile.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

/** Kinds that no SQL of ours brings about: where a column stands, and which version of an extension a server has. */
const unreachable = new Set(['column order', 'extension version']);

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
  return { unverified, differences: differences.filter(({ object }) => !unreachable.has(kindOf(object))) };
}
