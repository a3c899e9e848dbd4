import { offersTimescale } from './diff-timescale.ts';
import type { Kept } from './lock-renewal.ts';
import { keepSpellings } from './lock-spellings.ts';
import { deltaBetween, type Lock, type LockOptions, lockFormat, lockObjects } from './lockfile.ts';
import type { MigrationSet } from './model.ts';
import type { Replayed } from './replay.ts';
import { snapshotFormat } from './snapshot/snapshot.ts';

/**
 * The lock of files as a shadow made them, with what the locks of before know of other servers; pure.
 *
 * @param kept what it takes over; null where there was no lock.
 * @param app its name, where the configuration gives one.
 */
export function renewedLock(
  set: MigrationSet,
  replayed: readonly Replayed[],
  kept: Kept | null,
  app: string | null,
): Lock {
  const options = kept?.options ?? { ignore: [], privileges: false };
  const made = lockOf(set, replayed, options, app ?? kept?.app ?? 'default');
  const head = replayed.at(-1);
  if (!head) return made;
  const side = { major: head.major, hasTimescale: offersTimescale(head.after) };
  return (kept?.locks ?? []).reduce((lock, old) => keepSpellings(lock, old, side), made);
}

/** The lock of files as a shadow made them. */
function lockOf(set: MigrationSet, replayed: readonly Replayed[], options: LockOptions, app: string): Lock {
  const first = replayed.find(({ migration }) => migration.kind === 'baseline');
  const before = replayed[0]?.before;
  const migrations = replayed
    .filter(({ migration }) => migration.kind === 'migration')
    .map(({ migration: { version, source, down }, before, after }) => [
      version,
      { checksum: source.checksum, down: down?.source.checksum ?? null, delta: deltaBetween(before, after) },
    ]);
  return {
    format: lockFormat,
    snapshotFormat,
    app,
    options,
    baseline: {
      version: set.baseline?.version ?? null,
      checksum: set.baseline?.source.checksum ?? null,
      objects: first ? lockObjects(first.after) : before ? lockObjects(before) : {},
    },
    migrations: Object.fromEntries(migrations),
    superseded: set.superseded,
  };
}
