import { blockedBy, type LockedTable } from '../impact/index.ts';
import { tableSizes } from '../inspect/table-sizes.ts';
import type { Run } from '../migrate/index.ts';
import { knownImpact } from '../migrate/max-lock.ts';
import type { Version } from '../migrations/index.ts';
import type { Plan } from '../plan/index.ts';

/** By version; what locks nothing that somebody uses is absent. */
export type PlannedLocks = ReadonlyMap<Version, readonly LockedTable[]>;

/**
 * What the planned migrations lock, by what the lock file says, with the sizes that the tables have now. Of an empty
 * database nothing is asked: nobody uses what this very run would make.
 */
export async function plannedLocks(run: Run, { from, steps }: Plan & { kind: 'run' }): Promise<PlannedLocks> {
  if (from === null) return new Map();
  const found = steps.flatMap(({ migration }) => {
    const locked = [...(knownImpact(run.lock, migration) ?? [])].filter(
      ([, { mode, work }]) => blockedBy(mode).writes || work !== 'none',
    );
    return locked.length === 0 ? [] : [{ version: migration.version, locked }];
  });
  const sizes = await tableSizes(run, [
    ...new Set(found.flatMap(({ locked }) => locked.map(([name]) => name))),
  ]);
  return new Map(
    found.map(({ version, locked }) => [
      version,
      locked.map(([relation, { mode, work }]) => ({
        relation,
        lock: mode,
        work,
        ...(sizes.get(relation) ?? { bytes: null, rows: null }),
      })),
    ]),
  );
}
