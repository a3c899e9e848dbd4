import { type LockLimit, noAllowance, SlipwayError } from '../core/index.ts';
import { allowsAll, describeExcess, excessOf, formatLockLimit, parseImpact } from '../impact/index.ts';
import type { Lock } from '../lockfile/index.ts';
import type { Migration } from '../migrations/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Script } from '../sql/index.ts';
import type { Run } from './run.ts';

/** The limit that a file is held to; null where there is none, and where it allows itself everything. */
export const limitOf = (
  { config }: Pick<Run, 'config'>,
  { directives }: Pick<Script, 'directives'>,
): LockLimit | null => (allowsAll(directives.allow ?? noAllowance) ? null : config.maxLock);

/**
 * The planned files that lock more than SLIPWAY_MAX_LOCK, by what the lock file says that they lock, and more than they
 * allow themselves. What the database lacks does not count: nobody waits for a table that this very run makes.
 *
 * @returns a failure for each (65); (78) where it is not known what a file locks. On a database without a ledger that is
 *   left to whoever looks before COMMIT: old files must not keep a new database from being made.
 */
export async function beyondLimit(
  run: Run,
  { from, steps }: Plan & { kind: 'run' },
): Promise<SlipwayError[]> {
  const { lockfile } = run.config;
  const limited = steps.flatMap(({ migration }) => {
    const limit = limitOf(run, migration);
    return limit === null || migration.kind === 'baseline' ? [] : [{ migration, limit }];
  });
  if (limited.length === 0) return [];
  const { earlierRelations } = await import('./earlier-relations.ts');
  const there = new Set([...(await earlierRelations(run)).values()].map(({ name }) => name));
  return limited.flatMap(({ migration, limit }): SlipwayError[] => {
    const impact = knownImpact(run.lock, migration);
    const place = { file: migration.source.path };
    if (impact === null) {
      if (from === null) return [];
      return [
        new SlipwayError({
          exit: 'config',
          place,
          message: `SLIPWAY_MAX_LOCK is ${formatLockLimit(limit)}, and ${lockfile} does not say what this file locks`,
          remedy:
            'Renew the lock where the migrations are, and commit it: slipway check --write. Where that cannot tell either: -- slipway: allow access-exclusive, rewrite. For this run alone: SLIPWAY_MAX_LOCK=none.',
        }),
      ];
    }
    const found = new Map([...impact].filter(([relation]) => there.has(relation)));
    const excess = excessOf(found, limit, migration.directives.allow);
    if (excess.length === 0) return [];
    return [new SlipwayError({ exit: 'migration', place, ...describeExcess(excess, limit) })];
  });
}

/** What the lock says that a file locks; null where it does not, or speaks of another file. */
export function knownImpact(
  lock: Lock | null,
  { version, source }: Migration,
): ReturnType<typeof parseImpact> {
  const locked = lock?.migrations[version];
  return locked?.impact !== undefined && locked.checksum === source.checksum
    ? parseImpact(locked.impact)
    : null;
}
