import { Problems, SlipwayError } from '../core/index.ts';
import type { Script, Source } from '../sql/index.ts';
import { readHeader } from './directives.ts';
import { folder } from './folder.ts';
import type { Listing } from './listing.ts';
import type { Migration, MigrationSet, Version } from './migration.ts';
import type { FilePaths, FoundFile, MigrationSource } from './migration-source.ts';
import { isCandidate, isMoment, readName, upOf, versionBefore } from './names.ts';
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
  const problems = new Problems();
  const set = readWhatCanBe(paths, { isListed, listing }, problems);
  problems.throwAny();
  return set;
}

/** As `readMigrationSet`, but what is wrong is kept as problems, and the set is what could be read beside it. */
export function readWhatCanBe(
  paths: FilePaths,
  { isListed, listing = listMigrations(paths) }: { readonly isListed: IsListed; readonly listing?: Listing },
  problems: Problems,
): MigrationSet {
  const source = sourceOf(paths);
  const baseline = problems.attempt(() => source.baseline()) ?? null;
  for (const nested of source.misplaced(listing)) problems.add(nested);
  if (listing.migrations === null && baseline === null && problems.isEmpty) {
    problems.add(
      new SlipwayError({
        exit: 'files',
        message: `neither ${paths.migrations}/ nor ${paths.baseline} exists`,
        remedy: `Is the working directory the project's folder? A new project begins with ${firstFile(paths)}. In an image: copy or mount them, or name them with SLIPWAY_MIGRATIONS and SLIPWAY_BASELINE (relative to the working directory).`,
      }),
    );
  }
  return gather({ baseline, files: source.files(listing) }, isListed, problems);
}

/** The first file of a project: what makes the whole schema today, or a migration. */
const firstFile = ({ baseline }: Pick<FilePaths, 'baseline'>): string =>
  `${baseline} (an init-db.sql will do, under a first line such as \`-- slipway: version 20251127101038\`) or a migration (slipway new NAME)`;

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
  const problems = new Problems();
  const set = gather({ baseline, files }, isListed, problems);
  problems.throwAny();
  return set;
}

/** The files of a project as they were found. */
interface Found {
  readonly baseline: FoundFile | null;
  readonly files: readonly FoundFile[];
}

/** As `assemble`, of what can be read; what is wrong is kept as problems. */
function gather({ baseline, files }: Found, isListed: IsListed, problems: Problems): MigrationSet {
  const ups = new Map<Version, Migration>();
  const downs = new Map<Version, Script>();
  const unread = new Set<Version | null>();
  for (const file of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const isRead = problems.attempt(() => {
      const { version, name, isDown, format } = readName(file.path, file.name, isListed);
      const source = decodeSource(file.path, file.bytes);
      const { directives } = readHeader(source);
      const other = (isDown ? downs : ups).get(version);
      if (other) throw sameVersion(version, other.source.path, file.path);
      if (isDown) downs.set(version, { format, source, directives });
      else ups.set(version, { kind: 'migration', version, name, format, source, directives, down: null });
      return true;
    });
    if (!isRead) unread.add(versionBefore(file.name));
  }
  for (const [version, down] of downs) {
    const up = ups.get(version);
    if (up) ups.set(version, { ...up, down });
    else if (!unread.has(version)) problems.add(withoutUp(down.source.path));
  }
  const migrations = [...ups.values()].sort((a, b) => (a.version < b.version ? -1 : 1));
  const start = (baseline && problems.attempt(() => readBaseline(baseline, isListed))) ?? null;
  const newest = [start, migrations.at(-1)].flatMap((migration) => migration?.version ?? []).sort();
  const head = newest.at(-1);
  if (head === undefined && problems.isEmpty) {
    problems.add(
      new SlipwayError({
        exit: 'files',
        message: 'there is no baseline and no migration',
        remedy: `Begin with ${firstFile({ baseline: 'sql/baseline.sql' })}.`,
      }),
    );
  }
  return { baseline: start, migrations, superseded: [], head: head ?? '' };
}

const withoutUp = (file: string): SlipwayError =>
  new SlipwayError({
    exit: 'migration',
    place: { file },
    message: 'this is the down file of a migration that does not exist',
    remedy: `Add ${upOf(file)}, or remove this file.`,
  });

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
