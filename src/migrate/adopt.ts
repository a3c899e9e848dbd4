import type { Match } from '../inspect/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { insertAdopted } from '../ledger/write.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import { hashText, type Snapshot } from '../schema/catalog/index.ts';
import { type Comparison, diff, type ExpectedObjects, kindOf } from '../schema/compare/index.ts';
import { LockWaiter } from './lock-waiter.ts';
import type { Run } from './run.ts';
import { underLock } from './transaction.ts';

/** What the ledger keeps of an adoption: whether anything was compared, and what was accepted as different. */
export interface Acceptance {
  readonly verified: boolean;
  readonly objects: LedgerRow['accepted'];
}

/** Every version up to `version` that an adopted database is recorded to have. */
export const recordedVersions = ({ baseline, migrations }: MigrationSet, version: Version): Migration[] =>
  [
    ...(baseline ? [baseline] : []),
    ...migrations.filter((migration) => baseline === null || migration.version > baseline.version),
  ].filter((migration) => migration.version <= version);

/**
 * Accepts what differs as it is now, and what is extra and drift. One object at a time, so that what only follows
 * from another difference, such as the columns of a table that is not there, is accepted as well.
 */
export function acceptDifferences(expected: ExpectedObjects, snapshot: Snapshot): LedgerRow['accepted'] {
  const alone = { ignore: [], texts: () => null, accepted: {} };
  const entries = [...expected]
    .filter(([object, wanted]) => {
      const there = snapshot.get(object);
      const actual: Snapshot = new Map(there ? [[object, there]] : []);
      return diff(new Map([[object, wanted]]), actual, alone).differences.length > 0;
    })
    .map(([object]) => {
      const there = snapshot.get(object);
      return [object, there ? hashText(there.text) : null] as const;
    });
  const { differences } = diff(expected, snapshot, alone);
  const extra = differences.flatMap(({ kind, object, severity, actual }) =>
    kind === 'extra' && severity === 'drift' && actual !== null ? [[object, hashText(actual)] as const] : [],
  );
  return Object.fromEntries([...entries, ...extra]);
}

/** The order of columns where it is another than at a version, to be accepted as it is: no SQL could change it. */
export const acceptOrder = ({ differences }: Comparison): LedgerRow['accepted'] =>
  Object.fromEntries(
    differences.flatMap(({ object, actual }) =>
      kindOf(object) === 'column order' && actual !== null ? [[object, hashText(actual)]] : [],
    ),
  );

/**
 * Records that an unmanaged database has a version. Nothing else of it is touched.
 *
 * @returns how many versions were recorded; 0 where another run was first, or where a schema that was found to be that
 *   of the version is so no more.
 */
export async function adoptAs(run: Run, version: Version, acceptance: Acceptance): Promise<number> {
  const recorded = recordedVersions(run.set, version);
  const waiter = new LockWaiter(run);
  for (;;) {
    const result = await underLock(
      run,
      ({ state }) => state.kind === 'unmanaged' && (!acceptance.verified || matches(state.match, version)),
      async () => {
        const rows = recorded.map((migration) =>
          insertAdopted(run.ledger, migration, run.author, acceptance),
        );
        await run.session.run(rows.join('; '));
        return false;
      },
    );
    if (result === 'committed') return recorded.length;
    if (result === 'changed') return 0;
    await waiter.wait();
  }
}

/** What an adoption keeps where the schema matches the version: the order of columns is accepted as it is. */
export const verified = (comparison: Comparison): Acceptance => ({
  verified: true,
  objects: acceptOrder(comparison),
});

/** Whether a version is among those whose schema the database has. */
export const matches = (match: Match | null, version: Version): boolean =>
  (match?.kind === 'one' && match.version === version) ||
  (match?.kind === 'several' && match.versions.includes(version));
