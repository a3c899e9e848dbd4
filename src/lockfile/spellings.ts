import type { Version } from '../migrations/index.ts';
import { hashText, nameOf, parentOf } from '../schema/catalog/index.ts';
import {
  canHave,
  type Delta,
  expected,
  type LockedObject,
  type LockedObjects,
  needsTimescale,
  type Side,
} from '../schema/compare/index.ts';
import type { Lock } from './lockfile.ts';

/**
 * A new lock with what an old one knows of other servers: the facets that the server of the new one cannot have. They
 * are kept as long as the files up to the version that made the object are those of the old lock, and so are its text
 * and the facets that both have.
 *
 * @param side the server that the new lock was made on.
 */
export function keepSpellings(made: Lock, old: Lock, side: Side): Lock {
  const { baseline } = made;
  let isSame = baseline.version === old.baseline.version && baseline.checksum === old.baseline.checksum;
  if (!isSame) return made;
  const start = { added: baseline.objects, changed: {}, removed: [] };
  const { added: objects } = keepOf(start, { ...start, added: old.baseline.objects }, new Map(), side);
  const now = new Map(Object.entries(baseline.objects));
  const elsewhere = new Set(Object.keys(objects).filter((name) => !now.has(name)));
  const before = versionsOf(old);
  const migrations = versionsOf(made).map((version, at) => {
    const locked = made.migrations[version] as Lock['migrations'][Version];
    const was = old.migrations[version];
    isSame &&= before[at] === version && was?.checksum === locked.checksum;
    apply(now, locked.delta);
    const kept = isSame && was ? keepOf(locked.delta, was.delta, now, side) : locked.delta;
    const removed = [...kept.removed, ...lostWith(locked.delta.removed, elsewhere)];
    for (const name of Object.keys(kept.added)) if (!now.has(name)) elsewhere.add(name);
    for (const name of removed) elsewhere.delete(name);
    return [version, { ...locked, delta: { ...kept, removed: [...new Set(removed)].sort() } }] as const;
  });
  return {
    ...made,
    baseline: { ...baseline, objects },
    migrations: Object.fromEntries(migrations),
  };
}

/** Of objects that only other servers have, those whose column or relation is removed. */
function lostWith(removed: readonly string[], elsewhere: ReadonlySet<string>): string[] {
  const names = new Set(removed.map(nameOf));
  return [...elsewhere].filter((object) => names.has(nameOf(object)) || names.has(parentOf(object) ?? ''));
}

const versionsOf = ({ migrations }: Lock): Version[] => Object.keys(migrations).sort();

function apply(objects: Map<string, LockedObject>, { added, changed, removed }: Delta): void {
  for (const name of removed) objects.delete(name);
  for (const [name, object] of Object.entries({ ...added, ...changed })) objects.set(name, object);
}

/**
 * What one version makes, with what the old lock says of it on other servers.
 *
 * @param now the objects after it, as the new lock has them.
 */
function keepOf(made: Delta, old: Delta, now: ReadonlyMap<string, LockedObject>, side: Side): Delta {
  const touched = { ...made.added, ...made.changed };
  const keepIn = (mine: LockedObjects, theirs: LockedObjects): LockedObjects => {
    const kept = Object.entries(theirs).flatMap(([name, was]): [string, LockedObject][] => {
      if (mine[name] !== undefined) return [[name, keepFacets(mine[name], was, side)]];
      if (touched[name] !== undefined) return [];
      return keepUntouched(name, now.get(name), was, side).map((object) => [name, object]);
    });
    return sorted({ ...mine, ...Object.fromEntries(kept) });
  };
  const isGone = (name: string): boolean => !now.has(name) && touched[name] === undefined;
  return {
    ...made,
    added: keepIn(made.added, old.added),
    changed: keepIn(made.changed, old.changed),
    // An object that only other servers have is removed there alone.
    removed: [...made.removed, ...old.removed.filter(isGone)],
  };
}

/** An object that a version changes, or makes, on other servers alone: in its facets, or because it is nothing else. */
function keepUntouched(
  name: string,
  mine: LockedObject | undefined,
  old: LockedObject,
  side: Side,
): LockedObject[] {
  if (mine === undefined) return isOnlyElsewhere(name, old, side) ? [old] : [];
  const kept = keepFacets(mine, old, side);
  return kept === mine ? [] : [kept];
}

/** Whether an object is nothing but facets that this server cannot have, or needs an extension that it does not offer. */
function isOnlyElsewhere(name: string, object: LockedObject, side: Side): boolean {
  const { hash, facets } = expected(object);
  if (!side.hasTimescale && needsTimescale(name, facets)) return true;
  return hash === hashText('') && !Object.keys(facets).some((facet) => canHave(side, facet));
}

/** An object with the facets that only other servers have of it; as it is where it is not the same object. */
function keepFacets(mine: LockedObject, old: LockedObject, side: Side): LockedObject {
  const [now, was] = [expected(mine), expected(old)];
  const isOther = Object.entries(now.facets).some(
    ([facet, hash]) => was.facets[facet] !== undefined && was.facets[facet] !== hash,
  );
  if (now.hash !== was.hash || isOther) return mine;
  const kept = Object.entries(was.facets).filter(
    ([facet]) => now.facets[facet] === undefined && !canHave(side, facet),
  );
  return kept.length === 0
    ? mine
    : {
        ...(typeof mine === 'string' ? { text: mine } : mine),
        facets: sorted({ ...now.facets, ...Object.fromEntries(kept) }),
      };
}

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
