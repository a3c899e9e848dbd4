import type pg from 'pg';
import { nowMs, SlipwayError } from '../core/index.ts';
import type { Resumption } from '../ledger/index.ts';
import { type NamedIndex, type Question, questionOf } from '../sql/index.ts';
import { runWith, sharedBody } from './around-body.ts';
import { Abort } from './assertion.ts';
import { sendBatch } from './batch.ts';
import { type Body, BodyFailure, runBody } from './body.ts';
import { indexQuery, indexState, readIndexState } from './concurrent-index.ts';
import { isDone } from './interrupted-statement.ts';
import { assertValid, clearLeftover, dropWithoutLimit } from './leftover-index.ts';
import { indexOf, isConcurrent, ownSession } from './open-outside.ts';
import { refusedLedger } from './refusals.ts';
import { retrying } from './retry.ts';
import type { Run } from './run.ts';
import { isCounted, partsOf, type StatementPart } from './statement-part.ts';
import type { Work } from './step.ts';
import { own, setUp } from './step-session.ts';
import { isUntouched, traceOf } from './trace.ts';
import { watch } from './watch.ts';

/** Where a file begins, or goes on after an interruption. */
export interface FromStatement {
  /** Null: its row is not there yet. */
  readonly resumed: (Resumption & { readonly kind: 'next' | 'ask' }) | null;
  readonly backendPid: number;
}

/**
 * Runs the statements of a file one after the other, as the session that holds the app's lock. The ledger counts them: a
 * statement that can run in a transaction shares one with its number; of any other the number is noted as begun before,
 * and as done after it. What it made is proved at the end; the row stays running.
 *
 * @throws BodyFailure, SlipwayError (84 where a person must look), ConnectionLost.
 */
export async function runStatements(
  run: Run,
  work: Work,
  { resumed, backendPid }: FromStatement,
): Promise<void> {
  const parts = partsOf(work);
  const left = resumed === null ? parts : parts.filter(({ number }) => number >= resumed.statement);
  let hasRow = resumed !== null;
  if (work.limit !== null) await (await import('./limit-outside.ts')).assertOutside(run, left);
  for (const part of left) {
    run.signal.throwIfAborted();
    const startedAt = nowMs();
    const question = resumed?.kind === 'ask' && resumed.statement === part.number ? resumed.question : null;
    try {
      await runPart(run, part, { hasRow, question, backendPid });
    } catch (error) {
      throw toldHowFar(error, part);
    }
    hasRow = true;
    if (part.of === 1) continue;
    const ms = Math.round(nowMs() - startedAt);
    run.log.info(
      { event: 'statement', version: work.version, statement: part.number, of: part.of, ms },
      `statement ${part.number} of ${part.of} is done in ${ms} ms`,
    );
  }
  // Where the last one runs alone in its file, what it made is proved as it ends.
  const last = left.at(-1);
  if (last === undefined || isCounted(last)) await prove(run, work, null);
}

interface PartState {
  readonly hasRow: boolean;
  /** How to tell what became of it, where it was interrupted. */
  readonly question: Question | null;
  readonly backendPid: number;
}

async function runPart(
  run: Run,
  part: StatementPart,
  { hasRow, question, backendPid }: PartState,
): Promise<void> {
  const { work, number } = part;
  const isMarked = isCounted(part);
  const open = hasRow ? [] : work.ledgerWrite.open;
  if (question !== null) {
    const isThere = await isDone(run, part, question);
    if (!isThere) await runBegun(run, part, backendPid);
    else if (!isMarked) await prove(run, work, indexOf(work.body));
  } else {
    if (!part.isAlone) {
      if (open.length > 0) await note(run, [...open, work.reach(number - 1, false)]);
      if (await runTogether(run, part, backendPid)) return;
      await note(run, [work.reach(number - 1, true)]);
    } else {
      const index = indexOf(work.body);
      if (index) await clearLeftover(run, part, index, false);
      else if (!isMarked) await setUp(run, part);
      if (isMarked) await note(run, [...open, work.reach(number - 1, true)]);
      else await run.session.work(own(open.join('; ')));
    }
    await runBegun(run, part, backendPid);
  }
  if (isMarked) await note(run, [work.reach(number, false)]);
}

/** Writes to the ledger in a transaction of its own, whatever a statement before has set. */
const note = (run: Run, statements: readonly string[]): Promise<unknown> =>
  run.session.work([...ownSession(run), own(statements.join('; '))].join('; '));

/**
 * Runs a statement in one transaction with its number in the ledger.
 *
 * @returns false where the server does not take it in a transaction (25001): nothing of it was done.
 * @throws BodyFailure where it failed: nothing of it is kept.
 */
async function runTogether(run: Run, part: StatementPart, backendPid: number): Promise<boolean> {
  const { session } = run;
  const { work, number } = part;
  const done = {
    sql: work.reach(number, false),
    refused: (error: pg.DatabaseError) => refusedLedger(work, error),
  };
  try {
    await retrying(run, async (seen) => {
      await setUp(run, part);
      seen.watch = watch(run, work.title, backendPid);
      await session.run('BEGIN ISOLATION LEVEL READ COMMITTED');
      try {
        await runWith(run, work, {
          before: [],
          body: sharedBody(run, work),
          after: [done, 'COMMIT'],
        });
      } catch (error) {
        if (!session.isLost) await session.run('ROLLBACK').catch(() => session.destroy());
        throw error;
      }
    });
    return true;
  } catch (error) {
    if (!isEndedBy(run, error)) throw error;
    if (error.failure.sqlstate === activeTransaction) return false;
    await revert(run, part, null, error);
    throw error;
  }
}

/** active_sql_transaction: what the server says of a statement that cannot run in a transaction. */
const activeTransaction = '25001';

/** Whether it was the statement that failed, and the session is still there to put that right. */
const isEndedBy = ({ signal, session }: Run, error: unknown): error is BodyFailure =>
  error instanceof BodyFailure && !signal.aborted && !session.isLost;

/** Runs a statement by itself, whose row and settings are there, and holds what it made against what it had to make. */
export async function runBegun(run: Run, part: StatementPart, backendPid: number): Promise<void> {
  const { session } = run;
  const { work, statement } = part;
  const index = indexOf(work.body);
  const question = questionOf(work.script.source, statement);
  let hasLeftPart = false;
  try {
    let isFirst = true;
    await retrying(run, async (seen) => {
      // A try that backed off may have left a part behind.
      if (!isFirst && question && (await isDone(run, part, question)) && index === null) return;
      if (!isFirst || isCounted(part)) await setUp(run, part);
      isFirst = false;
      const before = mayLeavePart(work.body) ? await traceOf(session) : null;
      seen.watch = watch(run, work.title, backendPid);
      await (run.bodyRunner ?? runBody)(session, work.body).catch(async (error) => {
        if (!before || !isEndedBy(run, error)) throw error;
        hasLeftPart ||= !isUntouched(before, await traceOf(session), isConcurrent(work.body));
        throw hasLeftPart && !question ? leftToAPerson(part, error) : error;
      });
    });
  } catch (error) {
    if (!isEndedBy(run, error)) throw error;
    if (hasLeftPart) throw leftToNextRun(error);
    await revert(run, part, index, error);
    throw error;
  }
  if (!isCounted(part)) return prove(run, work, index);
  if (index === null) return;
  await setUp(run, part);
  assertValid(work, index, await indexState(session, index));
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

/**
 * Whether a statement commits in between, and may so leave a part behind when it fails: a block or a procedure
 * (PostgreSQL docs 43.8), and what runs CONCURRENTLY but for a refresh, and for an index that can be looked up.
 */
const mayLeavePart = (body: Body): boolean =>
  body.kind === 'sql' &&
  indexOf(body) === null &&
  body.script.statements.some(
    ({ words }) =>
      words[0] === 'DO' || words[0] === 'CALL' || (words[0] !== 'REFRESH' && words.includes('CONCURRENTLY')),
  );

const leftToAPerson = ({ work, number, of }: StatementPart, { failure }: BodyFailure): SlipwayError =>
  new SlipwayError({
    ...failure,
    exit: 'interrupted',
    remedy: `${of === 1 ? 'It' : `Statement ${number} of ${of}`} ran outside of a transaction and may have committed a part: check what it did. ${work.script.source.path} stays marked as running; finish it by hand or undo it, then say which: \`slipway repair\` shows how.`,
  });

/** It failed with a part of it done, which the catalogs tell: its row stays. */
const leftToNextRun = ({ failure }: BodyFailure): SlipwayError =>
  new SlipwayError({
    ...failure,
    remedy: `It came part of the way, and stays marked as running: \`slipway up\` finds out how far, and goes on. ${failure.remedy}`,
  });

/** Says of a failure what of its file is done. */
function toldHowFar(error: unknown, { number, of, isFirst }: StatementPart): unknown {
  if (!(error instanceof BodyFailure) || of === 1) return error;
  const done = isFirst
    ? `statement ${number} of ${of}; none before it is done`
    : `statement ${number} of ${of}; those before it are done, and the next run goes on with this one`;
  return new BodyFailure(
    { ...error.failure, detail: [...(error.failure.detail ?? []), done] },
    error.again,
    error.cause,
  );
}

/** After the server refused a statement, and nothing of it can be left: the ledger says so too. */
async function revert(
  run: Run,
  part: StatementPart,
  index: NamedIndex | null,
  { failure }: BodyFailure,
): Promise<void> {
  const { work, number, isFirst } = part;
  try {
    if (index) {
      if (isCounted(part)) await setUp(run, part);
      else await run.session.run(ownSession(run).join('; '));
      const state = await indexState(run.session, index);
      if (state.kind === 'invalid') await dropWithoutLimit(run, state.name);
    }
    await note(run, [isFirst ? work.revert : work.reach(number - 1, false)]);
  } catch (error) {
    run.log.warn(
      { event: 'leftBegun', reason: error instanceof Error ? error.message : String(error) },
      `what ${failure.place?.file ?? work.title} left could not be removed: the next run removes it`,
    );
  }
}
