import type { Failure } from '../core/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { isOfBaseline } from '../ledger/taken-in.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import { downOf } from '../migrations/names.ts';
import type { Script } from '../sql/index.ts';

/** How far `down` goes: so many of the newest versions, or all that are newer than one. */
export type DownTarget =
  | { readonly kind: 'steps'; readonly steps: number }
  | { readonly kind: 'to'; readonly version: Version };

/** A version to undo, and what undoes it. */
export interface UndoStep {
  readonly row: LedgerRow;
  readonly script: Script;
}

/** What `down` will do: the newest first. */
export type DownPlan =
  | { readonly kind: 'run'; readonly steps: readonly UndoStep[] }
  | { readonly kind: 'refused'; readonly reasons: readonly Failure[] };

/**
 * What `down` undoes, or every reason why it cannot.
 *
 * @param rows of a managed database, oldest first.
 */
export function planUndoing(rows: readonly LedgerRow[], set: MigrationSet, target: DownTarget): DownPlan {
  if (target.kind === 'to' && !rows.some(({ version }) => version === target.version))
    return refused([unknownVersion(rows, target.version)]);
  const newestFirst = [...rows].reverse();
  const wanted =
    target.kind === 'to'
      ? newestFirst.filter(({ version }) => version > target.version)
      : newestFirst.slice(0, target.steps);
  const undone = wanted.map((row) => undoScript(row, set));
  const reasons = undone.flatMap((one) => (one.kind === 'cannot' ? [one.reason] : []));
  if (reasons.length > 0) return refused(reasons);
  return { kind: 'run', steps: undone.flatMap((one) => (one.kind === 'step' ? [one.step] : [])) };
}

const refused = (reasons: readonly Failure[]): DownPlan => ({ kind: 'refused', reasons });

/** At most so many versions are listed. */
const mostListed = 20;

function unknownVersion(rows: readonly LedgerRow[], version: Version): Failure {
  const newest = rows.slice(-mostListed).reverse();
  const more = rows.length - newest.length;
  const listed = newest.map((row) => row.version).join(', ');
  return {
    exit: 'usage',
    message: `the database does not have version ${version}`,
    remedy: `It has ${listed}${more > 0 ? `, and ${more} older ones` : ''}.`,
  };
}

type Undone =
  | { readonly kind: 'step'; readonly step: UndoStep }
  | { readonly kind: 'cannot'; readonly reason: Failure };

function undoScript(row: LedgerRow, set: MigrationSet): Undone {
  const title = `${row.version}_${row.name}`;
  if (isOfBaseline(row) || row.version === set.baseline?.version) {
    return cannot(
      `${row.version} is the baseline, which cannot be undone`,
      'Restore a backup, or use an empty database.',
    );
  }
  const migration = set.migrations.find(({ version }) => version === row.version);
  if (!migration)
    return cannot(`${title} is not in this image, nor is its down file`, 'Use the image that contains it.');
  if (migration.directives.irreversible) {
    return cannot(
      'the migration is marked irreversible',
      'Write what is wanted instead as a new migration.',
      migration,
    );
  }
  if (migration.down) return { kind: 'step', step: { row, script: migration.down } };
  if (migration.format === 'module') return { kind: 'step', step: { row, script: migration } };
  return cannot(
    'the migration has no down file',
    `Write ${downOf(migration.source.path)}, or a new migration that undoes it.`,
    migration,
  );
}

const cannot = (message: string, remedy: string, migration?: Migration): Undone => ({
  kind: 'cannot',
  reason: { exit: 'usage', place: migration && { file: migration.source.path }, message, remedy },
});
