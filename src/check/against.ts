import { isListedIn, type Lock, lockedVersions } from '../lockfile/index.ts';
import { type LockProblem, restamp } from '../lockfile/problems.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
/** Another lock that the files are held against: that of the branch they are to be merged into. */
export interface Base {
  /** How the person called it. */
  readonly name: string;
  readonly lock: Lock;
}

/**
 * What of these files a database that another lock's files brought to head would refuse: a version of it that is gone,
 * or has another checksum, or a new one that is not newer than its newest.
 */
export function againstProblems(
  { name, lock }: Base,
  { baseline, migrations, superseded }: MigrationSet,
  allowOutOfOrder: boolean,
): LockProblem[] {
  const taken = new Set(superseded.map(({ version }) => version));
  const files = new Map(migrations.map((migration) => [migration.version, migration]));
  const isThere = (version: Version): boolean =>
    files.has(version) || taken.has(version) || baseline?.version === version;
  const newest = lockedVersions(lock).at(-1) ?? '';
  const isKnown = isListedIn(lock);
  const late = [...(baseline ? [baseline] : []), ...migrations].filter(
    ({ version }) => version < newest && !isKnown(version) && !taken.has(version) && !allowOutOfOrder,
  );
  return [
    ...lockedVersions(lock)
      .filter((version) => !isThere(version))
      .map((version) => gone(name, version)),
    ...edited(name, baseline, lock.baseline),
    ...Object.entries(lock.migrations).flatMap(([version, { checksum }]) =>
      edited(name, files.get(version) ?? null, { version, checksum }),
    ),
    ...late.map(({ source, kind }) => ({
      file: source.path,
      message: `it is not newer than ${newest}, the newest version of ${name}`,
      remedy:
        kind === 'baseline' ? `Merge ${name} first, then squash again: slipway squash` : restamp(source.path),
    })),
  ];
}

const gone = (name: string, version: Version): LockProblem => ({
  file: version,
  message: `${name} lists it, but its file is gone`,
  remedy: `Restore it: a database that ${name} was deployed to may have it. Where it was never deployed, take it out there first.`,
});

function edited(
  name: string,
  file: Migration | null,
  { version, checksum }: { readonly version: Version | null; readonly checksum: string | null },
): LockProblem[] {
  if (file === null || file.version !== version || checksum === null) return [];
  if (file.source.checksum === checksum) return [];
  return [
    {
      file: file.source.path,
      message: `it differs from what ${name} lists: it was edited`,
      remedy: `A database that has it refuses it (82): restore it (git checkout ${name} -- ${file.source.path}), and write the change as a new migration.`,
    },
  ];
}
