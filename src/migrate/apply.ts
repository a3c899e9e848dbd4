import type pg from 'pg';
import { nextTurn, nowMs } from '../core/index.ts';
import { closing, hasVariables, opening, runWith, setVariables, sharedBody } from './around-body.ts';
import { type OwnStatement, sendBatch } from './batch.ts';
import { endAndBegin, type InTransaction, nextOf, remember } from './hand-over.ts';
import type { Begun, Link } from './link.ts';
import type { Opening } from './opening.ts';
import { retrying } from './retry.ts';
import type { Run, StepResult } from './run.ts';
import type { Work } from './step.ts';
import { leaveTransaction, underLock } from './transaction.ts';
import { watch } from './watch.ts';

/**
 * Runs a transactional migration, up or down: lock, second inspection; row, body, completed row, COMMIT. That is one
 * round trip, or two where what it made is proved, once a step before it was seen to the end; not so where the body is
 * large or is not SQL alone. Backs off where it would queue for a lock in front of live traffic, and tries again;
 * likewise after a deadlock.
 *
 * @param link what it has to do with the steps around it; null: it stands alone.
 * @throws BodyFailure and what `underLock` throws.
 */
export function applyInTransaction(run: Run, work: Work, link: Link | null = null): Promise<StepResult> {
  const body = sharedBody(run, work);
  const { isolation = null } = work.script.directives;
  const isSharing = body !== null && !hasVariables(run) && isolation === null;
  return retrying(run, async (seen) => {
    if (isolation !== null) {
      const ledger = await ledgerIsThere(run, work);
      if (ledger !== 'committed') return { kind: ledger };
    }
    const begun = link?.take() ?? null;
    if (begun) seen.watch = begun.watch;
    const startedAt = begun?.startedAt ?? nowMs();
    let committedAt: number | null = null;
    const step: InTransaction = {
      work,
      body,
      seen,
      link,
      committed: (at) => {
        committedAt = at;
        link?.committed(Math.round(at - startedAt));
      },
    };
    const result = await underLock(
      run,
      work.isStillRight,
      async ({ ahead, backendPid, answer }) => {
        if (answer !== undefined) return endTransaction(run, step, answer);
        work.begin();
        await seen.watch?.stop();
        seen.watch = watch(run, work.title, backendPid);
        return bodyInTransaction(run, step, ahead);
      },
      { isSharing, isolation, begun: begun && (() => answered(run, begun)) },
    );
    return result === 'committed'
      ? { kind: 'done', ms: Math.round((committedAt ?? nowMs()) - startedAt) }
      : { kind: result };
  });
}

/** Makes the ledger where it is missing: a transaction with a snapshot of its own must find it. */
const ledgerIsThere = async (run: Run, work: Work): ReturnType<typeof underLock> =>
  run.memory.planned?.hasLedger === false && run.memory.ledger === null
    ? underLock(run, work.isStillRight, async () => false)
    : 'committed';

function answered({ session }: Run, { outcome }: Begun): Opening {
  if ('error' in outcome) throw outcome.error;
  return { ahead: [], backendPid: session.processId, answer: outcome.answer };
}

/** Returns whether the transaction is over; where readers are to be granted access it is not yet. */
async function bodyInTransaction(
  run: Run,
  step: InTransaction,
  ahead: readonly OwnStatement[],
): Promise<boolean> {
  const { work, body, link } = step;
  const before = [...ahead, ...opening(run, work)];
  await setVariables(run, 'LOCAL');
  run.signal.throwIfAborted();
  if (work.proof === null) {
    const after = closing(run, work);
    const results = await runWith(run, work, { before, body, after });
    return isClosed(run, work, results);
  }
  const [answer] = await Promise.all([
    runWith(run, work, { before, body, after: work.proof.query() }),
    nextTurn().then(() => link?.next()),
  ]);
  return endTransaction(run, step, answer);
}

/** Holds what a body has made against what it had to make, and ends its transaction; as `bodyInTransaction`. */
async function endTransaction(
  run: Run,
  step: InTransaction,
  answer: readonly pg.QueryResult[],
): Promise<boolean> {
  const { work } = step;
  run.signal.throwIfAborted();
  await work.proof?.hold(run, 'migration', answer);
  const after = closing(run, work);
  const next = await nextOf(run, step);
  if (next) return endAndBegin(run, step, { after, next });
  const ended = sendBatch(run.session, { title: work.title, before: [], body: null, after });
  if (run.config.readers.length === 0) step.link?.ending(ended);
  return isClosed(run, work, await ended);
}

/**
 * To be called with what completed a step's row: whether its transaction is over.
 *
 * @param results of `closing`.
 */
export async function isClosed(run: Run, work: Work, results: readonly pg.QueryResult[]): Promise<boolean> {
  const isLast = run.config.readers.length === 0;
  if (isLast) await leaveTransaction(run, results);
  remember(run, work, results[0]);
  return isLast;
}
