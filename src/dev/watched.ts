import type { Failure } from '../core/index.ts';
import type { Lock } from '../lockfile/index.ts';
import type { Migration, MigrationSet } from '../migrations/index.ts';
import { upTo } from '../shadow/index.ts';
import type { Source } from '../sql/index.ts';

/** Whether the lock file lists a migration already, and with the text that it has now. */
type Locked = 'not listed' | 'as it is' | 'edited';

/** What a save is about. */
export type TrialSubject =
  | {
      readonly kind: 'migration';
      /** With the migration as its newest version. */
      readonly set: MigrationSet;
      readonly migration: Migration;
      readonly locked: Locked;
    }
  /** A desired schema, which is asked how head gets there. */
  | { readonly kind: 'source'; readonly file: string };

/** What is tried at each save, and on what. */
export interface Trial {
  readonly kind: 'trial';
  readonly subject: TrialSubject;
  /** What the scratch database is built of before anything is tried on it. */
  readonly below: MigrationSet;
  /** Whether owners and grants count. */
  readonly withPrivileges: boolean;
  /** Patterns of objects that do not count. */
  readonly ignore: readonly string[];
  /** Is another where the scratch database has to be another. */
  readonly base: string;
  /** What the scratch database is built of, in order: what every shadow begins with, and then the files of `below`. */
  readonly parts: readonly string[];
  /** Is another where there may be another answer. */
  readonly key: string;
}

/** What the files say at one moment. */
export type Watched =
  | Trial
  | { readonly kind: 'unreadable'; readonly failure: Failure; readonly key: string }
  | { readonly kind: 'nothing'; readonly key: string };

/** The files of a project as they were read. */
export interface ReadFiles {
  readonly set: MigrationSet;
  readonly lock: Lock | null;
  /** What shadows begin with; null where there is no such file. */
  readonly platform: Source | null;
  /** The desired schema; null where the newest migration is watched. */
  readonly desired: Source | null;
}

/** What is tried of the files: the newest migration, or the baseline alone; with a desired schema that, on head. */
export function watchedOf({ set, lock, platform, desired }: ReadFiles): Watched {
  const whole = upTo(lock ? { ...set, superseded: lock.superseded } : set, set.head);
  const options = lock?.options ?? { ignore: [], privileges: false };
  const common = { withPrivileges: options.privileges, ignore: options.ignore };
  const made = (subject: TrialSubject, below: MigrationSet, own: readonly unknown[]): Trial => {
    const parts = [keyOf([platform?.checksum, options]), ...partsOf(below)];
    const base = keyOf(parts);
    return { kind: 'trial', subject, below, ...common, base, parts, key: keyOf([base, own]) };
  };
  if (desired) return made({ kind: 'source', file: desired.path }, whole, [desired.path, desired.checksum]);
  const migration = whole.migrations.at(-1) ?? whole.baseline;
  if (migration === null) return { kind: 'nothing', key: 'nothing' };
  const locked = lockedAs(lock, migration);
  return made({ kind: 'migration', set: whole, migration, locked }, withoutNewest(whole), [
    partsOfOne(migration),
    locked,
  ]);
}

/** Files that could not be read, all problems as one. */
export const unreadableFiles = (failure: Failure): Watched => ({
  kind: 'unreadable',
  failure,
  key: keyOf(['unreadable', failure.message, failure.place, failure.detail]),
});

const keyOf = (parts: readonly unknown[]): string => JSON.stringify(parts);

const partsOf = ({ baseline, migrations }: MigrationSet): string[] =>
  [...(baseline ? [baseline] : []), ...migrations].map((migration) => keyOf(partsOfOne(migration)));

const partsOfOne = ({ version, source, down }: Migration): unknown[] => [
  version,
  source.path,
  source.checksum,
  down && [down.source.path, down.source.checksum],
];

function lockedAs(lock: Lock | null, { kind, version, source }: Migration): Locked {
  const known = kind === 'baseline' ? lock?.baseline : lock?.migrations[version];
  if (!known || (kind === 'baseline' && lock?.baseline.version !== version)) return 'not listed';
  return known.checksum === source.checksum ? 'as it is' : 'edited';
}

function withoutNewest(set: MigrationSet): MigrationSet {
  const migrations = set.migrations.slice(0, -1);
  const isBaseline = set.migrations.length === 0;
  const baseline = isBaseline ? null : set.baseline;
  return { ...set, baseline, migrations, head: migrations.at(-1)?.version ?? baseline?.version ?? '' };
}

/** Whether a scratch database can be built of another by adding files to it. */
export const isContinued = (built: Trial, wanted: Trial): boolean =>
  built.parts.length < wanted.parts.length && built.parts.every((part, at) => part === wanted.parts[at]);

/**
 * Whether files look as if an editor were in the midst of a save: what was tried before is gone, has become empty, or
 * cannot be read. Editors truncate a file before they write it, or remove it before another takes its name.
 */
export function isHalfSaved(before: Watched | null, now: Watched): boolean {
  if (before?.kind !== 'trial') return false;
  if (now.kind !== 'trial') return true;
  const [was, is] = [before.subject, now.subject];
  if (was.kind !== 'migration' || is.kind !== 'migration') return false;
  if (is.migration.version < was.migration.version) return true;
  if (is.migration.version > was.migration.version) return isEmpty(is.migration.source);
  const [had, has] = [was.migration, is.migration];
  const isEmptied = isEmpty(has.source) && !isEmpty(had.source);
  return isEmptied || (had.down !== null && (has.down === null || isEmpty(has.down.source)));
}

const isEmpty = ({ text }: Source): boolean => text.length === 0;
