import {
  hashText,
  kindOf,
  named,
  parentOf,
  type Snapshot,
  type SnapshotObject,
  timescaleFacet,
} from '../catalog/index.ts';
import { traitsOf } from '../kinds.ts';
import type { Severity } from '../traits.ts';
import type { Comparison, Difference, DiffOptions, ExpectedObject, ExpectedObjects } from './comparison.ts';
import { withoutConsequences } from './consequences.ts';
import { severityOfExtra } from './extra.ts';
import { compareFacets, emptyHash } from './facets.ts';
import { timescaleObjects } from './timescale.ts';
import { verifiedPart } from './unverified.ts';

export { kindOf, parentOf };

/** Compares what is expected with what is there. Differences come sorted by table, then by object. */
export function diff(expected: ExpectedObjects, actual: Snapshot, options: DiffOptions): Comparison {
  const isIgnored = named(options.ignore, [expected, actual], (object) => {
    const wanted = expected.get(object);
    return actual.get(object)?.text ?? (wanted && options.texts(object, wanted.hash)?.text);
  });
  const { isImpossible, isUnknown } = timescaleObjects(expected, actual);
  const isExpected = (object: string): boolean => expected.has(object);
  const unverified: string[] = [];
  const found: Difference[] = [];
  for (const [object, asked] of expected) {
    const there = actual.get(object);
    const wanted = wholeWhereAlike(asked, there);
    if (isIgnored(object) || isAccepted(options.accepted[object], there)) continue;
    const known = options.texts(object, wanted.hash);
    if (!there) {
      const isFacetOnly = wanted.hash === emptyHash;
      if (isFacetOnly) unverified.push(...Object.keys(wanted.facets).map((facet) => `${object}: ${facet}`));
      else if (isImpossible(object)) unverified.push(`${object}: ${timescaleFacet}`);
      else found.push(difference('missing', object, { expected: known?.text ?? null }));
      continue;
    }
    if (!isText(there.text, wanted)) {
      found.push(difference('changed', object, { expected: known?.text ?? null, actual: there.text }));
      continue;
    }
    if (wanted.unverified) unverified.push(`${object}: ${wanted.unverified}${inZone(wanted)}`);
    const facets = compareFacets(wanted.facets, there.facets);
    unverified.push(...facets.unverified.map((facet) => `${object}: ${facet}${inZone(wanted)}`));
    for (const facet of facets.changed) {
      const actual = there.facets[facet] ?? '';
      found.push(difference('changed', object, { expected: known?.facets[facet] ?? null, actual, facet }));
    }
  }
  for (const [object, there] of actual) {
    if (expected.has(object) || isIgnored(object) || there.text === '') continue;
    if (isUnknown(object)) {
      unverified.push(`${object}: ${timescaleFacet}`);
      continue;
    }
    if (isAccepted(options.accepted[object], there)) continue;
    const severity = severityOfExtra(object, there, isExpected, actual);
    found.push({ ...difference('extra', object, { actual: there.text }), severity });
  }
  return { differences: withoutConsequences(found).sort(byTable), unverified: unverified.sort() };
}

/** What is made in another time zone may be the same all the same: then all of it is verified. */
function wholeWhereAlike(wanted: ExpectedObject, there: SnapshotObject | undefined): ExpectedObject {
  if (!wanted.zoned || !there) return wanted;
  const { text: hash, facets } = wanted.zoned;
  const isAlike = hashText(there.text) === hash && compareFacets(facets, there.facets).changed.length === 0;
  return isAlike ? { hash, facets } : wanted;
}

const inZone = ({ zoned }: ExpectedObject): string =>
  zoned ? ` (the lock was made where TimeZone is ${zoned.zone}, which is another one here)` : '';

/** Whether a description is as expected, as far as it is compared. */
export const isText = (text: string, { hash, unverified }: ExpectedObject): boolean =>
  hashText(verifiedPart(text, unverified)) === hash;

/** Whether an object is as expected, as far as that is compared, and the rest is another one in each database. */
export const isUnverified = (
  wanted: ExpectedObject | undefined,
  there: SnapshotObject | undefined,
): boolean => wanted?.unverified !== undefined && there !== undefined && isText(there.text, wanted);

/** Whether something differs that an application depends on. */
export const hasDrift = ({ differences }: Comparison): boolean =>
  differences.some(({ severity }) => severity === 'drift');

const isAccepted = (accepted: string | null | undefined, there: SnapshotObject | undefined): boolean =>
  accepted !== undefined && accepted === (there ? hashText(there.text) : null);

function difference(
  kind: Difference['kind'],
  object: string,
  {
    expected = null,
    actual = null,
    facet = null,
  }: Partial<Pick<Difference, 'expected' | 'actual' | 'facet'>>,
): Difference {
  return {
    kind,
    object,
    parent: parentOf(object),
    severity: severityOf(kind, object),
    expected,
    actual,
    facet,
  };
}

const severityOf = (kind: Difference['kind'], object: string): Severity => traitsOf(kindOf(object))[kind];

const byTable = (a: Difference, b: Difference): number =>
  compare(a.parent ?? '', b.parent ?? '') || compare(a.object, b.object);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** With all that is extra standing in the way, too: where a schema is to be just what was expected. */
export const wholly = (comparison: Comparison): Comparison => ({
  ...comparison,
  differences: comparison.differences.map(
    (difference): Difference =>
      difference.kind === 'extra' ? { ...difference, severity: 'drift' } : difference,
  ),
});
