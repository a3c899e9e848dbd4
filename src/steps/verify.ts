import { diff, kindOf, parentOf } from '../diff.ts';
import { describeDifferences } from '../diff-text.ts';
import { type ExitName, SlipwayError } from '../errors.ts';
import { expected, type LockedObjects } from '../lockfile.ts';
import type { Migration } from '../model.ts';
import type { Run } from '../run.ts';
import { takeSnapshot } from '../snapshot/snapshot.ts';

/** What the lock says that a migration makes: objects with their hashes, and objects that are gone after it. */
interface Expectation {
  readonly objects: LockedObjects;
  readonly removed: readonly string[];
  /** Whether it is all there is: a baseline's. */
  readonly isWhole: boolean;
}

/**
 * Holds what a migration has made against what the lock says that it makes; reads only what its delta names.
 *
 * @param exit 65 inside its transaction, which is rolled back then; 84 where there was none.
 * @throws SlipwayError naming each difference.
 */
export async function assertDelta(run: Run, migration: Migration, exit: ExitName): Promise<void> {
  const expectation = expectationOf(run, migration);
  if (!run.lock || !expectation) return;
  const { objects, removed, isWhole } = expectation;
  const names = [...Object.keys(objects), ...removed];
  if (names.length === 0) return;
  const relations = names.flatMap(
    (name) => parentOf(name) ?? (kindOf(name) === 'sequence' ? name.slice('sequence '.length) : []),
  );
  const part = isWhole ? null : { relations: [...new Set(relations)], kinds: new Set(names.map(kindOf)) };
  const { privileges, ignore } = run.lock.options;
  const snapshot = await takeSnapshot(run.session, { ledger: run.ledger, withPrivileges: privileges }, part);
  const wanted = new Map(Object.entries(objects).map(([name, object]) => [name, expected(object)]));
  const comparison = diff(wanted, snapshot, { ignore, texts: run.inspectOptions.texts(), accepted: {} });
  const gone = new Set(removed);
  const differences = comparison.differences.filter(
    ({ kind, object }) => !isIncidental(object) && (kind !== 'extra' || gone.has(object)),
  );
  if (differences.length === 0) return;
  throw new SlipwayError({
    exit,
    place: { file: migration.source.path },
    message: 'it did not make of this database what the lock says',
    detail: describeDifferences({ differences, unverified: [] }),
    remedy:
      exit === 'migration'
        ? 'It was rolled back. The database was not what the migration expects: see `slipway status --drift`.'
        : 'It ran outside of a transaction: look at what it made, and put it right.',
  });
}

/** What depends on how a database came to be, and not on the migration alone. */
const isIncidental = (object: string): boolean =>
  ['column order', 'extension version'].includes(kindOf(object));

function expectationOf({ lock }: Run, { kind, version }: Migration): Expectation | null {
  if (!lock) return null;
  if (kind === 'baseline') {
    return lock.baseline.version === version
      ? { objects: lock.baseline.objects, removed: [], isWhole: true }
      : null;
  }
  const delta = lock.migrations[version]?.delta;
  return delta
    ? { objects: { ...delta.added, ...delta.changed }, removed: delta.removed, isWhole: false }
    : null;
}
