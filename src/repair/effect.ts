import { everKnown, ownObjects } from '../inspect/match.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { expectedAt, type Lock, lockedVersions } from '../lockfile/index.ts';
import type { Version } from '../migrations/index.ts';
import { hashText, type Snapshot } from '../schema/catalog/index.ts';
import {
  type Comparison,
  type Delta,
  diff,
  type ExpectedObject,
  expected,
  kindOf,
  type Texts,
} from '../schema/compare/index.ts';
import { tellsVersion, traitsOf } from '../schema/kinds.ts';

/** A schema, and what it is held against. */
export interface EffectEvidence {
  readonly lock: Lock;
  readonly snapshot: Snapshot;
  /** What the ledger accepted as different. */
  readonly accepted: LedgerRow['accepted'];
}

/** What a schema says of whether a version was applied to it, with the objects that say so. */
export type Effect =
  | { readonly kind: 'present' | 'absent'; readonly objects: readonly string[] }
  | {
      readonly kind: 'partial';
      readonly present: readonly string[];
      readonly absent: readonly string[];
      /** As they are neither before nor after it. */
      readonly other: readonly string[];
    }
  /** It changes nothing that a schema shows, or the lock does not know it. */
  | { readonly kind: 'unproved' };

/** Objects that are there or not for other reasons than a version's. */
const isUnproving = (object: string): boolean => {
  const kind = kindOf(object);
  return !tellsVersion(kind) || traitsOf(kind).provesNoVersion === true;
};

/**
 * Holds what the lock says that a version does against a schema. An object proves it where it is as the version
 * leaves it and not as it was before, and disproves it the other way round.
 *
 * @param later versions that were applied after it: what they touch again proves nothing.
 */
export function effectOf(version: Version, evidence: EffectEvidence, later: readonly Version[] = []): Effect {
  const { lock } = evidence;
  const delta = deltaOf(lock, version);
  if (!delta) return { kind: 'unproved' };
  const previous = lockedVersions(lock).findLast((other) => other < version);
  const before = previous === undefined ? new Map() : expectedAt(lock, previous);
  const after = new Map(
    Object.entries({ ...delta.added, ...delta.changed }).map(([object, locked]) => [
      object,
      expected(locked),
    ]),
  );
  const touchedAgain = new Set(later.flatMap((other) => touchedBy(deltaOf(lock, other))));
  const present: string[] = [];
  const absent: string[] = [];
  const other: string[] = [];
  for (const object of touchedBy(delta)) {
    if (isUnproving(object) || touchedAgain.has(object)) continue;
    const isAfter = isAs(object, after.get(object), evidence);
    const isBefore = isAs(object, before.get(object), evidence);
    if (isAfter && isBefore) continue;
    (isAfter ? present : isBefore ? absent : other).push(object);
  }
  if (present.length + absent.length + other.length === 0) return { kind: 'unproved' };
  if (present.length + other.length === 0) return { kind: 'absent', objects: absent };
  if (absent.length + other.length === 0) return { kind: 'present', objects: present };
  return { kind: 'partial', present, absent, other };
}

/** What a version does to an empty schema, or to the one before it; null where the lock does not know it. */
function deltaOf({ baseline, migrations }: Lock, version: Version): Delta | null {
  return version === baseline.version
    ? { added: baseline.objects, changed: {}, removed: [] }
    : (migrations[version]?.delta ?? null);
}

const touchedBy = (delta: Delta | null): string[] =>
  delta ? [...Object.keys(delta.added), ...Object.keys(delta.changed), ...delta.removed] : [];

/** Whether an object is as expected; `wanted` is undefined where it should not be there. */
function isAs(
  object: string,
  wanted: ExpectedObject | undefined,
  { lock, snapshot, accepted }: EffectEvidence,
): boolean {
  const there = snapshot.get(object);
  const { differences } = diff(
    new Map(wanted && wanted.hash !== emptyHash ? [[object, wanted]] : []),
    new Map(there ? [[object, there]] : []),
    { ignore: lock.options.ignore, texts: () => null, accepted },
  );
  return differences.length === 0;
}

/** Of what is nothing but facets, which some servers do not have. */
const emptyHash = hashText('');

/**
 * The versions that a schema may be at: those that it is, or where it is none in every detail, those that it differs
 * from only in what no application depends on. What is extra and of no version says nothing about which it is.
 */
export function fittingVersions(evidence: EffectEvidence): Version[] {
  const known = everKnown(evidence.lock);
  const judged = lockedVersions(evidence.lock).map((version) => {
    const { differences: all } = differencesAt(version, evidence, () => null);
    const differences = all.filter(({ kind, object }) => kind !== 'extra' || known.has(object));
    const isNear = differences.every(({ kind, severity }) => kind !== 'extra' && severity === 'reported');
    return { version, isExact: differences.length === 0, isNear };
  });
  const exact = judged.filter(({ isExact }) => isExact);
  return (exact.length > 0 ? exact : judged.filter(({ isNear }) => isNear)).map(({ version }) => version);
}

/**
 * How a schema differs from that of a version; of what is extra only objects that the lock knows of another version, and
 * what decides about rows.
 */
export function differencesAt(
  version: Version,
  { lock, snapshot, accepted }: EffectEvidence,
  texts: Texts,
): Comparison {
  const known = everKnown(lock);
  const wanted = expectedAt(lock, version);
  const comparison = diff(wanted, snapshot, { ignore: lock.options.ignore, texts, accepted });
  const differences = comparison.differences.filter(
    ({ kind, object, severity }) =>
      tellsVersion(kindOf(object)) && (kind !== 'extra' || severity === 'drift' || known.has(object)),
  );
  return { ...comparison, differences };
}

/** Whether nothing of what the lock expects at a version, or at any other, is there, though something should be. */
export const isGone = ({ lock, snapshot }: EffectEvidence, version: Version): boolean =>
  ownObjects(lock, snapshot).length === 0 &&
  [...expectedAt(lock, version).keys()].some((object) => kindOf(object) === 'table');
