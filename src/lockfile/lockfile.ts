import { readTextIfThere, reasonOf, SlipwayError, snapshotFormat } from '../core/index.ts';
import type { ImpactText } from '../impact/index.ts';
import type { Superseded, Version } from '../migrations/index.ts';
import { type Delta, type ExpectedObjects, expected, type LockedObjects } from '../schema/compare/index.ts';
import { shapeProblem } from './validate.ts';
/** The newest form of the lock file that this program can read. */
export const lockFormat = 1;

interface LockedMigration {
  readonly checksum: string;
  /** Of the down file; null where there is none. */
  readonly down: string | null;
  readonly delta: Delta;
  /** What it locks of what was there before, as `formatImpact` writes it; absent where that is not known. */
  readonly impact?: ImpactText | undefined;
}

export interface LockOptions {
  /** Patterns of objects that do not count; `*` stands for anything. */
  readonly ignore: readonly string[];
  /** Whether owners, grants and default privileges count. */
  readonly privileges: boolean;
}

/** What the schema must be at every version: generated, committed, compared. */
export interface Lock {
  readonly format: number;
  readonly snapshotFormat: number;
  readonly app: string;
  readonly options: LockOptions;
  /** Without a baseline: an empty one, at no version. */
  readonly baseline: {
    readonly version: Version | null;
    readonly checksum: string | null;
    readonly objects: LockedObjects;
    /** As in a delta. */
    readonly varying?: readonly string[] | undefined;
  };
  readonly migrations: Readonly<Record<Version, LockedMigration>>;
  readonly superseded: readonly Superseded[];
}

/**
 * Reads the lock file; null where there is none.
 *
 * @throws SlipwayError (66) where it cannot be read as one, an unfinished merge included; (83) where a newer Slipway
 *   wrote it.
 */
export function readLock(path: string): Lock | null {
  const text = readLockText(path);
  return text === null ? null : parseLock(path, text);
}

/** As `readLock`, for whoever compares no hashes: also a lock whose hashes an older Slipway computed in another way. */
export function readLockOfAnyFormat(path: string): Lock | null {
  const text = readLockText(path);
  return text === null ? null : parseLockOfAnyFormat(path, text);
}

/** The lock that files are held against. @throws SlipwayError (66, 83), also where there is none. */
export function requireLock(path: string): Lock {
  const lock = readLock(path);
  if (lock) return lock;
  throw new SlipwayError({
    exit: 'files',
    place: { file: path },
    message: 'there is no lock file',
    remedy: 'Make it: slipway check --write; then commit it.',
  });
}

/** The lock file's text; null where there is none. @throws SlipwayError (66) where it cannot be read. */
export function readLockText(path: string): string | null {
  try {
    return readTextIfThere(path, 'lock');
  } catch (error) {
    const { message, remedy } = reasonOf(error);
    const { code } = error as NodeJS.ErrnoException;
    throw new SlipwayError(
      {
        exit: 'files',
        place: { file: path },
        message: `the lock file cannot be read (${code}): ${message}`,
        remedy: `Make it a readable file. ${remedy}`,
      },
      { cause: error },
    );
  }
}

/** What git leaves in a file that two branches changed. */
export const conflictMarker = /^(?:<{7}|={7}|>{7})/m;

/** As `readLock`, from the file's text. */
export const parseLock = (path: string, text: string): Lock =>
  comparable(path, parseLockOfAnyFormat(path, text));

/** As `parseLock`, from what is written in the file as JSON. */
export const asLock = (path: string, value: unknown): Lock =>
  comparable(path, asLockOfAnyFormat(path, value));

function comparable(path: string, lock: Lock): Lock {
  if (isComparable(lock)) return lock;
  throw new SlipwayError({
    exit: 'files',
    place: { file: path },
    message: `an older Slipway wrote the lock file: its hashes have format ${lock.snapshotFormat}, and this version compares format ${snapshotFormat}`,
    remedy:
      'Renew it where the migrations are: slipway check --write keeps its app, options and versions. Commit it, and rebuild the image.',
  });
}

/** Whether the hashes in a lock are of the form that this program computes. */
export const isComparable = (lock: Lock): boolean => lock.snapshotFormat === snapshotFormat;

/**
 * As `parseLock`, and also a lock whose hashes an older Slipway computed in another way: its versions, checksums and
 * options are good, its hashes cannot be compared.
 *
 * @throws SlipwayError as `readLock` does.
 */
export function parseLockOfAnyFormat(path: string, text: string): Lock {
  const conflict = conflictMarker.exec(text);
  if (conflict) {
    throw new SlipwayError({
      exit: 'files',
      place: { file: path, line: text.slice(0, conflict.index).split('\n').length },
      message: 'the lock file holds the markers of an unfinished merge: two branches both changed the schema',
      remedy:
        'Keep both migrations, give the later one a newer version (slipway new --restamp FILE), then: slipway check --write',
    });
  }
  if (text.trim() === '') throw bad(path, 'the lock file is empty');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(path, `the lock file is not JSON: ${error instanceof Error ? error.message : ''}`, error);
  }
  return asLockOfAnyFormat(path, value);
}

function asLockOfAnyFormat(path: string, value: unknown): Lock {
  const lock = value as Partial<Lock> | null;
  if (lock === null || typeof lock !== 'object' || typeof lock.format !== 'number')
    throw bad(path, 'this is not a lock file');
  if (lock.format > lockFormat || isAbove(lock.snapshotFormat, snapshotFormat)) {
    throw new SlipwayError({
      exit: 'newer',
      place: { file: path },
      message: 'a newer Slipway wrote the lock file',
      remedy: 'Use the newer image, or make the lock anew with this one: slipway check --write',
    });
  }
  if (typeof lock.snapshotFormat !== 'number') throw bad(path, 'the lock file is damaged: snapshotFormat');
  const problem = shapeProblem(lock);
  if (problem !== null) throw bad(path, `the lock file is damaged: ${problem}`);
  return lock as Lock;
}

const bad = (path: string, message: string, cause?: unknown): SlipwayError =>
  new SlipwayError(
    {
      exit: 'files',
      place: { file: path },
      message,
      remedy: 'It is generated: slipway check --write makes it anew.',
    },
    { cause },
  );

const isAbove = (value: unknown, limit: number): boolean => typeof value === 'number' && value > limit;

/** The lock as text: sorted, a line an object, so that git can merge or refuse to. */
export const formatLock = (lock: Lock): string => `${JSON.stringify(lock, null, 1)}\n`;

/** What the schema must be at a version: the baseline's objects and every delta up to it. */
export function expectedAt(lock: Lock, version: Version): ExpectedObjects {
  const objects = new Map(
    Object.entries(lock.baseline.objects).map(([name, object]) => [name, expected(object)]),
  );
  for (const [step, { delta }] of Object.entries(lock.migrations).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (step > version) break;
    for (const name of delta.removed) objects.delete(name);
    for (const [name, object] of Object.entries({ ...delta.added, ...delta.changed }))
      objects.set(name, expected(object));
  }
  return objects;
}

/** Whether a lock lists a version at all: as its baseline, as a migration, or as superseded. */
export function isListedIn(lock: Lock | null): (version: Version) => boolean {
  if (lock === null) return () => false;
  const { baseline, migrations } = lock;
  const superseded = new Set(lock.superseded.map(({ version }) => version));
  return (version) =>
    baseline.version === version || Object.hasOwn(migrations, version) || superseded.has(version);
}

/** Every version that the lock can vouch for, in order. */
export const lockedVersions = (lock: Lock): Version[] =>
  [
    ...(lock.baseline.version === null ? [] : [lock.baseline.version]),
    ...Object.keys(lock.migrations),
  ].sort();
