import { isOfServer } from '../check/index.ts';
import type { Lock } from '../lockfile/index.ts';
import { type Snapshot, timescaleFacet } from '../schema/catalog/index.ts';
import {
  compareFacets,
  diff,
  type ExpectedObjects,
  isText,
  type LockedObject,
  type LockedObjects,
  type Texts,
} from '../schema/compare/index.ts';
import { describeDifferences } from '../schema/compare/text.ts';

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

/**
 * The objects of a version as a lock's baseline holds them: sorted, hashes and facets as they are. What follows a time
 * zone is kept as it is there where the new baseline, which has the offset, makes the same.
 *
 * @param made what the new baseline makes.
 */
export const asLocked = (objects: ExpectedObjects, made: Snapshot): LockedObjects =>
  Object.fromEntries(
    [...objects]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { hash, facets, unverified, zoned }]): [string, LockedObject] => {
        const there = made.get(name);
        const isAsMade =
          zoned &&
          there &&
          isText(there.text, { hash: zoned.text, facets: {} }) &&
          compareFacets(zoned.facets, there.facets).changed.length === 0;
        return [
          name,
          Object.keys(facets).length === 0 && unverified === undefined && !isAsMade
            ? hash
            : { text: hash, facets, ...(unverified && { unverified }), ...(isAsMade && { zoned }) },
        ];
      }),
  );
