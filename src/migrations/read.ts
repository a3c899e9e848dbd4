import { join } from 'node:path';
import { fileNames, namesWithin, readBytes, reasonOf, regularFile, SlipwayError } from '../core/index.ts';
import type { Script, Source } from '../sql/index.ts';
import { readHeader } from './directives.ts';
import { isLarge, LargeFile } from './large-file.ts';
import type { Listing } from './listing.ts';
import type { Migration, MigrationSet, Version } from './migration.ts';
import { isCandidate, isMigration, isMoment, readName } from './names.ts';
import { decodeSource } from './source.ts';

/** A directory entry of `migrations/`, or the baseline, with its bytes. */
export interface FoundFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: Buffer | LargeFile;
}

export interface FilePaths {
  readonly migrations: string;
  readonly baseline: string;
}

/** Whether the lock lists a version already. */
export type IsListed = (version: Version) => boolean;

const nothingListed: IsListed = () => false;

/** Where a squash moves the files that the baseline took in; databases that were left behind still need them. */
export const supersededFolder = (migrations: string): string => join(migrations, superseded);
const superseded = 'superseded';

/** A file is read when it is asked for, which is after its name was judged. */
const found = (folder: string, names: readonly string[]): FoundFile[] =>
  names.filter(isCandidate).map((name) => {
    const path = join(folder, name);
    return {
      path,
      name,
      get bytes() {
        return readRequired(path);
      },
    };
  });

/** The names of what lies where the migrations are; nothing is opened. @throws SlipwayError (66) for what is no folder. */
export const listMigrations = ({ migrations }: FilePaths): Listing => ({
  migrations: listDirectory(migrations),
  superseded: listDirectory(supersededFolder(migrations)),
});

/**
 * Reads everything the image carries: `migrations/`, what is in its folder `superseded/`, and the baseline.
 *
 * @throws SlipwayError (66) for what is absent, unreadable or of the wrong kind; (65) for what cannot be read as a
 *   migration.
 */
export function readMigrationSet(
  paths: FilePaths,
  isListed: IsListed = nothingListed,
  listing: Listing = listMigrations(paths),
): MigrationSet {
  const baseline = readOptional(paths.baseline);
  if (listing.migrations === null && baseline === null) {
    throw new SlipwayError({
      exit: 'files',
      message: `neither ${paths.migrations}/ nor ${paths.baseline} exists`,
      remedy:
        'Copy or mount them into the image, or name them with SLIPWAY_MIGRATIONS and SLIPWAY_BASELINE (relative to the working directory).',
    });
  }
  refuseNested(paths.migrations, listing.migrations ?? []);
  const files = [
    ...found(paths.migrations, listing.migrations ?? []),
    ...found(supersededFolder(paths.migrations), listing.superseded ?? []),
  ];
  return assemble(
    baseline === null ? null : { path: paths.baseline, name: '', bytes: baseline },
    files,
    isListed,
  );
}

/** Migrations lie in one folder: what lies deeper would be passed over in silence. Hidden folders are others' (`..data`). */
function refuseNested(migrations: string, names: readonly string[]): void {
  const folders = names.filter((name) => !isCandidate(name) && !name.startsWith('.') && name !== superseded);
  for (const name of folders) {
    const folder = join(migrations, name);
    const nested = namesWithin(folder).find(isMigration);
    if (nested === undefined) continue;
    throw new SlipwayError({
      exit: 'migration',
      place: { file: join(folder, nested) },
      message: 'a migration is in a folder of its own, which is not read',
      remedy: `Move it to ${migrations}/. What is no migration belongs elsewhere.`,
    });
  }
}

/** As `readMigrationSet`; of a project that has no file yet, an empty set. */
export function readMigrationSetIfAny(paths: FilePaths, isListed: IsListed = nothingListed): MigrationSet {
  const listing = listMigrations(paths);
  const isThere =
    hasBaseline(paths) || [listing.migrations, listing.superseded].some((names) => names?.some(isCandidate));
  return isThere
    ? readMigrationSet(paths, isListed, listing)
    : { baseline: null, migrations: [], superseded: [], head: '' };
}

/** Whether there is a baseline; it is not opened. @throws SlipwayError (66) where something else stands there. */
export const hasBaseline = ({ baseline }: FilePaths): boolean => ifThere(baseline, regularFile) !== null;

/** The version of the baseline's file; null where there is none. @throws SlipwayError (65, 66). */
export function readBaselineVersion(paths: FilePaths, isListed: IsListed): Version | null {
  const bytes = readOptional(paths.baseline);
  return bytes && readBaseline({ path: paths.baseline, name: '', bytes }, isListed).version;
}

/**
 * Makes the set of migrations from files' names and bytes.
 *
 * @param isListed whether the lock lists a version already: that one need not be a moment in time.
 * @throws SlipwayError (65) for a name without a version, two files with one version, a down file without its
 *   migration, a baseline that does not say its version, or content that cannot be read as one.
 */
export function assemble(
  baseline: FoundFile | null,
  files: readonly FoundFile[],
  isListed: IsListed = nothingListed,
): MigrationSet {
  const ups = new Map<string, Migration>();
  const downs = new Map<string, Script & { version: string }>();
  for (const file of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { version, name, isDown, format } = readName(file.path, file.name, isListed);
    const source = decodeSource(file.path, file.bytes);
    const { directives } = readHeader(source);
    if (isDown) {
      const other = downs.get(version);
      if (other) throw sameVersion(version, other.source.path, file.path);
      downs.set(version, { version, format, source, directives });
      continue;
    }
    const other = ups.get(version);
    if (other) throw sameVersion(version, other.source.path, file.path);
    ups.set(version, {
      kind: 'migration',
      version,
      name,
      format,
      source,
      directives,
      down: null,
    });
  }
  for (const [version, { version: _, ...down }] of downs) {
    const up = ups.get(version);
    if (!up) {
      throw new SlipwayError({
        exit: 'migration',
        place: { file: down.source.path },
        message: 'this is the down file of a migration that does not exist',
        remedy: `Add ${down.source.path.replace(/\.down\.(\w+)$/, '.$1')}, or remove this file.`,
      });
    }
    ups.set(version, { ...up, down });
  }
  const migrations = [...ups.values()].sort((a, b) => (a.version < b.version ? -1 : 1));
  const start = baseline && readBaseline(baseline, isListed);
  const newest = [start, migrations.at(-1)].flatMap((migration) => migration?.version ?? []).sort();
  const head = newest.at(-1);
  if (head === undefined) {
    throw new SlipwayError({
      exit: 'files',
      message: 'there is no baseline and no migration',
      remedy: 'Add sql/baseline.sql, or make a first migration: slipway new NAME',
    });
  }
  return { baseline: start, migrations, superseded: [], head };
}

function readBaseline(file: FoundFile, isListed: IsListed): Migration {
  const source = decodeSource(file.path, file.bytes);
  const { directives, version } = readHeader(source);
  if (version === null) {
    throw new SlipwayError({
      exit: 'migration',
      place: { file: file.path, line: 1 },
      message: 'the baseline does not name its version',
      remedy: 'Begin it with a line such as `-- slipway: version 20251127101038`.',
    });
  }
  if (!isMoment(version) && !isListed(version)) {
    throw new SlipwayError({
      exit: 'migration',
      place: { file: file.path },
      message: `the baseline's version ${version} is not a valid date and time`,
      remedy: 'Write 14 digits, UTC yyyymmddhhmmss, such as `-- slipway: version 20251127101038`.',
    });
  }
  return { kind: 'baseline', version, name: 'baseline', format: 'sql', source, directives, down: null };
}

function sameVersion(version: string, first: string, second: string): SlipwayError {
  return new SlipwayError({
    exit: 'migration',
    place: { file: second },
    message: `version ${version} is already taken by ${first}`,
    remedy: `Give one of them a new version: slipway new --restamp ${second}`,
  });
}

const listDirectory = (path: string): string[] | null => ifThere(path, fileNames);

/**
 * Reads one SQL file that somebody named.
 *
 * @throws SlipwayError (66) where it is absent or unreadable, (65) where it is no text.
 */
export function readSource(path: string): Source {
  const source = readSourceIfThere(path);
  if (source) return source;
  throw new SlipwayError({
    exit: 'files',
    place: { file: path },
    message: 'there is no such file',
    remedy: 'Name it as it is, relative to the working directory.',
  });
}

/** As `readSource`; null where nothing is there. @throws SlipwayError (66) for what is unreadable, (65) for no text. */
export function readSourceIfThere(path: string): Source | null {
  const bytes = readOptional(path);
  return bytes && decodeSource(path, bytes);
}

const readOptional = (path: string): Buffer | LargeFile | null => ifThere(path, readScript);

function readRequired(path: string): Buffer | LargeFile {
  try {
    return readScript(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readScript(path: string): Buffer | LargeFile {
  const stats = regularFile(path);
  return (isLarge(stats.size) ? LargeFile.read(path) : null) ?? readBytes(path, 'script', stats);
}

/** null where there is nothing. @throws SlipwayError (66) for what is unreadable. */
function ifThere<T>(path: string, inspection: (path: string) => T): T | null {
  try {
    return inspection(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): SlipwayError {
  const { message, remedy } =
    (cause as NodeJS.ErrnoException).code === 'ENOTDIR'
      ? {
          message: 'a file stands where a directory should be',
          remedy:
            'Remove the file, or name the right folder: SLIPWAY_MIGRATIONS names the folder, not a file in it.',
        }
      : reasonOf(cause);
  return new SlipwayError({ exit: 'files', place: { file: path }, message, remedy }, { cause });
}
