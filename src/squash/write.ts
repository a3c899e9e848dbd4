import { accessSync, constants, existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Config } from '../config/index.ts';
import { readText, SlipwayError } from '../core/index.ts';
import { replaceFiles } from '../core/replace-file.ts';
import {
  expectedAt,
  formatLock,
  formatTexts,
  type Lock,
  lockFormat,
  readTexts,
  textsPath,
  withRetained,
} from '../lockfile/index.ts';
import type { MigrationSet, Superseded } from '../migrations/index.ts';
import { assemble, supersededFolder } from '../migrations/read.ts';
import { upTo } from '../shadow/index.ts';
import { asLocked } from './head-objects.ts';
import type { Squashed, SquashInput } from './squash.ts';

/** What was put where. */
export interface Written {
  readonly written: readonly string[];
  readonly moved: readonly string[];
}

/** What becomes of the files that the baseline took in. */
interface Moving {
  readonly superseded: readonly Superseded[];
  /** Whether they stay where they are. */
  readonly isKept: boolean;
}

/** What a squash writes: the lock's texts, the lock, the baseline, and where it moves files to. */
export const squashedFiles = (
  { baseline, lockfile, migrations }: Pick<Config, 'baseline' | 'lockfile' | 'migrations'>,
  isKept: boolean,
) =>
  [
    { path: textsPath(lockfile), setting: 'SLIPWAY_LOCKFILE' },
    { path: lockfile, setting: 'SLIPWAY_LOCKFILE' },
    { path: baseline, setting: 'SLIPWAY_BASELINE' },
    // Of the folder that the files are moved to.
    ...(isKept
      ? []
      : [{ path: join(supersededFolder(migrations), 'baseline.sql'), setting: 'SLIPWAY_MIGRATIONS' }]),
  ] as const;

/**
 * Writes lock, baseline and readable snapshot, and moves the files that the baseline took in. The lock comes before
 * the baseline: it serves the old files too, and an earlier squash that was cut off there shows.
 *
 * @throws SlipwayError (66) where something cannot be written; the next squash goes on from there.
 */
export function writeSquashed(
  config: Config,
  input: SquashInput,
  { text, made }: Squashed,
  { superseded, isKept }: Moving,
): Written {
  const { set } = input;
  const texts = textsPath(config.lockfile);
  const next = squashedLock(config, input, { text, made }, superseded);
  const all = withRetained(made.snapshot, expectedAt(next, set.head), readTexts(config.lockfile));
  if (!isKept && set.migrations.length > 0) makeFolder(config);
  replaceFiles([
    { path: texts, text: formatTexts(set.head, all), setting: 'SLIPWAY_LOCKFILE' },
    { path: config.lockfile, text: formatLock(next), setting: 'SLIPWAY_LOCKFILE' },
    { path: config.baseline, text, setting: 'SLIPWAY_BASELINE' },
  ]);
  const moved = isKept ? [] : moveSuperseded(config, set, superseded);
  return { written: [config.baseline, config.lockfile, texts], moved };
}

function squashedLock(
  { baseline }: Config,
  { set: { head }, lock }: SquashInput,
  { text, made }: Pick<Squashed, 'text' | 'made'>,
  superseded: readonly Superseded[],
): Lock {
  const next = assemble({ path: baseline, name: '', bytes: Buffer.from(text) }, []);
  const deltas = Object.values(lock.migrations).map(({ delta }) => delta);
  const varying = [...new Set([lock.baseline, ...deltas].flatMap((one) => one.varying ?? []))].sort();
  return {
    ...lock,
    format: lockFormat,
    baseline: {
      version: head,
      checksum: next.baseline?.source.checksum ?? null,
      objects: asLocked(expectedAt(lock, head), made.snapshot),
      ...(varying.length > 0 && { varying }),
    },
    migrations: {},
    superseded,
  };
}

/**
 * The versions that the next baseline supersedes: those before, and what it takes in now, with checksums. Of what
 * was taken in before, the checksums are those of then.
 */
export function supersededBy(
  { set, lock }: Pick<SquashInput, 'set' | 'lock'>,
  carriedBy: string,
): Superseded[] {
  const known = new Map(lock.superseded.map((entry) => [entry.version, entry]));
  const { baseline } = set;
  for (const { version } of [...(baseline ? [baseline] : []), ...set.migrations]) {
    if (!known.has(version)) known.set(version, { version, carriedBy });
  }
  for (const { kind, version, source } of [
    ...(baseline ? [baseline] : []),
    ...upTo(set, set.head).migrations,
  ]) {
    const entry = known.get(version) as Superseded;
    const { checksum } = source;
    known.set(version, kind === 'baseline' ? { ...entry, baseline: checksum } : { ...entry, checksum });
  }
  return [...known.values()].sort((a, b) => (a.version < b.version ? -1 : 1));
}

/**
 * Moves files of superseded versions out of the way, to where databases that lag still find them.
 *
 * @returns where they are now.
 */
export function moveSuperseded(
  config: Config,
  { migrations }: MigrationSet,
  superseded: readonly Superseded[],
): string[] {
  const folder = supersededFolder(config.migrations);
  const taken = new Set(superseded.map(({ version }) => version));
  const files = migrations
    .filter(({ version }) => taken.has(version))
    .flatMap(({ source, down }) => [source.path, ...(down ? [down.source.path] : [])])
    .filter((path) => resolve(dirname(path)) !== resolve(folder));
  if (files.length > 0) makeFolder(config);
  return files.map((path) => {
    const moved = join(folder, basename(path));
    try {
      renameSync(path, moved);
    } catch (error) {
      throw cannotMove(path, error);
    }
    return moved;
  });
}

function makeFolder({ migrations }: Config): void {
  const folder = supersededFolder(migrations);
  try {
    mkdirSync(folder, { recursive: true });
    for (const path of [migrations, folder]) accessSync(path, constants.W_OK);
  } catch (error) {
    throw cannotMove(folder, error);
  }
}

const cannotMove = (file: string, error: unknown): SlipwayError =>
  new SlipwayError(
    {
      exit: 'files',
      place: { file },
      message: `superseded files cannot be moved (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      remedy: 'Make the folder writable and start again, or leave them where they are: --keep',
    },
    { cause: error },
  );

/** The version of the nearest package.json, upwards from the working directory; null where none says one. */
export function packageVersion(from: string): string | null {
  const path = join(from, 'package.json');
  if (existsSync(path)) {
    try {
      const { version } = JSON.parse(readText(path, 'other')) as { version?: unknown };
      if (typeof version === 'string' && version !== '') return version;
    } catch {
      // No JSON: then it says no version either.
    }
  }
  const parent = dirname(from);
  return parent === from ? null : packageVersion(parent);
}
