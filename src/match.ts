import { type Comparison, diff, type ExpectedObjects, kindOf, type Texts } from './diff.ts';
import { expected, expectedAt, type Lock, lockedVersions } from './lockfile.ts';
import type { FoundRelation, Match, Version } from './model.ts';
import { traitsOf } from './schema/kinds.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

/** What of the lock's objects, at any version, a database has: what makes it not empty for this app. */
export function ownObjects(lock: Lock, snapshot: Snapshot): string[] {
  return [...everKnown(lock).keys()].filter(
    (object) => !traitsOf(kindOf(object)).isIncidental && snapshot.has(object),
  );
}

/** Finds the version whose schema a database has. An object that the lock knows of another version only must be absent. */
export function findMatch(lock: Lock, snapshot: Snapshot, texts: Texts): Match {
  const known = everKnown(lock);
  const candidates = lockedVersions(lock).map((version) => ({
    version,
    ...compareAt(lock, version, snapshot, known, texts),
  }));
  const versions = candidates.filter(({ distance }) => distance === 0).map(({ version }) => version);
  const [only, ...more] = versions;
  if (only !== undefined)
    return more.length === 0 ? { kind: 'one', version: only } : { kind: 'several', versions };
  const closest = candidates.reduce((best, next) => (next.distance <= best.distance ? next : best));
  return { kind: 'none', closest: closest.version, comparison: closest.comparison };
}

/** Compares a schema with that of a version, whatever else the lock knows. */
export const compareWith = (lock: Lock, version: Version, snapshot: Snapshot, texts: Texts): Comparison =>
  compareAt(lock, version, snapshot, everKnown(lock), texts).comparison;

function compareAt(
  lock: Lock,
  version: Version,
  snapshot: Snapshot,
  known: ExpectedObjects,
  texts: Texts,
): { comparison: Comparison; distance: number } {
  const wanted = expectedAt(lock, version);
  const comparison = diff(wanted, snapshot, { ignore: lock.options.ignore, texts, accepted: {} });
  const material = comparison.differences.filter(
    ({ kind, object, severity }) =>
      !traitsOf(kindOf(object)).isImmaterial &&
      (kind !== 'extra' || severity === 'drift' || (known.has(object) && !wanted.has(object))),
  );
  return { comparison: { ...comparison, differences: material }, distance: material.length };
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

const relationKinds: Readonly<Record<string, FoundRelation['kind']>> = {
  table: 'table',
  view: 'view',
  'materialized view': 'materialized view',
};

/** The relations among a snapshot's objects, or among some of them, for a person to see what was found. */
export function relationsAmong(objects: Iterable<string>): FoundRelation[] {
  return [...objects].flatMap((object) => {
    const kind = kindOf(object);
    const name = object.slice(kind.length + 1);
    const [, schema = '', relation = ''] = /^((?:"(?:[^"]|"")*"|[^."]+))\.(.*)$/s.exec(name) ?? [];
    const known = relationKinds[kind];
    return known ? [{ schema, name: relation, kind: known }] : [];
  });
}
