import { basename, dirname } from 'node:path';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import { supersededFolder } from '../migrations/read.ts';
import type { Lock } from './lockfile.ts';

/** One thing in which the lock and the files disagree. */
export interface LockProblem {
  readonly file: string;
  readonly message: string;
  readonly remedy: string;
}

const renew = 'If you mean that: slipway check --write, and commit the lock with it.';
export const restamp = (file: string): string => `Give it a newer version: slipway new --restamp ${file}`;

const restore = 'restore the lock file from version control, then: slipway check --write';

/**
 * What to do about a file at or below the baseline that no lock lists as squashed into it.
 *
 * @param file its path.
 * @param isLockThere whether there is a lock at all: it alone knows what a squash took in.
 */
export function remedyBelowBaseline(file: string, isLockThere: boolean): string {
  if (basename(dirname(file)) === supersededFolder(''))
    return `A squash put it there, and the lock alone lists what was squashed: ${restore}`;
  return isLockThere
    ? restamp(file)
    : `If a squash took it into the baseline, the lock alone knows: ${restore}. If a branch was merged late, give it a newer version: slipway new --restamp ${file}`;
}

/**
 * Files that came too late, which no new lock puts right.
 *
 * @param known the versions that the lock knows so far.
 */
export function lateFiles(
  { baseline, migrations, superseded }: MigrationSet,
  known: readonly Version[],
  allowOutOfOrder: boolean,
): LockProblem[] {
  const taken = new Set(superseded.map(({ version }) => version));
  const present = new Set(migrations.map(({ version }) => version));
  const isKnown = new Set(known);
  const newest = known.filter((version) => present.has(version)).at(-1) ?? '';
  return migrations.flatMap(({ version, source: { path } }): LockProblem[] => {
    if (isBelow(baseline, version)) {
      const message = 'it is not newer than the baseline, and the baseline does not include it';
      return taken.has(version)
        ? []
        : [{ file: path, message, remedy: remedyBelowBaseline(path, known.length > 0) }];
    }
    if (isKnown.has(version) || version > newest || allowOutOfOrder) return [];
    const message = `it is older than ${newest}, which the lock lists already: two branches were merged`;
    return [{ file: path, message, remedy: restamp(path) }];
  });
}

/**
 * Whether a squash was cut off when it had written the lock, and not yet the baseline: the lock is that of a baseline
 * at head, which supersedes the one that is there.
 */
export function isCutOff(
  { baseline: locked, superseded }: Lock,
  { baseline, migrations, head }: MigrationSet,
): boolean {
  const last = baseline ?? migrations[0];
  return (
    locked.version === head &&
    locked.version !== baseline?.version &&
    superseded.some(({ version }) => version === last?.version)
  );
}

/** What to do about a squash that was cut off. */
export const cutOff = (lock: Lock, { baseline }: MigrationSet): LockProblem => ({
  file: baseline?.source.path ?? 'the baseline',
  message: `a squash was interrupted: the lock is for the baseline ${lock.baseline.version}, which was not written`,
  remedy: 'Run it again to finish it: slipway squash',
});

/** Holds the lock against the files. */
export function lockProblems(lock: Lock, { baseline, migrations }: MigrationSet): LockProblem[] {
  const problems: LockProblem[] = [];
  if ((baseline?.version ?? null) !== lock.baseline.version) {
    problems.push({
      file: baseline?.source.path ?? 'the baseline',
      message: `the baseline is ${baseline?.version ?? 'absent'}, but the lock has ${lock.baseline.version ?? 'none'}`,
      remedy: renew,
    });
  } else if (baseline && baseline.source.checksum !== lock.baseline.checksum) {
    problems.push({
      file: baseline.source.path,
      message: 'the baseline was edited since the lock was written',
      remedy: `Databases that have it do not change with it: write the change as a migration, slipway new NAME. ${renew}`,
    });
  }
  for (const { version, source, down } of migrations.filter(({ version }) => !isBelow(baseline, version))) {
    const locked = lock.migrations[version];
    if (!locked) {
      const remedy = 'Renew the lock: slipway check --write, and commit it.';
      problems.push({ file: source.path, message: 'it is missing from the lock file', remedy });
    } else if (locked.checksum !== source.checksum) {
      problems.push({
        file: source.path,
        message: 'it was edited since the lock was written',
        remedy: `A database that has it refuses it (82): restore it, and write the change as a new migration. ${renew}`,
      });
    } else if (locked.down !== (down?.source.checksum ?? null)) {
      problems.push({
        file: down?.source.path ?? source.path,
        message: 'its down file was edited, added or removed since the lock was written',
        remedy: renew,
      });
    }
  }
  const files = new Set(migrations.map(({ version }) => version));
  const lost = Object.keys(lock.migrations).filter((version) => !files.has(version));
  return [
    ...problems,
    ...lost.map((version) => ({
      file: version,
      message: 'the lock lists it, but its file is missing',
      remedy: `Restore it: a migration that was applied stays. ${renew}`,
    })),
  ];
}

const isBelow = (baseline: Migration | null, version: Version): boolean =>
  baseline !== null && version <= baseline.version;
