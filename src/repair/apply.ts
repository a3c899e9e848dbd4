import { isDeepStrictEqual } from 'node:util';
import { SlipwayError } from '../core/index.ts';
import type { Run } from '../migrate/index.ts';
import { LockWaiter, retrying, underLock } from '../migrate/own-script.ts';
import type { Finding, RepairOptions } from './finding.ts';
import { inspectForRepair, inspectUnderLock } from './inspect.ts';
import { planRepair } from './plan.ts';
import { changesOf } from './statements.ts';

const mostAttempts = 5;

/**
 * Says what is wrong with ledger and files. Reads only. What is wrong is seen twice: somebody may have been altering
 * the schema under the first inspection.
 *
 * @throws SlipwayError (75) where another run is at work in what seems interrupted, or the database changes all the
 *   time; what `lookForRepair` throws.
 */
export async function diagnose(run: Run, options: RepairOptions): Promise<Finding[]> {
  let last: Finding[] | null = null;
  for (let attempts = 1; attempts <= mostAttempts; attempts += 1) {
    const findings = planRepair(await inspectForRepair(run), options);
    if (findings.length === 0) return findings;
    if (isDeepStrictEqual(findings, last)) {
      if (!(await isUnderWay(run, findings))) return findings;
      throw new SlipwayError({
        exit: 'temporary',
        message: 'another run is still applying the migration that the ledger marks as running',
        remedy: 'That is normal: start repair again when that run has ended.',
      });
    }
    last = findings;
  }
  throw restless();
}

/** Whether what seems interrupted is being run right now. */
const isUnderWay = async (run: Run, findings: readonly Finding[]): Promise<boolean> =>
  findings.some(({ kind }) => kind === 'interrupted') && (await new LockWaiter(run).isTaken());

const restless = (): SlipwayError =>
  new SlipwayError({
    exit: 'temporary',
    message: 'ledger or schema change while they are being inspected',
    remedy: 'Somebody is changing them right now: start again when that is over.',
  });

/**
 * Puts right what can be, in one transaction under the app's lock, after a second inspection there that must find the
 * same.
 *
 * @returns all that was found; what has actions is put right now.
 * @throws SlipwayError (75) where the lock is not free in time; what `diagnose` and `underLock` throw.
 */
export async function repair(run: Run, options: RepairOptions): Promise<Finding[]> {
  const waiter = new LockWaiter(run);
  for (let attempts = 1; attempts <= mostAttempts; ) {
    const findings = planRepair(await inspectForRepair(run), options);
    if (await isUnderWay(run, findings)) {
      await waiter.wait();
      continue;
    }
    if (!findings.some(({ actions }) => actions.length > 0)) return findings;
    const result = await retrying(run, () => carryOut(run, findings, options));
    if (result === 'committed') return findings;
    if (result === 'busy') await waiter.wait();
    else attempts += 1;
  }
  throw restless();
}

/** Under the lock something else was found than before it. */
class FoundOtherwise extends Error {}

async function carryOut(
  run: Run,
  findings: readonly Finding[],
  options: RepairOptions,
): Promise<'committed' | 'busy' | 'changed'> {
  try {
    return await underLock(
      run,
      () => true,
      async () => {
        const again = planRepair(await inspectUnderLock(run), options);
        if (!isDeepStrictEqual(again, findings)) throw new FoundOtherwise();
        const actions = findings.flatMap((finding) => finding.actions);
        const changes = changesOf(run.ledger, actions, run.author);
        const results = await run.session.run(changes.map(({ sql }) => sql).join('; '));
        for (const [index, { sql, rows }] of changes.entries()) {
          const touched = results[index]?.rowCount;
          if (rows !== null && touched !== rows)
            throw new Error(`${touched} rows instead of ${rows}: ${sql}`);
        }
        return false;
      },
    );
  } catch (error) {
    if (error instanceof FoundOtherwise) return 'changed';
    throw error;
  }
}
