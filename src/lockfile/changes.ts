import type { MigrationSet, Version } from '../migrations/index.ts';
import type { RetainedLock } from './merge.ts';

/** What a new lock no longer says as the one before it did. */
export interface LockChanges {
  /** Files that were edited after the old lock knew them. */
  readonly edited: readonly { readonly version: Version; readonly file: string }[];
  /** Versions whose files are gone. */
  readonly removed: readonly Version[];
}

/** Compares the files with the lock that is about to be replaced. */
export function lockChanges(kept: RetainedLock | null, set: MigrationSet): LockChanges {
  if (kept === null) return { edited: [], removed: [] };
  const known = ({ kind, version }: MigrationSet['migrations'][number]): readonly string[] | undefined =>
    kept.checksums.get(kind === 'baseline' ? `baseline ${version}` : version);
  const files = [...(set.baseline ? [set.baseline] : []), ...set.migrations];
  const there = new Set([...files, ...set.superseded].map(({ version }) => version));
  return {
    edited: files
      .filter((file) => known(file)?.includes(file.source.checksum) === false)
      .map(({ version, source }) => ({ version, file: source.path })),
    removed: kept.versions.filter((version) => !there.has(version)),
  };
}
