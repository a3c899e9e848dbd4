import type { App } from '../app/index.ts';
import { SlipwayError } from '../core/index.ts';
import type { MigrationSet } from '../migrations/index.ts';
import type { Snapshot } from '../schema/catalog/index.ts';
import { differencesBetween } from '../schema/compare/snapshots.ts';
import { describeDifferences } from '../schema/compare/text.ts';
import type { Rename, SchemaGraph } from '../schema/generate/index.ts';
import { type Building, onShadow, type Shadow } from '../shadow/index.ts';
import { type Contents, type KeptTable, keptTables, losses, readContents } from './rows-kept.ts';
import { fillTables } from './sample-rows.ts';

/** What was seen of a generated migration, and of what undoes it, on a shadow with rows in it. */
export interface Verification {
  /** What is wrong with each, in sentences without a full stop; what differs stands beneath, indented. */
  readonly up: readonly string[];
  readonly down: readonly string[];
  /** Tables that no sample row could be put into. */
  readonly unfilled: readonly string[];
}

export interface Claim {
  /** What the image contains, the generated migration last. */
  readonly set: MigrationSet;
  readonly head: SchemaGraph;
  readonly desired: SchemaGraph;
  readonly renames: readonly Rename[];
  /** The tables whose rows the migration may meet, as they are called at head. */
  readonly touched: ReadonlySet<string>;
  readonly withPrivileges: boolean;
}

/**
 * Applies the generated migration, and undoes it, with the very code that migrates, on the shadow that head was built
 * on. Where it fails for the rows, it is tried again on another without any.
 */
export async function verifyMigration(
  app: App,
  shadow: Shadow,
  building: Building,
  claim: Claim,
): Promise<Verification> {
  const { head, desired, renames, touched } = claim;
  const { run } = building;
  const unfilled = await fillTables(run.session, run.ledger, touched);
  const kept = keptTables(touched, head.snapshot, desired.snapshot, renames);
  const before = await readContents(run.session, kept, 'before');
  const proof = await walk(building, claim, { kept, before });
  if (!('failed' in proof)) return { ...proof, unfilled };
  const again = await shadow.another((other) =>
    onShadow(app, other, claim.set, async (empty) => {
      const head = withoutLast(claim.set);
      if (head.head !== '') await empty.bring(head);
      return walk(empty, claim, null);
    }),
  );
  if ('failed' in again) {
    return { up: [`it fails: ${again.failed}`], down: ['it was not tried: the migration fails'], unfilled };
  }
  return {
    up: [`it fails where the tables hold rows: ${proof.failed}`, ...again.up],
    down: again.down,
    unfilled,
  };
}

type Walk = Omit<Verification, 'unfilled'> | { readonly failed: string };

async function walk(
  { run, inspection, bring, undo }: Building,
  { set, head, desired, withPrivileges }: Claim,
  rows: { readonly kept: readonly KeptTable[]; readonly before: Contents } | null,
): Promise<Walk> {
  const lost = async (side: 'before' | 'after'): Promise<string[]> =>
    rows ? losses(rows.before, await readContents(run.session, rows.kept, side)) : [];
  const applied = await attempt(() => bring(set));
  if (applied !== null) return { failed: applied };
  const reached = await inspection(withPrivileges);
  const up = [...notReached('SOURCE', desired.snapshot, reached), ...(await lost('after'))];
  if (!set.migrations.at(-1)?.down) return { up, down: [] };
  const undone = await attempt(() => undo(set));
  if (undone !== null) return { up, down: [`it fails: ${undone}`] };
  const restored = await inspection(withPrivileges);
  return { up, down: [...notReached('head', head.snapshot, restored), ...(await lost('before'))] };
}

/** Why it failed; null where it did not. */
async function attempt(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.failure.exit !== 'migration') throw error;
    return error.failure.message;
  }
}

function notReached(target: string, wanted: Snapshot, actual: Snapshot): string[] {
  const comparison = differencesBetween(wanted, actual);
  return comparison.differences.length === 0
    ? []
    : [
        `it does not lead to ${target}; these differences remain:`,
        ...describeDifferences({ ...comparison, unverified: [] }).map((line) => `  ${line}`),
      ];
}

const withoutLast = (set: MigrationSet): MigrationSet => {
  const migrations = set.migrations.slice(0, -1);
  const versions = [set.baseline, ...migrations].flatMap((migration) => migration?.version ?? []);
  return { ...set, migrations, head: versions.sort().at(-1) ?? '' };
};
