import { nowMs } from '../core/index.ts';
import { type Inspection, inspectOnce, queryWithRetries } from '../inspect/index.ts';
import { trySessionLock } from '../ledger/advisory-lock.ts';
import { cacheAfter, isKnown, type KnownLedger, resumptionOf, undoingLeft } from '../ledger/index.ts';
import { countingClose } from '../ledger/write.ts';
import type { Row } from '../postgres/index.ts';
import { hasVariables } from './around-body.ts';
import { Abort } from './assertion.ts';
import { isFirstCommand, runFirst } from './first-command.ts';
import { beginAtOnce, ownSession, searchPath } from './open-outside.ts';
import { isUnpooled, leaving } from './own-session.ts';
import type { Run, StepResult } from './run.ts';
import { type FromStatement, runBegun, runStatements } from './run-statements.ts';
import { sessionSettings } from './session-settings.ts';
import { isCounted, partsOf } from './statement-part.ts';
import type { Work } from './step.ts';
import { own } from './step-session.ts';
import { leaveTransaction, underLock } from './transaction.ts';
import { withUnpooled } from './unpooled.ts';

/**
 * Runs a file whose statements do not share a transaction. The app's lock is held by the session that runs them, so
 * that the lock lives exactly as long as the work. The row says `running` meanwhile, and how many are done.
 *
 * @param isResumed whether an earlier run was interrupted in it.
 * @throws BodyFailure, SlipwayError (78 behind a transaction pooler, 84 where a person must look), ConnectionLost.
 */
export async function applyOutsideTransaction(run: Run, work: Work, isResumed: boolean): Promise<StepResult> {
  const { ledger } = run.memory;
  // Whatever it leaves in the ledger is read again, unless it comes to its end.
  run.memory.forgetsLedger();
  const isSimple = !isFirstCommand(work.body) && !partsOf(work).some(isCounted);
  const mayBeginAtOnce =
    !isResumed && isSimple && work.limit === null && !hasVariables(run) && isKnown(ledger);
  const result = await withUnpooled(run, (session) =>
    lockedBySession({ ...run, session }, work, isResumed, mayBeginAtOnce ? ledger : null),
  );
  // What has loaded the extension as it was before is ended by its next command.
  if (result.kind === 'done' && isFirstCommand(work.body)) await run.reconnect();
  return result;
}

/** Whether the session is left as it was, the lock included, or about to be. */
interface Left {
  isLeft: boolean;
  isBegun?: boolean;
}

/** @param seen the ledger as the step before left it, where the step may begin at once. */
async function lockedBySession(
  run: Run,
  work: Work,
  isResumed: boolean,
  seen: KnownLedger | null,
): Promise<StepResult> {
  const { session, ledger, memory } = run;
  const left: Left = { isLeft: false };
  const startedAt = nowMs();
  try {
    if (seen !== null && isUnpooled(run) && (await beginAtOnce(run, work, seen))) {
      work.begin();
      const [part] = partsOf(work);
      if (part) await runBegun(run, part, session.processId);
      const closed = await closeAndLeave(run, work, left);
      memory.wrote(cacheAfter(seen, ledger, work.version, closed));
      return { kind: 'done', ms: Math.round(nowMs() - startedAt) };
    }
    const [lock] = await session.rows(
      [sessionSettings(session, 'SESSION'), trySessionLock(ledger)].join('; '),
    );
    if (lock?.locked !== true) {
      left.isLeft = true;
      return { kind: 'busy' };
    }
    return await holdingLock(run, work, isResumed, left);
  } catch (error) {
    if (error instanceof Abort && (error.result === 'busy' || error.result === 'changed'))
      return { kind: error.result };
    throw error;
  } finally {
    if (!session.isLost && !left.isLeft) {
      const leave = [...(left.isBegun ? ['ROLLBACK'] : []), searchPath, ...leaving];
      await session
        .run(leave.join('; '))
        .then((results) => leaveTransaction(run, results, true))
        .catch(() => session.destroy());
    }
  }
}

/**
 * Completes the row and leaves the session in one message; the lock goes when the row is committed, and not before.
 *
 * @returns what `cacheAfter` is told.
 */
async function closeAndLeave(run: Run, work: Work, left: Left): Promise<Row> {
  left.isBegun = true;
  const close = ['BEGIN', searchPath, countingClose(work.ledgerWrite), 'COMMIT'];
  const results = await run.session.work([...close, searchPath, ...leaving].join('; '), () => true);
  left.isLeft = true;
  await leaveTransaction(run, results, true);
  const closed = (results[2]?.rows[0] ?? {}) as Row;
  if (closed.closed !== 1) throw new Error(`the ledger has no running row: ${work.title}`);
  return closed;
}

async function holdingLock(run: Run, work: Work, isResumed: boolean, left: Left): Promise<StepResult> {
  const { session } = run;
  const inspection = await queryWithRetries(run, () => inspectOnce(session, run.inspectOptions));
  if (!work.isStillRight(inspection)) return { kind: 'changed' };
  if (!inspection.hasLedger) {
    const made = await underLock(run, work.isStillRight, async () => false);
    if (made !== 'committed') return { kind: made };
  }
  work.begin();
  const startedAt = nowMs();
  if (isFirstCommand(work.body)) {
    if (!isResumed) await session.work(own(work.ledgerWrite.open.join('; ')));
    await runFirst(run, work, {
      prepare: (after) => ownSession(after).join('; '),
      close: own(work.ledgerWrite.close),
      revert: async () => void (await session.work(own(work.revert))),
    });
    return { kind: 'done', ms: Math.round(nowMs() - startedAt) };
  }
  const resumed = isResumed ? resumptionIn(inspection, work) : null;
  await runStatements(run, work, { resumed, backendPid: inspection.backendPid });
  await closeAndLeave(run, work, left);
  return { kind: 'done', ms: Math.round(nowMs() - startedAt) };
}

/** What is left to be done of a file, by its row as it is under the lock. */
function resumptionIn({ state }: Inspection, { script, version }: Work): FromStatement['resumed'] {
  const row = state.kind === 'managed' ? state.rows.find((one) => one.version === version) : undefined;
  const resumption = row && (row.steps?.undoing ? undoingLeft : resumptionOf)(script, row);
  if (resumption?.kind === 'next' || resumption?.kind === 'ask') return resumption;
  throw new Error(`the plan goes on with ${version}, whose row does not say where`);
}
