import { noAllowance, SlipwayError } from '../core/index.ts';
import { allowsAll, describeExcess, excessOf, formatLockLimit, parseImpact } from '../impact/index.ts';
import type { Lock } from '../lockfile/index.ts';
import type { Migration } from '../migrations/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Run } from './run.ts';

/**
 * The planned files that lock more than SLIPWAY_MAX_LOCK, by what the lock file says that they lock, and more than they
 * allow themselves. On an empty database none does: nobody waits for a table that this very run makes.
 *
 * @returns a failure for each (65); (78) where it is not known what a file locks.
 */
export function beyondLimit(
  { config, lock }: Pick<Run, 'config' | 'lock'>,
  { from, steps }: Plan & { kind: 'run' },
): SlipwayError[] {
  const { maxLock, lockfile } = config;
  if (maxLock === null || from === null) return [];
  return steps.flatMap(({ migration }): SlipwayError[] => {
    const { kind, directives, source } = migration;
    const { allow = noAllowance } = directives;
    if (kind === 'baseline' || allowsAll(allow)) return [];
    const impact = knownImpact(lock, migration);
    const place = { file: source.path };
    if (impact === null) {
      return [
        new SlipwayError({
          exit: 'config',
          place,
          message: `SLIPWAY_MAX_LOCK is ${formatLockLimit(maxLock)}, and ${lockfile} does not say what this file locks`,
          remedy:
            'Renew the lock where the migrations are, and commit it: slipway check --write. Where that cannot tell either: -- slipway: allow access-exclusive, rewrite. For this run alone: SLIPWAY_MAX_LOCK=none.',
        }),
      ];
    }
    const excess = excessOf(impact, maxLock, allow);
    if (excess.length === 0) return [];
    return [new SlipwayError({ exit: 'migration', place, ...describeExcess(excess, maxLock) })];
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
