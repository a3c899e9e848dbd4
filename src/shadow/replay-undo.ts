import { type Failure, SlipwayError } from '../core/index.ts';
import type { Migration, MigrationSet } from '../migrations/index.ts';
import { type Snapshot, sharing } from '../schema/catalog/index.ts';
import type { Building } from './building.ts';

/**
 * What came of undoing a migration: `none` was tried, since it has no down file or must not be undone; `failed`: its
 * down file did; `once`: it did not, but the migration cannot be applied again after it.
 */
export type Undoing =
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'undone'; readonly schema: Snapshot }
  | { readonly kind: 'once'; readonly schema: Snapshot; readonly failure: Failure };

/** A migration that was applied to a shadow, with the set up to it and the schema on either side of it. */
interface Applied {
  readonly migration: Migration;
  readonly set: MigrationSet;
  readonly before: Snapshot;
  readonly after: Snapshot;
}

/**
 * Undoes a migration and applies it again, where that may be done. `isAsBefore`: the schema is then what it was before.
 *
 * @throws what is no fault of the files.
 */
export async function tryUndoing(
  { inspection, bring, undo }: Building,
  withPrivileges: boolean,
  { migration, set, before, after }: Applied,
): Promise<{ readonly undoing: Undoing; readonly isAsBefore: boolean }> {
  if (!isUndoable(migration)) return { undoing: { kind: 'none' }, isAsBefore: true };
  const failed = await failureIn(() => undo(set));
  if (failed) {
    const isRolledBack = migration.down?.directives.noTransaction !== true;
    return { undoing: { kind: 'failed', failure: failed }, isAsBefore: isRolledBack };
  }
  const schema = sharing(before, await inspection(withPrivileges));
  const failure = await failureIn(() => bring(set));
  if (failure) return { undoing: { kind: 'once', schema, failure }, isAsBefore: false };
  const isAsBefore = isSameSchema(before, schema) || isSameSchema(after, await inspection(withPrivileges));
  return { undoing: { kind: 'undone', schema }, isAsBefore };
}

/** What is wrong with a file, if that is why `work` fails; whatever else it throws is thrown. */
async function failureIn(work: () => Promise<void>): Promise<Failure | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (isBad(error)) return error.failure;
    throw error;
  }
}

/** Whether a file is why something failed (65). */
export const isBad = (error: unknown): error is SlipwayError =>
  error instanceof SlipwayError && error.failure.exit === 'migration';

/** Whether two schemas are described in the same words. */
export const isSameSchema = (one: Snapshot, other: Snapshot): boolean =>
  one.size === other.size &&
  [...one].every(([object, { text, facets }]) => {
    const there = other.get(object);
    return there?.text === text && JSON.stringify(there.facets) === JSON.stringify(facets);
  });

const isUndoable = ({ kind, down, directives }: Migration): boolean =>
  kind === 'migration' && down !== null && !directives.irreversible;
