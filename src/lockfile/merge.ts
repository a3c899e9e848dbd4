import type { Superseded, Version } from '../migrations/index.ts';
import {
  conflictMarker,
  isComparable,
  type Lock,
  type LockOptions,
  lockedVersions,
  parseLockOfAnyFormat,
  readLockText,
} from './lockfile.ts';

/** What a new lock takes over from the one that stands. */
export interface RetainedLock {
  readonly app: string;
  readonly options: LockOptions;
  readonly superseded: readonly Superseded[];
  /** The versions that it knows, in order. */
  readonly versions: readonly Version[];
  /** The checksums that it has of a migration, by its version, and of the baseline, by `baseline VERSION`. */
  readonly checksums: ReadonlyMap<string, readonly string[]>;
  /** The locks themselves, where their hashes can be compared with those of now: both sides of a merge. */
  readonly locks: readonly Lock[];
}

/**
 * Reads what a new lock keeps; null where there is none. The markers of an unfinished merge are no obstacle: the
 * deltas are made anew, and what both sides say of superseded versions is kept. Nor is the lock of an older Slipway:
 * its app, options, superseded versions and checksums are those of now.
 *
 * @throws SlipwayError as `readLock` does, for each side of a merge.
 */
export function readRetained(path: string): RetainedLock | null {
  const text = readLockText(path);
  return text === null ? null : retainedFrom(path, text);
}

/** As `readKept`, from the file's text. */
export function retainedFrom(path: string, text: string): RetainedLock {
  return retainedIn(...(sidesOf(text).map((side) => parseLockOfAnyFormat(path, side)) as [Lock, ...Lock[]]));
}

/** As `readKept`, of a lock that was read, or of both sides of a merge. */
export function retainedIn(first: Lock, ...others: readonly Lock[]): RetainedLock {
  const superseded = new Map<Version, Superseded>();
  for (const entry of [...others, first].flatMap((lock) => lock.superseded))
    superseded.set(entry.version, { ...superseded.get(entry.version), ...entry });
  return {
    app: first.app,
    options: first.options,
    superseded: [...superseded.values()].sort((a, b) => (a.version < b.version ? -1 : 1)),
    versions: [...new Set([first, ...others].flatMap(lockedVersions))].sort(),
    checksums: checksumsOf([first, ...others]),
    locks: [first, ...others].filter(isComparable),
  };
}

/** Where two branches are being merged, that of either is known. */
function checksumsOf(locks: readonly Lock[]): Map<string, readonly string[]> {
  const checksums = new Map<string, readonly string[]>();
  for (const { baseline, migrations } of locks) {
    for (const [name, checksum] of [
      [`baseline ${baseline.version}`, baseline.checksum] as const,
      ...Object.entries(migrations).map(([version, { checksum }]) => [version, checksum] as const),
    ])
      if (checksum !== null) checksums.set(name, [...(checksums.get(name) ?? []), checksum]);
  }
  return checksums;
}

/** The text as it is, or as each of two branches has it. */
function sidesOf(text: string): string[] {
  if (!conflictMarker.test(text)) return [text];
  const sides = { ours: [] as string[], theirs: [] as string[] };
  let within: 'both' | 'ours' | 'theirs' | 'neither' = 'both';
  for (const line of text.split('\n')) {
    if (line.startsWith('<<<<<<<')) within = 'ours';
    else if (line.startsWith('|||||||')) within = 'neither';
    else if (line.startsWith('=======')) within = 'theirs';
    else if (line.startsWith('>>>>>>>')) within = 'both';
    else {
      if (within === 'both' || within === 'ours') sides.ours.push(line);
      if (within === 'both' || within === 'theirs') sides.theirs.push(line);
    }
  }
  return [sides.ours.join('\n'), sides.theirs.join('\n')];
}
