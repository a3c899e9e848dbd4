import type { LockedObject, LockedObjects } from '../schema/compare/index.ts';
import { isSameZone } from '../schema/compare/zone.ts';
import type { Lock } from './lockfile.ts';

/**
 * A lock as it is compared with what sessions of a time zone make: what follows the zone is verified as a whole where
 * that is the one that it was made in; pure.
 *
 * @param zone TimeZone of the sessions; null: not known.
 */
export function lockInZone(lock: Lock, zone: string | null): Lock {
  const { baseline, migrations } = lock;
  const objects = inZone(zone);
  return {
    ...lock,
    baseline: { ...baseline, objects: objects(baseline.objects) },
    migrations: Object.fromEntries(
      Object.entries(migrations).map(([version, migration]) => {
        const { delta } = migration;
        const { added, changed } = delta;
        return [
          version,
          { ...migration, delta: { ...delta, added: objects(added), changed: objects(changed) } },
        ];
      }),
    ),
  };
}

const inZone =
  (zone: string | null) =>
  (objects: LockedObjects): LockedObjects => {
    const entries = Object.entries(objects);
    return entries.some(([, object]) => isZoned(object))
      ? Object.fromEntries(entries.map(([name, object]) => [name, objectIn(object, zone)]))
      : objects;
  };

const isZoned = (object: LockedObject): boolean => typeof object !== 'string' && object.zoned !== undefined;

function objectIn(object: LockedObject, zone: string | null): LockedObject {
  if (typeof object === 'string' || !object.zoned || !isSameZone(object.zoned.zone, zone)) return object;
  const { text, facets } = object.zoned;
  return { text, facets };
}
