import { basename, dirname, join } from 'node:path';
import type { App } from '../app/index.ts';
import { prepareToWrite } from '../app/index.ts';
import { SlipwayError } from '../core/index.ts';
import { createFiles, replaceFile } from '../core/replace-file.ts';
import { isListedIn, readLock } from '../lockfile/index.ts';
import { readHeader } from '../migrations/directives.ts';
import { downOf, isCandidate, namesOf, readName, versionBefore } from '../migrations/names.ts';
import { listMigrations, readSource, readSourceIfThere } from '../migrations/read.ts';
import { parseSql, type Source } from '../sql/index.ts';
import { runsAsItIs } from '../sql/lint.ts';
import { outsideOf, splitGroups, splitProblem } from './groups.ts';
import { textsOf } from './texts.ts';
import { versionsFor } from './versions.ts';

/** A file that another becomes. */
export interface SplitFile {
  readonly file: string;
  readonly text: string;
}

/** What a file becomes. */
export interface SplitResult {
  /** In order; the first has the name of the file. */
  readonly files: readonly SplitFile[];
  /** The file that undoes it, which stays as it is; null where there is none. */
  readonly down: string | null;
}

/**
 * Splits a migration's SQL file.
 *
 * @param isWritten whether the files are written: the later ones first, so that a kill leaves a file that is refused.
 * @throws SlipwayError (64) for what is no migration or runs as it is, (65) for what cannot be split, (66) where files
 *   cannot be read or written, (82) where the lock lists the version.
 */
export function splitFile(app: App, file: string, isWritten: boolean): SplitResult {
  const { config } = app;
  const source = readSource(file);
  const { version, name, isDown, format } = readName(file, basename(file), () => false);
  if (isDown || format !== 'sql') throw noMigration(file);
  const lock = readLock(config.lockfile);
  if (lock && isListedIn(lock)(version)) throw isListed(file, config.lockfile);
  const texts = textsFor(source);
  const folder = dirname(file);
  const listing = listMigrations(config);
  const others = [...(listing.migrations ?? []), ...(listing.superseded ?? [])].filter(isCandidate);
  const taken = others.flatMap((other) => versionBefore(other) ?? []).filter((other) => other !== version);
  const versions = versionsFor(version, texts.length, { taken, file });
  const files = texts.map((text, at) => ({
    file: at === 0 ? file : join(folder, namesOf(versions[at] ?? '', `${name}_${at + 1}`).up),
    text,
  }));
  if (isWritten) write(app, files);
  return { files, down: readSourceIfThere(downOf(file)) ? downOf(file) : null };
}

function textsFor(source: Source): string[] {
  const { directives } = readHeader(source);
  const script = parseSql(source);
  const [first] = script.statements;
  if (directives.repeat && first) {
    throw splitProblem(
      script,
      first,
      'a repeated file cannot be split',
      'Make one file of each statement, with the directive repeat in those that are to be repeated.',
    );
  }
  const runsInOne =
    directives.noTransaction || !script.statements.some((statement) => outsideOf(script, statement) !== null);
  if (runsInOne && runsAsItIs({ kind: 'migration', source, directives }, script)) throw runs(source.path);
  const groups = splitGroups(script);
  if (groups.length === 0) throw runs(source.path);
  return textsOf(script, groups);
}

function write(app: App, files: readonly SplitFile[]): void {
  const named = files.map(({ file, text }) => ({ path: file, text, setting: 'SLIPWAY_MIGRATIONS' }));
  prepareToWrite(app, named);
  const [first, ...later] = named;
  createFiles(later);
  if (first) replaceFile(first.path, first.text, first.setting);
}

const noMigration = (file: string): SlipwayError =>
  new SlipwayError({
    exit: 'usage',
    message: `${file} is not the SQL file of a migration`,
    remedy:
      'Name one, e.g. migrations/20251204093000_add_fee_tier.sql. A file that undoes one may be no-transaction.',
  });

const runs = (file: string): SlipwayError =>
  new SlipwayError({
    exit: 'usage',
    message: `${file} runs as it is: there is nothing to split`,
    remedy:
      'Split is for a file with statements that cannot run in a transaction beside others that share one.',
  });

const isListed = (file: string, lockfile: string): SlipwayError =>
  new SlipwayError({
    exit: 'disagree',
    place: { file },
    message: `${lockfile} lists this version: databases may have it`,
    remedy: 'Leave the file as it is, and write what is new as a migration of its own: slipway new NAME.',
  });
