import { dirname } from 'node:path';
import type { Config } from '../config/index.ts';
import { Problems, SlipwayError } from '../core/index.ts';
import { isListedIn, readLock } from '../lockfile/index.ts';
import { readMigrationSetIfAny, readSource, readSourceIfThere } from '../migrations/read.ts';
import { platformFile } from '../shadow/index.ts';
import { unreadableFiles, type Watched, watchedOf } from './watched.ts';

/**
 * Reads the files of a project; what is wrong with them is what they say.
 *
 * @param from the file of a desired schema; null: the newest migration is watched.
 */
export function readWatched(config: Config, from: string | null): Watched {
  const problems = new Problems();
  const lock = problems.attempt(() => readLock(config.lockfile));
  const isListed = lock === undefined ? () => true : isListedIn(lock);
  const set = problems.attempt(() => readMigrationSetIfAny(config, isListed));
  const platform = problems.attempt(() => readSourceIfThere(platformFile(config)));
  const desired = problems.attempt(() => (from === null ? null : readSource(from)));
  if (set === undefined || lock === undefined || platform === undefined || desired === undefined)
    return unreadableFiles(failureOf(problems));
  return watchedOf({ set, lock, platform, desired });
}

/** The folders whose files are read. */
export const foldersOf = (config: Config, from: string | null): string[] => [
  config.migrations,
  dirname(config.baseline),
  dirname(config.lockfile),
  ...(from === null ? [] : [dirname(from)]),
];

function failureOf(problems: Problems): SlipwayError['failure'] {
  try {
    problems.throwAny();
  } catch (error) {
    if (error instanceof SlipwayError) return error.failure;
    throw error;
  }
  throw new Error('files that could not be read have no problem');
}
