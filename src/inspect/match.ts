import { expectedAt, type Lock, withoutVarying } from '../lockfile/index.ts';
import type { Version } from '../migrations/index.ts';
import type { Snapshot } from '../schema/catalog/index.ts';
import {
  type Comparison,
  type Difference,
  diff,
  type ExpectedObjects,
  expected,
  kindOf,
  type Texts,
} from '../schema/compare/index.ts';
import { isRelationKind, tellsVersion, traitsOf } from '../schema/kinds.ts';
import { candidatesIn } from './candidates.ts';
import type { FoundRelation, Match } from './state.ts';

const fewObjects = 100;

const isEverKnown = (lock: Lock, object: string): boolean =>
  Object.hasOwn(lock.baseline.objects, object) ||
  Object.values(lock.migrations).some(({ delta }) => Object.hasOwn(delta.added, object));

/** What of the lock's objects, at any version, a database has: what makes it not empty for this app. */
export function ownObjects(lock: Lock, snapshot: Snapshot): string[] {
  // An empty database has next to nothing, and the lock may know tens of thousands.
  if (snapshot.size < fewObjects && ![...snapshot.keys()].some((object) => isEverKnown(lock, object)))
    return [];
  return [...everKnown(lock).keys()].filter(
    (object) => !traitsOf(kindOf(object)).isIncidental && snapshot.has(object),
  );
}

/**
 * Finds the version whose schema a database has: all that the lock expects is there as it should be, and nothing
 * stands against it (`isContrary`). What differs besides is told with the match.
 */
export function findMatch(lock: Lock, snapshot: Snapshot, texts: Texts): Match {
  const known = everKnown(lock);
  const candidates = candidatesIn(lock, snapshot, known).map((version) => {
    const comparison = compareAt({ lock, known, texts }, version, snapshot);
    return { version, comparison, distance: comparison.differences.filter(isContrary).length };
  });
  const found = candidates.filter(({ distance }) => distance === 0);
  const [only, ...more] = found;
  if (only !== undefined) {
    const { version, comparison } = only;
    return more.length === 0
      ? { kind: 'one', version, comparison }
      : { kind: 'several', versions: found.map((one) => one.version), comparison };
  }
  const closest = candidates.reduce((best, next) => (next.distance <= best.distance ? next : best));
  return { kind: 'none', closest: closest.version, comparison: closest.comparison };
}

/** Compares a schema with that of a version, whatever else the lock knows. */
export const compareWith = (lock: Lock, version: Version, snapshot: Snapshot, texts: Texts): Comparison =>
  compareAt({ lock, known: everKnown(lock), texts }, version, snapshot);

/**
 * Whether a difference of `compareWith` stands against adopting the version: what is missing or changed does, and what
 * is extra where it decides about rows or the lock knows it of another version only.
 */
export const isContrary = ({ kind, object, severity }: Difference): boolean =>
  tellsVersion(kindOf(object)) && (kind !== 'extra' || severity === 'drift');

interface Expectation {
  readonly lock: Lock;
  /** Every object that the lock knows of any version. */
  readonly known: ExpectedObjects;
  readonly texts: Texts;
}

function compareAt({ lock, known, texts }: Expectation, version: Version, snapshot: Snapshot): Comparison {
  const wanted = expectedAt(lock, version);
  const options = { ignore: lock.options.ignore, texts, accepted: {} };
  const comparison = withoutVarying(diff(wanted, snapshot, options), lock, version);
  const differences = comparison.differences.map((difference): Difference => {
    const isOfAnother = difference.kind === 'extra' && known.has(difference.object);
    return isOfAnother ? { ...difference, severity: 'drift' } : difference;
  });
  return { ...comparison, differences };
}

/** Every object that the lock knows of any version. */
export function everKnown(lock: Lock): ExpectedObjects {
  const objects = new Map(
    Object.entries(lock.baseline.objects).map(([name, object]) => [name, expected(object)]),
  );
  for (const { delta } of Object.values(lock.migrations)) {
    for (const [name, object] of Object.entries(delta.added)) objects.set(name, expected(object));
  }
  return objects;
}

/** Whether the lock knows a table, of any version; without a lock none is known. */
export function knowsTable(lock: Lock | null): (table: string) => boolean {
  const known = lock === null ? null : everKnown(lock);
  return (table) => known?.has(`table ${table}`) ?? false;
}

/** The relations among a snapshot's objects, or among some of them, for a person to see what was found. */
export function relationsAmong(objects: Iterable<string>): FoundRelation[] {
  return [...objects].flatMap((object) => {
    const kind = kindOf(object);
    const name = object.slice(kind.length + 1);
    const [, schema = '', relation = ''] = /^((?:"(?:[^"]|"")*"|[^."]+))\.(.*)$/s.exec(name) ?? [];
    return isRelationKind(kind) ? [{ schema, name: relation, kind }] : [];
  });
}
