import { deltaBetween, type Lock, type LockOptions, lockFormat, lockObjects } from './lockfile.ts';
import type { MigrationSet } from './model.ts';
import type { Replayed } from './replay.ts';
import { snapshotFormat } from './snapshot/snapshot.ts';

/** The lock of files as a shadow made them; pure. */
export function lockOf(
  set: MigrationSet,
  replayed: readonly Replayed[],
  options: LockOptions,
  app: string,
): Lock {
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
