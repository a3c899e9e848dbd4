import { parentOf, type Snapshot, timescaleFacet } from '../catalog/index.ts';
import type { ExpectedObjects } from './comparison.ts';
import { emptyHash } from './facets.ts';

const extension = /^(?:extension|extension version|comment extension) timescaledb$/;

/** Whether a side offers TimescaleDB: it says so in the facets of its tables, views and schemas. */
export const offersTimescale = (
  objects: ReadonlyMap<string, { readonly facets: Readonly<Record<string, string>> }>,
): boolean => [...objects.values()].some(({ facets }) => facets[timescaleFacet] !== undefined);

/** Whether an object is the extension or a continuous aggregate, by what is expected of it. */
export function needsTimescale(object: string, facets: Readonly<Record<string, string>>): boolean {
  const hash = object.startsWith('view ') ? facets[timescaleFacet] : undefined;
  return extension.test(object) || (hash !== undefined && hash !== emptyHash);
}

/**
 * Tells which objects only a server that offers TimescaleDB can have: the extension, and continuous aggregates with what
 * belongs to them.
 */
export function timescaleObjects(
  expected: ExpectedObjects,
  actual: Snapshot,
): { readonly isImpossible: (object: string) => boolean; readonly isUnknown: (object: string) => boolean } {
  let actualOffers: boolean | null = null;
  let expectedOffers: boolean | null = null;
  const needs = (object: string): boolean => needsTimescale(object, expected.get(object)?.facets ?? {});
  return {
    /** An expected object that this database cannot have. */
    isImpossible(object) {
      if (!needs(object) && !needs(`view ${parentOf(object)}`)) return false;
      actualOffers ??= offersTimescale(actual);
      return !actualOffers;
    },
    /** An object of this database that the other side could not have. */
    isUnknown(object) {
      if (!extension.test(object)) return false;
      expectedOffers ??= offersTimescale(expected);
      return !expectedOffers;
    },
  };
}
