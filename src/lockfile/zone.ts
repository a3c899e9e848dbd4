import type { LockedObject, LockedObjects } from '../schema/compare/index.ts';
import { isSameZone } from '../schema/compare/zone.ts';
import type { Lock } from './lockfile.ts';

/**
 * A lock as it is compared with what sessions of a time zone make: what follows the zone is verified as a whole where
 * that is the one that it was made in.
 *
 * @param zone TimeZone of the sessions; null: not known.
 */
export function lockInZone(lock: Lock, zone: string | null): Lock {
  const { baseline, migrations } = lock;
  // A start reads the lock of any length: without such an object nothing is copied.
  const zoned = Object.entries(migrations).filter(
    ([, { delta }]) => hasZoned(delta.added) || hasZoned(delta.changed),
  );
  if (zoned.length === 0 && !hasZoned(baseline.objects)) return lock;
  const within = zoned.map(([version, migration]) => {
    const { delta } = migration;
    const inside = { added: inZone(delta.added, zone), changed: inZone(delta.changed, zone) };
    return [version, { ...migration, delta: { ...delta, ...inside } }] as const;
  });
  return {
    ...lock,
    baseline: { ...baseline, objects: inZone(baseline.objects, zone) },
    migrations: { ...migrations, ...Object.fromEntries(within) },
  };
}

function hasZoned(objects: LockedObjects): boolean {
  for (const name in objects) {
    const object = objects[name];
    if (typeof object === 'object' && object.zoned !== undefined) return true;
  }
  return false;
}

const inZone = (objects: LockedObjects, zone: string | null): LockedObjects =>
  Object.fromEntries(Object.entries(objects).map(([name, object]) => [name, objectIn(object, zone)]));

function objectIn(object: LockedObject, zone: string | null): LockedObject {
  if (typeof object === 'string' || !object.zoned || !isSameZone(object.zoned.zone, zone)) return object;
  const { text, facets } = object.zoned;
  return { text, facets };
}
