import { isOfServer } from '../check-problems.ts';
import { diff, type ExpectedObjects, type Texts } from '../diff.ts';
import { describeDifferences } from '../diff-text.ts';
import type { Lock, LockedObject, LockedObjects } from '../lockfile.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { timescaleFacet } from '../snapshot/timescale.ts';

/** How a shadow's schema differs from what a lock says, in words, where `check` takes it for one; what TimescaleDB keeps must be there to be written. */
export function diffExpected(
  wanted: ExpectedObjects,
  made: Snapshot,
  { options }: Lock,
  texts: Texts,
): string[] {
  const { differences, unverified } = diff(wanted, made, { ignore: options.ignore, texts, accepted: {} });
  return describeDifferences({
    differences: differences.filter((difference) => difference.kind !== 'extra' && !isOfServer(difference)),
    unverified: unverified.filter((facet) => facet.includes(`: ${timescaleFacet}`)),
  });
}

/** The objects of a version as a lock's baseline holds them: sorted, hashes and facets as they are. Pure. */
export const asLocked = (objects: ExpectedObjects): LockedObjects =>
  Object.fromEntries(
    [...objects]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { hash, facets, unverified }]): [string, LockedObject] => [
        name,
        Object.keys(facets).length === 0 && unverified === undefined
          ? hash
          : { text: hash, facets, ...(unverified && { unverified }) },
      ]),
  );
