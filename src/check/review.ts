import { grouped } from '../core/index.ts';
import type { Version } from '../migrations/index.ts';
import {
  code,
  type MigrationReport,
  type ReportContent,
  schemaChanges,
  tablesOf,
  touchedIn,
  type Words,
} from '../report/index.ts';
import type { Replayed } from '../shadow/index.ts';

/** A line about a version. */
interface OfVersion {
  readonly version: Version;
  readonly words: string;
}

/** What a review is of. */
export interface ReviewRequest {
  /** Whether a version was there before: in the lock, or in that of the base. */
  readonly isKnown: (version: Version) => boolean;
  /** What the versions are held against: `origin/main`, or the lock file. */
  readonly base: string;
  /** Whether the base was named, and is not the lock of these files. */
  readonly isNamed: boolean;
  /** What else was found out of a version, a line each. */
  readonly findings: readonly OfVersion[];
  /** What a version locks, a line each, that is gone as soon as it is over. */
  readonly locks: readonly OfVersion[];
}

/**
 * What the files that are new do to the schema, as a report says it. Where none is new against a base, there is nothing
 * to review; where none was named, that is the newest.
 */
export function reviewOf(
  replayed: readonly Replayed[],
  request: ReviewRequest,
): Pick<ReportContent, 'migrations' | 'migrationsNote' | 'schema'> {
  const fresh = replayed.filter(({ migration }) => !request.isKnown(migration.version));
  const newest = replayed.slice(-1);
  const shown = fresh.length > 0 || request.isNamed ? fresh : newest;
  const migrations = shown.map((step) => {
    const own = (lines: readonly OfVersion[]): string[] =>
      lines.filter(({ version }) => version === step.migration.version).map(({ words }) => words);
    return migrationReport(step, { findings: own(request.findings), locks: own(request.locks) });
  });
  const head = replayed.at(-1);
  const touched = touchedIn(migrations.flatMap(({ changes }) => changes.map(({ object }) => object)));
  return {
    migrations,
    migrationsNote: noteOf(fresh.length, request),
    schema: head
      ? {
          tables: tablesOf([...head.after].map(([object, { text }]) => [object, text])),
          touched,
          title: `The schema at ${head.migration.version}`,
        }
      : null,
  };
}

function noteOf(fresh: number, { base, isNamed }: ReviewRequest): string {
  if (fresh > 0) return `New since ${base}: ${fresh === 1 ? '1 file' : `${fresh} files`}.`;
  return isNamed
    ? `Nothing new: ${base} lists every version.`
    : `Nothing new: ${base} lists every version. This is the newest; --against REF shows what a branch adds.`;
}

/** What a migration does to the schema, for a reviewer. @param found what else was found out of it, a line each. */
export function migrationReport(
  step: Replayed,
  { findings, locks }: Pick<MigrationReport, 'findings' | 'locks'>,
): MigrationReport {
  const { migration, before, after } = step;
  return {
    version: migration.version,
    file: migration.source.path,
    changes: schemaChanges(before, after),
    undoing: undoingOf(step),
    locks,
    findings: [...findingsOf(step), ...findings],
  };
}

/** What a reviewer is to know of a migration besides what it changes, a line each. */
const findingsOf = ({ migration, changedOfPlatform }: Replayed): readonly string[] => [
  ...(changedOfPlatform.length > 0
    ? [
        `It changes what the platform owns; no lock includes that, and nothing compares it: ${changedOfPlatform.join(', ')}`,
      ]
    : []),
  ...(migration.kind === 'migration' && migration.directives.noTransaction
    ? ['It runs outside of a transaction: what fails half way is not rolled back.']
    : []),
  ...(migration.directives.repeat
    ? [
        `It runs in batches of ${grouped(migration.directives.repeat.rows)} rows, each committed by itself: what fails half way keeps the batches before.`,
      ]
    : []),
];

function undoingOf({ migration, before, undoing }: Replayed): Words {
  const { kind, down, directives } = migration;
  if (kind === 'baseline') return ['A baseline is not undone.'];
  if (directives.irreversible)
    return ['It is marked as irreversible: ', code('slipway down'), ' refuses it.'];
  if (down === null) return ['It has no down file and cannot be undone.'];
  const file = code(down.source.path);
  switch (undoing.kind) {
    case 'undone':
      return schemaChanges(before, undoing.schema).length === 0
        ? [file, ' was tried: it restores the schema, and the migration can be applied again.']
        : [file, ' was tried: it does not restore the schema from before the migration.'];
    case 'failed':
      return [file, ' was tried, and fails.'];
    case 'once':
      return [file, ' was tried: after it the migration cannot be applied again.'];
    case 'none':
      return [file, ' was not tried.'];
  }
}
