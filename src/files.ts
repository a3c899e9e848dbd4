import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from './errors.ts';
import { readHeader } from './files/directives.ts';
import { isLarge, LargeFile } from './files/large-file.ts';
import { decodeSource } from './files/source.ts';
import type { Migration, MigrationSet, Script, Source } from './model.ts';

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

const fileName = /^(?<version>\d{14})_(?<name>[^.]+(?:\.[^.]+)*?)(?<down>\.down)?\.(?<suffix>sql|js|mjs|ts)$/;
const isCandidate = (name: string): boolean =>
  !name.startsWith('.') && /\.(sql|js|mjs|cjs|ts)$/.test(name) && !name.endsWith('.d.ts');

/** Where a squash moves the files that the baseline took in; databases that were left behind still need them. */
export const supersededFolder = (migrations: string): string => join(migrations, 'superseded');

const found = (folder: string, names: readonly string[]): FoundFile[] =>
  names.filter(isCandidate).map((name) => {
    const path = join(folder, name);
    return { path, name, bytes: readRequired(path) };
  });

/**
 * Reads everything the image carries: `migrations/`, what is in its folder `superseded/`, and the baseline.
 *
 * @throws SlipwayError (66) for what is absent, unreadable or of the wrong kind; (65) for what cannot be read as a
 *   migration.
 */
export function readMigrationSet(paths: FilePaths): MigrationSet {
  const entries = listDirectory(paths.migrations);
  const baseline = readOptional(paths.baseline);
  if (entries === null && baseline === null) {
    throw new SlipwayError({
      exit: 'files',
      message: `neither ${paths.migrations}/ nor ${paths.baseline} is there`,
      remedy:
        'Copy or mount them into the image, or name them with SLIPWAY_MIGRATIONS and SLIPWAY_BASELINE (relative to the working directory).',
    });
  }
  const superseded = supersededFolder(paths.migrations);
  const files = [
    ...found(paths.migrations, entries ?? []),
    ...found(superseded, listDirectory(superseded) ?? []),
  ];
  return assemble(baseline === null ? null : { path: paths.baseline, name: '', bytes: baseline }, files);
}

/** As `readMigrationSet`; of a project that has no file yet, an empty set. */
export function readMigrationSetIfAny(paths: FilePaths): MigrationSet {
  const isThere =
    readOptional(paths.baseline) !== null ||
    [paths.migrations, supersededFolder(paths.migrations)].some((folder) =>
      listDirectory(folder)?.some(isCandidate),
    );
  return isThere ? readMigrationSet(paths) : { baseline: null, migrations: [], superseded: [], head: '' };
}

/**
 * Makes the set of migrations from files' names and bytes; pure.
 *
 * @throws SlipwayError (65) for a name without a version, two files with one version, a down file without its
 *   migration, a baseline that does not say its version, or content that cannot be read as one.
 */
export function assemble(baseline: FoundFile | null, files: readonly FoundFile[]): MigrationSet {
  const ups = new Map<string, Migration>();
  const downs = new Map<string, Script & { version: string }>();
  for (const file of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const parts = fileName.exec(file.name)?.groups;
    if (!parts?.version || !parts.name) throw unreadableName(file);
    const version = parts.version;
    const source = decodeSource(file.path, file.bytes);
    const { directives } = readHeader(source);
    const format = parts.suffix === 'sql' ? 'sql' : 'module';
    if (parts.down) {
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
      name: parts.name,
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
        message: 'this undoes a migration that is not there',
        remedy: `Add ${down.source.path.replace(/\.down\.(\w+)$/, '.$1')}, or remove this file.`,
      });
    }
    ups.set(version, { ...up, down });
  }
  const migrations = [...ups.values()].sort((a, b) => (a.version < b.version ? -1 : 1));
  const start = baseline && readBaseline(baseline);
  const newest = [start, migrations.at(-1)].flatMap((migration) => migration?.version ?? []).sort();
  const head = newest.at(-1);
  if (head === undefined) {
    throw new SlipwayError({
      exit: 'files',
      message: 'there is no baseline and not one migration',
      remedy: 'Add sql/baseline.sql, or make a first migration: slipway new NAME',
    });
  }
  return { baseline: start, migrations, superseded: [], head };
}

function readBaseline(file: FoundFile): Migration {
  const source = decodeSource(file.path, file.bytes);
  const { directives, version } = readHeader(source);
  if (version === null) {
    throw new SlipwayError({
      exit: 'migration',
      place: { file: file.path, line: 1 },
      message: 'the baseline does not say which version it is',
      remedy: 'Begin it with a line such as `-- slipway: version 20251127101038`.',
    });
  }
  return { kind: 'baseline', version, name: 'baseline', format: 'sql', source, directives, down: null };
}

function unreadableName(file: FoundFile): SlipwayError {
  const digits = /^\d+/.exec(file.name)?.[0];
  const message =
    digits === undefined
      ? 'the file name has no version'
      : digits.length !== 14
        ? `the version in the file name has ${digits.length} digits, not 14`
        : 'the file name is not VERSION_NAME.sql (or .js, .mjs, .ts)';
  return new SlipwayError({
    exit: 'migration',
    place: { file: file.path },
    message,
    remedy:
      'Name it like 20251204093000_add_fee_tier.sql: 14 digits, UTC yyyymmddhhmmss; `slipway new NAME` makes one. What is no migration belongs elsewhere.',
  });
}

function sameVersion(version: string, first: string, second: string): SlipwayError {
  return new SlipwayError({
    exit: 'migration',
    place: { file: second },
    message: `version ${version} is already taken by ${first}`,
    remedy: `Give one of them a new version: slipway new --restamp ${second}`,
  });
}

function listDirectory(path: string): string[] | null {
  try {
    return readdirSync(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return null;
    throw unreadable(path, code, error);
  }
}

/**
 * Reads one SQL file that somebody named.
 *
 * @throws SlipwayError (66) where it is absent or unreadable, (65) where it is no text.
 */
export function readSource(path: string): Source {
  const bytes = readOptional(path);
  if (bytes) return decodeSource(path, bytes);
  throw new SlipwayError({
    exit: 'files',
    place: { file: path },
    message: 'there is no such file',
    remedy: 'Name it as it is, relative to the working directory.',
  });
}

function readOptional(path: string): Buffer | LargeFile | null {
  try {
    return readBytes(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return null;
    throw unreadable(path, code, error);
  }
}

function readRequired(path: string): Buffer | LargeFile {
  try {
    return readBytes(path);
  } catch (error) {
    throw unreadable(path, codeOf(error), error);
  }
}

const readBytes = (path: string): Buffer | LargeFile =>
  (isLarge(statSync(path).size) ? LargeFile.read(path) : null) ?? readFileSync(path);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';

function unreadable(path: string, code: string, cause: unknown): SlipwayError {
  const user = process.getuid === undefined ? 'this user' : `uid ${process.getuid()}`;
  const [message, remedy] =
    code === 'EISDIR'
      ? [
          'a directory stands where a file should be',
          'A bind mount of a file that is not there makes one: check the path on the host.',
        ]
      : code === 'ENOTDIR'
        ? [
            'a file stands where a directory should be',
            'SLIPWAY_MIGRATIONS names the folder, not a file in it.',
          ]
        : code === 'EACCES' || code === 'EPERM'
          ? [`${user} may not read it`, 'Make it readable: chmod a+r (a+rx for folders).']
          : code === 'ENOENT'
            ? ['the file is not there (any more)', 'A symbolic link may point to nowhere.']
            : [`it cannot be read (${code})`, 'See what the file system says of it.'];
  return new SlipwayError({ exit: 'files', place: { file: path }, message, remedy }, { cause });
}
