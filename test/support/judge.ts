import type { Session } from '../../src/postgres/session.ts';
import { takeSnapshot } from '../../src/schema/catalog/snapshot.ts';
import { diff, kindOf } from '../../src/schema/compare/diff.ts';
import { expected, lockObjects } from '../../src/schema/compare/locked-objects.ts';
import type { Change } from '../../src/schema/generate/changes/change.ts';
import type { Renames } from '../../src/schema/generate/changes/changes.ts';
import { formatChanges } from '../../src/schema/generate/changes/text.ts';
import { traitsOf } from '../../src/schema/kinds.ts';
import type { Snapshot } from '../../src/schema/model/object.ts';
import { describeWarnings } from '../../src/schema/objects/common/warnings.ts';
import { contentOf, lostRows, renamedContent } from './content.ts';

/** How one set of changes did. */
export interface Verdict {
  /** `left`: it says itself that it does not reach its target. */
  readonly verdict: 'right' | 'left' | 'wrong';
  /** What it was tried on. */
  readonly title: string;
  readonly text: string;
  /** What went wrong, and what is left. */
  readonly why: readonly string[];
}

/** What a set of changes is judged by. */
export interface Claim {
  readonly title: string;
  readonly changes: readonly Change[];
  readonly target: Snapshot;
  /** A migration leaves nothing that its target does not have, and loses only the rows that it says; a fix none at all. */
  readonly purpose: 'migration' | 'fix';
  /** What got another name, and is not lost. */
  readonly renames?: Renames;
}

/** Runs what was generated in the transaction that the session is in, and judges what came of it; it is left standing. */
export async function judge(session: Session, claim: Claim): Promise<Verdict> {
  const { title, changes, target, purpose } = claim;
  const text = formatChanges(changes, []);
  const left = changes.flatMap((change) =>
    change.kind === 'manual' ? [`${change.object}: ${change.reason}`] : [],
  );
  const found = await contentOf(session);
  const before = claim.renames ? renamedContent(found, claim.renames) : found;
  await session.run('SAVEPOINT generated');
  try {
    await session.run(text);
    await session.run('SET CONSTRAINTS ALL IMMEDIATE');
  } catch (error) {
    await session.run('ROLLBACK TO generated');
    const why = [...left, `fails: ${(error as Error).message}`];
    return { verdict: left.length > 0 ? 'left' : 'wrong', title, text, why };
  }
  const reached = await takeSnapshot(session, {
    ledger: { schema: 'slipway', app: 'default' },
    withPrivileges: true,
  });
  const told = changes.flatMap((change) =>
    change.kind === 'statement' && purpose === 'migration' && /^loses/.test(describeWarnings(change.warnings))
      ? [describeWarnings(change.warnings)]
      : [],
  );
  const parents = await parentsOfTables(session);
  const isTold = (what: string): boolean =>
    told.some((remark) => ` ${remark} `.includes(` ${what} `)) ||
    [...parents].some(
      ([table, above]) => what.startsWith(`${table}.`) && isTold(above + what.slice(table.length)),
    );
  const lost = lostRows(before, await contentOf(session))
    .filter((what) => !isTold(what))
    .map((what) => `lost: ${what}`);
  const different = differences(target, reached, purpose);
  const isWrong = lost.length > 0 || (different.length > 0 && left.length === 0);
  return {
    verdict: isWrong ? 'wrong' : left.length > 0 ? 'left' : 'right',
    title,
    text,
    why: isWrong ? [...lost, ...different, ...left] : left,
  };
}

/** Partitions and heirs, whose columns go with those of the table above them. */
async function parentsOfTables(session: Session): Promise<ReadonlyMap<string, string>> {
  const rows = await session.rows(
    'SELECT inhrelid::regclass::text AS own, inhparent::regclass::text AS above FROM pg_inherits',
  );
  return new Map(rows.map(({ own, above }) => [String(own), String(above)]));
}

/** What differs between the schema that was to be reached and the one that was, but for what no SQL brings about. */
function differences(target: Snapshot, reached: Snapshot, purpose: Claim['purpose']): string[] {
  const objects = Object.entries(lockObjects(target)).map(
    ([name, object]) => [name, expected(object)] as const,
  );
  const texts = (object: string) => target.get(object) ?? null;
  return diff(new Map(objects), reached, { ignore: [], texts, accepted: {} })
    .differences.filter(
      ({ kind, object, severity }) =>
        !traitsOf(kindOf(object)).isImmaterial &&
        (purpose === 'migration' || kind !== 'extra' || severity === 'drift'),
    )
    .map(({ kind, object, expected: wanted, actual }) => `${kind}: ${object}: ${wanted} | ${actual}`);
}

/** A line for whoever reads the test's output; with SLIPWAY_TEST_SHOW, what is left or wrong too, with `all` everything. */
export function tell(title: string, verdicts: readonly Verdict[]): void {
  const count = (wanted: Verdict['verdict']): number =>
    verdicts.filter(({ verdict }) => verdict === wanted).length;
  process.stderr.write(
    `${title}: ${count('right')} right, ${count('left')} left, ${count('wrong')} wrong of ${verdicts.length}\n`,
  );
  const show = process.env.SLIPWAY_TEST_SHOW;
  for (const { verdict, title: what, text, why } of show ? verdicts : [])
    if (verdict !== 'right' || show === 'all')
      process.stderr.write(`== ${verdict}: ${what}\n   ${why.join('\n   ')}\n${text}\n`);
}
