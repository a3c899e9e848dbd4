import { SlipwayError } from '../core/index.ts';
import type { Script, Source } from '../sql/index.ts';
import { readHeader } from './directives.ts';
import { folder } from './folder.ts';
import type { Listing } from './listing.ts';
import type { Migration, MigrationSet, Version } from './migration.ts';
import type { FilePaths, FoundFile, MigrationSource } from './migration-source.ts';
import { isCandidate, isMoment, readName, upOf } from './names.ts';
import { readOptional } from './script-file.ts';
import { decodeSource } from './source.ts';

export { supersededFolder } from './folder.ts';
export type { FilePaths, FoundFile };

/** The source of a project's files: here a layout is chosen. */
const sourceOf = (paths: FilePaths): MigrationSource => folder(paths);

/** Whether the lock lists a version already. */
export type IsListed = (version: Version) => boolean;

const nothingListed: IsListed = () => false;

/**
 * Reads everything the image contains: `migrations/`, what is in its folder `superseded/`, and the baseline.
 *
 * @throws SlipwayError (66) for what is absent, unreadable or of the wrong kind; (65) for what cannot be read as a
 *   migration.
 */
export function readMigrationSet(
  paths: FilePaths,
  isListed: IsListed = nothingListed,
  listing: Listing = listMigrations(paths),
): MigrationSet {
  const source = sourceOf(paths);
  const baseline = source.baseline();
  if (listing.migrations === null && baseline === null) {
    throw new SlipwayError({
      exit: 'files',
      message: `neither ${paths.migrations}/ nor ${paths.baseline} exists`,
      remedy:
        'Copy or mount them into the image, or name them with SLIPWAY_MIGRATIONS and SLIPWAY_BASELINE (relative to the working directory).',
    });
  }
  return assemble(baseline, source.files(listing), isListed);
}

/** The names of what lies where the migrations are; nothing is opened. @throws SlipwayError (66) for what is no folder. */
export const listMigrations = (paths: FilePaths): Listing => sourceOf(paths).list();

/** Whether there is a baseline; it is not opened. @throws SlipwayError (66) where something else stands there. */
export const hasBaseline = (paths: FilePaths): boolean => sourceOf(paths).hasBaseline();

/** As `readMigrationSet`; of a project that has no file yet, an empty set. */
export function readMigrationSetIfAny(paths: FilePaths, isListed: IsListed = nothingListed): MigrationSet {
  const listing = listMigrations(paths);
  const isThere =
    hasBaseline(paths) || [listing.migrations, listing.superseded].some((names) => names?.some(isCandidate));
  return isThere
    ? readMigrationSet(paths, isListed, listing)
    : { baseline: null, migrations: [], superseded: [], head: '' };
}

/** The version of the baseline's file; null where there is none. @throws SlipwayError (65, 66). */
export function readBaselineVersion(paths: FilePaths, isListed: IsListed): Version | null {
  const baseline = sourceOf(paths).baseline();
  return baseline && readBaseline(baseline, isListed).version;
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
        remedy: `Add ${upOf(down.source.path)}, or remove this file.`,
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
