/**
 * Compares what is expected of a schema with what is there, object by object. It is pure, and says of each
 * difference how much it matters to an application.
 */
export type { Comparison, Difference, ExpectedObject, ExpectedObjects, Texts } from './comparison.ts';
export { diff, hasDrift, isText, isUnverified, kindOf, parentOf, wholly } from './diff.ts';
export { decidingKinds, isInherited, relationsNamed, severityOfExtra } from './extra.ts';
export { canHave, compareFacets, emptyHash, type Side } from './facets.ts';
export {
  type Delta,
  deltaBetween,
  expected,
  type LockedObject,
  type LockedObjects,
  lockObjects,
} from './locked-objects.ts';
export { needsTimescale, offersTimescale } from './timescale.ts';
export { numbers, unverifiedBetween, verifiedPart, withoutNumbers } from './unverified.ts';
