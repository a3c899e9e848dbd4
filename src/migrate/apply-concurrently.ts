import type pg from 'pg';
import { deadlineIn, nowMs, SlipwayError, Waiting } from '../core/index.ts';
import { inspectOnce, queryWithRetries } from '../inspect/index.ts';
import { trySessionLock } from '../ledger/advisory-lock.ts';
import { cacheAfter, isKnown, type KnownLedger } from '../ledger/index.ts';
import { countingClose } from '../ledger/write.ts';
import type { Row } from '../postgres/index.ts';
import type { NamedIndex } from '../sql/index.ts';
import { hasVariables, setVariables } from './around-body.ts';
import { Abort } from './assertion.ts';
import { sendBatch } from './batch.ts';
import { type Body, BodyFailure, runBody } from './body.ts';
import { dropLeftover, type IndexState, indexQuery, indexState, readIndexState } from './concurrent-index.ts';
import { isFirstCommand, runFirst } from './first-command.ts';
import { beginAtOnce, indexOf, isConcurrent, ownSession, searchPath, settingsOf } from './open-outside.ts';
import { isUnpooled, leaving } from './own-session.ts';
import { retrying } from './retry.ts';
import type { Run, StepResult } from './run.ts';
import { sessionSettings } from './session-settings.ts';
import type { Work } from './step.ts';
import { isUntouched, traceOf } from './trace.ts';
import { leaveTransaction, underLock } from './transaction.ts';
import { withUnpooled } from './unpooled.ts';
import { watch } from './watch.ts';

/**
 * Runs a single statement that cannot run in a transaction. The app's lock is held by the session that runs it, so
 * that the lock lives exactly as long as the work. The row says `running` meanwhile.
 *
 * @param isResumed whether an earlier run was interrupted in it.
 * @throws BodyFailure, SlipwayError (78 behind a transaction pooler, 84 where a person must look), ConnectionLost.
 */
export async function applyOutsideTransaction(run: Run, work: Work, isResumed: boolean): Promise<StepResult> {
  const { ledger } = run.memory;
  // Whatever it leaves in the ledger is read again, unless it comes to its end.
  run.memory.forgetsLedger();
  const mayBeginAtOnce = !isResumed && !isFirstCommand(work.body) && !hasVariables(run) && isKnown(ledger);
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
      await runBegun(run, work, indexOf(work.body), session.processId);
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
      revert: (error) => revert(run, work, null, error),
    });
    return { kind: 'done', ms: Math.round(nowMs() - startedAt) };
  }
  const index = indexOf(work.body);
  const isThere = index !== null && (await clearLeftover(run, work, index, isResumed)) === 'valid';
  if (index === null) await setUp(run, work);
  else await setVariables(run, 'SESSION');
  if (!isResumed) await session.work(own(work.ledgerWrite.open.join('; ')));
  if (!(isResumed && isThere)) await runBegun(run, work, index, inspection.backendPid);
  else await prove(run, work, index);
  await closeAndLeave(run, work, left);
  return { kind: 'done', ms: Math.round(nowMs() - startedAt) };
}

/** Runs the body, whose row and settings are there, and holds what it made against what it had to make. */
async function runBegun(run: Run, work: Work, index: NamedIndex | null, backendPid: number): Promise<void> {
  const { session } = run;
  try {
    let isFirst = true;
    await retrying(run, async (seen) => {
      // A try that backed off has left its index behind, invalid.
      if (!isFirst && index) await clearLeftover(run, work, index, true);
      if (!isFirst) await setUp(run, work);
      isFirst = false;
      const before = mayLeavePart(work.body) ? await traceOf(session) : null;
      seen.watch = watch(run, work.title, backendPid);
      await (run.bodyRunner ?? runBody)(session, work.body).catch(async (error) => {
        if (!(error instanceof BodyFailure) || run.signal.aborted || session.isLost) throw error;
        if (!before || isUntouched(before, await traceOf(session), isConcurrent(work.body))) throw error;
        throw leftToAPerson(work, error);
      });
    });
  } catch (error) {
    if (!(error instanceof BodyFailure) || run.signal.aborted || session.isLost) throw error;
    await session.run(ownSession(run).join('; '));
    await revert(run, work, index, error);
    throw error;
  }
  await prove(run, work, index);
}

/**
 * Holds what a body has made against what it had to make; leaves our own role and settings in the session. It cannot
 * share a message with the body, which is alone in its own.
 */
async function prove(run: Run, work: Work, index: NamedIndex | null): Promise<void> {
  const ask = (): Promise<pg.QueryResult[]> =>
    sendBatch(run.session, {
      before: ownSession(run),
      body: null,
      after: [...(index ? [indexQuery(index)] : []), ...(work.proof?.query() ?? [])],
    });
  const answer = await ask().catch((error) => {
    // The body may have made the session forget what is prepared: it is prepared anew.
    if (error instanceof Abort) return ask();
    throw error;
  });
  if (index) assertValid(work, index, readIndexState(answer[0]?.rows[0]));
  await work.proof?.hold(run, 'interrupted', answer.slice(index ? 1 : 0));
}

/** A statement of ours, in a message of its own, which makes it a transaction. */
const own = (sql: string): string => `${searchPath}; ${sql}`;

async function setUp(run: Run, work: Work): Promise<void> {
  await run.session.run([...ownSession(run), ...settingsOf(run, work)].join('; '));
  await setVariables(run, 'SESSION');
}

/**
 * Whether a statement commits in between, and may so leave a part behind when it fails, which nobody here can judge: a
 * block or a procedure (PostgreSQL docs 43.8), and what runs CONCURRENTLY but for a refresh, and for an index that can
 * be looked up.
 */
const mayLeavePart = (body: Body): boolean =>
  body.kind === 'sql' &&
  indexOf(body) === null &&
  body.script.statements.some(
    ({ words }) =>
      words[0] === 'DO' || words[0] === 'CALL' || (words[0] !== 'REFRESH' && words.includes('CONCURRENTLY')),
  );

const leftToAPerson = ({ title }: Work, { failure }: BodyFailure): SlipwayError =>
  new SlipwayError({
    ...failure,
    exit: 'interrupted',
    remedy: `It ran outside of a transaction and may have committed a part: check what it did. ${title} stays marked as running; finish it by hand or undo it, then say which: \`slipway repair\` shows how.`,
  });

/**
 * Waits for a build that is under way and clears what an interrupted one left; says whether the index is there. The
 * settings of the body are set then.
 */
async function clearLeftover(
  run: Run,
  work: Work,
  index: NamedIndex,
  isResumed: boolean,
): Promise<'absent' | 'valid'> {
  const waiting = new Waiting(deadlineIn(null), run.signal);
  for (;;) {
    const state = await indexState(run.session, index, [...ownSession(run), ...settingsOf(run, work)]);
    if (state.kind === 'absent' || state.kind === 'valid') return state.kind;
    if (state.kind !== 'building') {
      if (!isResumed) throw notOurs(work, state.name);
      run.log.info(
        { event: 'rebuild', index: state.name },
        `${state.name} was left invalid: it is built again`,
      );
      await dropWithRetries(run, work, state.name);
      return 'absent';
    }
    const { name, pid } = state;
    const say = (): void =>
      run.log.info(
        { event: 'building', index: name, pid },
        `${name} is still being built by process ${pid}: waiting for it`,
      );
    await waiting.turn({ key: String(pid), backoff: 'brisk', say }, null);
  }
}

/** Drops it without the lock timeout that made the build back off: dropping concurrently stands in nobody's way. */
async function dropWithRetries(run: Run, work: Work, name: string): Promise<void> {
  await run.session.run('SET SESSION lock_timeout = 0');
  await dropLeftover(run.session, name);
  await setUp(run, work);
}

const notOurs = ({ script }: Work, name: string): SlipwayError =>
  new SlipwayError({
    exit: 'interrupted',
    place: { file: script.source.path },
    message: `the index ${name} is there already, and is invalid: somebody else's build of it failed`,
    remedy: `Check it, then: DROP INDEX CONCURRENTLY ${name}; and start again.`,
  });

function assertValid({ script }: Work, index: NamedIndex, state: IndexState): void {
  if (state.kind === 'valid') return;
  throw new SlipwayError({
    exit: 'interrupted',
    place: { file: script.source.path },
    message: `the index "${index.index}" is ${state.kind} after its CREATE INDEX`,
    remedy: 'Start again: an invalid index is dropped and built anew.',
  });
}

/** After the server refused the statement, and nothing of it can be left: its row goes too. */
async function revert(run: Run, work: Work, index: NamedIndex | null, failure: BodyFailure): Promise<void> {
  const { session, log } = run;
  try {
    if (index) {
      const state = await indexState(session, index);
      if (state.kind === 'invalid') await dropWithRetries(run, work, state.name);
    }
    await session.work(own(work.revert));
  } catch (error) {
    log.warn(
      { event: 'leftBegun', reason: error instanceof Error ? error.message : String(error) },
      `what ${failure.failure.place?.file ?? work.title} left could not be removed: the next run removes it`,
    );
  }
}
