import { basename } from 'node:path';
import type { Config } from '../config/index.ts';
import { Problems, SlipwayError, throwAll } from '../core/index.ts';
import { type Lock, lockedVersions } from '../lockfile/index.ts';
import { cutOff, isCutOff, type LockProblem, lateFiles, lockProblems } from '../lockfile/problems.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import { versionBefore } from '../migrations/names.ts';
import { readWhatCanBe } from '../migrations/read.ts';
import { parseSql } from '../sql/index.ts';
import { lint } from '../sql/lint.ts';

/** What the files are held against where they cannot be replayed. */
interface Locked {
  /** null where there is none, or it could not be read. */
  readonly lock: Lock | null;
  readonly isListed: (version: Version) => boolean;
}

const noFiles: MigrationSet = { baseline: null, migrations: [], superseded: [], head: '' };

/**
 * Reads the files that are about to be replayed.
 *
 * @param problems that were met before.
 * @throws SlipwayError (65, 66, 83) that tells all that is wrong, with those problems: what cannot be read, what can be
 *   known to fail, and where there is any of it, in what files and lock disagree.
 */
export function readAll(
  config: Config,
  { lock, isListed }: Locked,
  problems: Problems = new Problems(),
): MigrationSet {
  const set = problems.attempt(() => readWhatCanBe(config, { isListed }, problems)) ?? noFiles;
  // Of what could not be read it is not said that it is missing.
  const unread = new Set(problems.files.flatMap((file) => [file, versionBefore(basename(file)) ?? file]));
  const { baseline, migrations } = set;
  const replayed = migrations.filter(({ version }) => baseline === null || version > baseline.version);
  for (const file of baseline ? [baseline, ...replayed] : replayed) problems.attempt(() => lintWhole(file));
  if (!problems.isEmpty && lock && !unread.has(config.baseline)) {
    for (const disagreement of disagreements(lock, set, config.allowOutOfOrder)) {
      const version = versionBefore(basename(disagreement.file));
      if (!unread.has(disagreement.file) && !(version && unread.has(version)))
        problems.add(asFailure(disagreement));
    }
  }
  problems.throwAny();
  return set;
}

/** What a large file says is found when it is replayed: to parse it takes long. @throws SlipwayError (65). */
function lintWhole({ format, kind, source, directives }: Migration): void {
  if (format !== 'sql' || typeof source.text !== 'string') return;
  throwAll(lint({ kind, source, directives }, parseSql(source)));
}

function disagreements(lock: Lock, set: MigrationSet, allowOutOfOrder: boolean): LockProblem[] {
  if (isCutOff(lock, set)) return [cutOff(lock, set)];
  const held = { ...set, superseded: lock.superseded };
  return [...lateFiles(held, lockedVersions(lock), allowOutOfOrder), ...lockProblems(lock, held)];
}

const asFailure = ({ file, message, remedy }: LockProblem): SlipwayError =>
  new SlipwayError({ exit: 'no', place: { file }, message, remedy });
