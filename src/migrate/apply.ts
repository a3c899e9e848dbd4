import type pg from 'pg';
import { type ExitName, nextTurn, nowMs, SlipwayError } from '../core/index.ts';
import type { Inspection } from '../inspect/index.ts';
import { headline } from '../ledger/advisory-lock.ts';
import { cacheAfter } from '../ledger/index.ts';
import { inSameTransaction, type LedgerWrite } from '../ledger/write.ts';
import type { Version } from '../migrations/index.ts';
import { classifyServerError } from '../postgres/server-error.ts';
import type { Script } from '../sql/index.ts';
import { withoutValues } from '../sql/statement-error.ts';
import { Abort, divisionByZero } from './assertion.ts';
import { type Batch, type OwnStatement, type ShortBody, sendBatch, shortBody } from './batch.ts';
import { type Body, BodyFailure, runBody } from './body.ts';
import type { Begun, Link } from './link.ts';
import { mayNotWrite, refusedRow } from './may-not.ts';
import { type Watch, watch } from './progress.ts';
import { retrying } from './retry.ts';
import type { Run, StepResult } from './run.ts';
import { type Scope, setting } from './session-settings.ts';
import { ending, leaveTransaction, type Opening, openNext, ownAgain, underLock } from './transaction.ts';

/** Holds what a body has made against what it had to make, before it is kept. */
export interface Proof {
  /**
   * What to ask once the body has run and its deferred triggers have, one statement each, made anew for each try. It
   * is asked in our own role, names and settings.
   */
  readonly query: () => readonly OwnStatement[];
  /**
   * Judges the answer.
   *
   * @param exit of the failure: 65 inside of a transaction, which is rolled back then; 84 where there was none.
   * @param answer what came of each statement of the question; null where there was no transaction to ask it in.
   * @throws SlipwayError where the body made something else.
   */
  readonly hold: (run: Run, exit: ExitName, answer: readonly pg.QueryResult[] | null) => Promise<void>;
}

/** A body with the ledger's statements around it. */
export interface Work {
  /** For the log and messages: what is under way, e.g. `2 of 4: 20251204093000_add_fee_tier`. */
  readonly title: string;
  readonly script: Script;
  /** Whose row in the ledger the bracket closes. */
  readonly version: Version;
  readonly body: Body;
  readonly ledgerWrite: LedgerWrite;
  /** Null where nothing says what the body has to make. */
  readonly proof: Proof | null;
  /** The ledger's statement for when the server refused a body that ran outside of a transaction. */
  readonly revert: string;
  readonly isStillRight: (inspection: Inspection) => boolean;
  /** Called when the lock is held and the body is about to run; at each try. */
  readonly begin: () => void;
}

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
  const body = shortBody(work.body);
  const isSharing = body !== null && !hasVariables(run);
  return retrying(run, async (seen) => {
    const begun = link?.take() ?? null;
    if (begun) seen.watch = begun.watch;
    let committedAt: number | null = null;
    const step: InTransaction = {
      work,
      body,
      seen,
      link,
      startedAt: begun?.startedAt ?? nowMs(),
      committed: (at) => {
        committedAt = at;
        link?.committed(Math.round(at - step.startedAt));
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
      { isSharing, begun: begun && (() => answered(run, begun)) },
    );
    return result === 'committed'
      ? { kind: 'done', ms: Math.round((committedAt ?? nowMs()) - step.startedAt) }
      : { kind: result };
  });
}

/** One try at a step. */
interface InTransaction {
  readonly work: Work;
  readonly body: ShortBody | null;
  readonly seen: { watch: Watch | null };
  readonly link: Link | null;
  readonly startedAt: number;
  readonly committed: (at: number) => void;
}

function answered({ session }: Run, { outcome }: Begun): Opening {
  if ('error' in outcome) throw outcome.error;
  return { ahead: [], backendPid: session.processId, answer: outcome.answer };
}

const hasVariables = ({ config }: Run): boolean => Object.keys(config.variables).length > 0;

/** What is deferred to the end of the transaction is done, and what is yet to come is not deferred. */
const constraintsNow = 'SET CONSTRAINTS ALL IMMEDIATE';

/** Returns whether the transaction is over; where readers are to be granted access it is not yet. */
async function bodyInTransaction(
  run: Run,
  step: InTransaction,
  ahead: readonly OwnStatement[],
): Promise<boolean> {
  const { work, body, link } = step;
  const before = underHeadline(work, [...ahead, ...opening(run, work)]);
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
  return isClosed(run, work, await sendBatch(run.session, { before: [], body: null, after }));
}

/** What opens the row of a step, and what its body finds set. */
const opening = (run: Run, work: Work): OwnStatement[] => [
  ...inSameTransaction(work.ledgerWrite).open.map((sql) => ({ sql, refused: mayNot(run) })),
  ...bodySettings(run, work.script, 'LOCAL'),
];

/** What completes the row of a step, and ends its transaction unless something follows in it. */
function closing({ config }: Run, work: Work): OwnStatement[] {
  const { close } = inSameTransaction(work.ledgerWrite);
  const complete: OwnStatement = { sql: close, refused: (error) => refusedLedger(work, error) };
  return [complete, ...(config.readers.length === 0 ? ending : [])];
}

/** @param results of `closing`. */
async function isClosed(run: Run, work: Work, results: readonly pg.QueryResult[]): Promise<boolean> {
  const isLast = run.config.readers.length === 0;
  if (isLast) await leaveTransaction(run, results);
  remember(run, work, results[0]);
  return isLast;
}

/** What the ledger is after the row of a step was completed. */
function remember({ memory, ledger }: Run, { version }: Work, closed: pg.QueryResult | undefined): void {
  memory.seen = cacheAfter(memory.seen, ledger, version, closed?.rows[0] ?? {});
}

/** A step that can begin in the message that ends the one before. */
interface Next {
  readonly work: Work;
  readonly body: ShortBody;
  readonly opening: readonly OwnStatement[];
}

/** A body that took longer is not run a second time because the server cannot read the next one. */
const mostToRepeatMs = 1000;

/** The next step, where it can begin in the message that ends this one. */
async function nextOf(run: Run, { work, link, startedAt }: InTransaction): Promise<Next | null> {
  if (link === null || run.config.readers.length > 0 || hasVariables(run)) return null;
  if (nowMs() - startedAt > mostToRepeatMs) return null;
  const next = await link.next();
  const body = next && shortBody(next.body);
  const ahead = body && openNext(run, work.version);
  return next && body && ahead && { work: next, body, opening: ahead };
}

/**
 * Ends a step, and begins the next one in the same message: that saves a round trip. The server reads all of a message
 * before it runs any of it: where it cannot read the next body, this step is taken back too, and done again by itself.
 */
async function endAndBegin(
  run: Run,
  { seen, link, committed, work }: InTransaction,
  { after, next }: { readonly after: readonly OwnStatement[]; readonly next: Next },
): Promise<boolean> {
  let refused: unknown = null;
  let begun: Omit<Begun, 'outcome'> | null = null;
  const [complete, ...rest] = after.map((own): OwnStatement => {
    const { sql, refused: means = (error: unknown) => error } = typeof own === 'string' ? { sql: own } : own;
    return { sql, refused: (error) => (refused = means(error)) };
  }) as [OwnStatement, ...OwnStatement[]];
  const commit = rest.pop() as Exclude<OwnStatement, string>;
  const hasCommitted = (): void => {
    const startedAt = nowMs();
    committed(startedAt);
    void seen.watch?.stop();
    seen.watch = null;
    next.work.begin();
    begun = { work: next.work, startedAt, watch: watch(run, next.work.title, run.session.processId) };
  };
  let closed: pg.QueryResult | undefined;
  const before = underHeadline(next.work, [
    { ...(complete as Exclude<OwnStatement, string>), told: (result) => (closed = result) },
    ...rest,
    { ...commit, done: hasCommitted },
    ...next.opening,
    ...opening(run, next.work),
    flush,
  ]);
  const question = next.work.proof?.query() ?? [];
  try {
    const [answer] = await Promise.all([
      runWith(run, next.work, { before, body: next.body, after: question }),
      nextTurn().then(() => link?.afterNext()),
    ]);
    remember(run, work, closed);
    link?.hand({ ...(begun as unknown as Begun), outcome: { answer } });
  } catch (error) {
    if (begun === null && refused === null && error instanceof BodyFailure) {
      link?.standAlone();
      throw new Abort('again');
    }
    if (begun === null) throw error;
    run.memory.seen = null;
    link?.hand({ ...(begun as Begun), outcome: { error } });
  }
  return true;
}

/** A row that fills the server's buffer: what it has to say of the statements before is sent, however long the body takes. */
const flush = `SELECT pg_catalog.repeat(' ', 8192)`;

/** What it means that the row of a version is refused: no right to write it, or a constraint that is not ours. */
const mayNot =
  ({ ledger, config, session }: Run) =>
  (error: pg.DatabaseError): unknown => {
    const role = config.role ?? session.greeting.user;
    if (error.code === '42501')
      return mayNotWrite({ ledger, role, database: session.greeting.database }, error);
    return error.code?.startsWith('23') ? refusedRow(ledger, error) : error;
  };

/**
 * Runs the body, and in the transaction as it leaves it what is deferred; then what is ours, as if there had been no
 * body. One message where they can share it.
 *
 * @returns what came of each statement in `after`.
 */
async function runWith(run: Run, work: Work, { before, body, after }: Batch): Promise<pg.QueryResult[]> {
  const { session, config, signal } = run;
  const tidy: OwnStatement[] = [
    { sql: constraintsNow, refused: (error) => refusedAtEnd(work, error, true) },
    ...ownAgain(session, config.role, after.at(-1) === ending.at(-1)).map((sql) => ({
      sql,
      refused: (error: pg.DatabaseError) => refusedAtEnd(work, error, false),
    })),
  ];
  const own = [...tidy, ...after];
  let results: pg.QueryResult[];
  if (body) {
    results = await sendBatch(session, { before, body, after: own });
  } else {
    await sendBatch(session, { before, body: null, after: [] });
    signal.throwIfAborted();
    await runBody(session, work.body);
    signal.throwIfAborted();
    // What decides how a message is read must be set before it is sent.
    if (session.reported('standard_conforming_strings') !== 'on')
      await session.run('SET LOCAL standard_conforming_strings = on');
    results = await sendBatch(session, { before: [], body: null, after: own });
  }
  return results.slice(tidy.length);
}

/** The statements with the step's title ahead of the first. */
function underHeadline({ title }: Work, [first = '', ...rest]: readonly OwnStatement[]): OwnStatement[] {
  const line = headline(title);
  return [typeof first === 'string' ? line + first : { ...first, sql: line + first.sql }, ...rest];
}

/** @param isDeferred whether it was what the body has deferred that was refused. */
function refusedAtEnd({ script }: Work, cause: pg.DatabaseError, isDeferred: boolean): BodyFailure {
  const detail = withoutValues(cause);
  const verdict = classifyServerError(cause, { words: [], isOutside: false });
  const { exit, again } = verdict;
  return new BodyFailure(
    {
      exit,
      place: { file: script.source.path },
      message: `at the end of its transaction: ${cause.message}`,
      remedy: exit === 'migration' && isDeferred ? deferredRemedy(cause, verdict.remedy) : verdict.remedy,
      detail: detail === null ? undefined : [`detail: ${detail}`],
      sqlstate: cause.code,
    },
    again,
    cause,
  );
}

/** Class 23 is that of constraints; what else is deferred is a trigger. */
function deferredRemedy({ code = '', where = '' }: pg.DatabaseError, otherwise: string): string {
  if (code.startsWith('23'))
    return 'A deferred constraint does not hold for what the migration left: correct it and start again.';
  return code !== '57014' && where !== ''
    ? 'A deferred trigger raised this after the last statement: correct what the migration left, or the function of the trigger.'
    : otherwise;
}

/** What completes the row is refused: the body has ended the transaction, or has taken the ledger from us. */
function refusedLedger(work: Work, cause: pg.DatabaseError): SlipwayError {
  if (cause.code === divisionByZero) return endedItself(work);
  if (!ledgerIsGone.includes(cause.code ?? '')) return refusedAtEnd(work, cause, false);
  return new SlipwayError(
    {
      exit: 'migration',
      place: { file: work.script.source.path },
      message: `the migration took the ledger away from Slipway: ${cause.message}`,
      remedy:
        'Do not change the ledger in a migration: DROP OWNED, REASSIGN OWNED, DROP SCHEMA and REVOKE affect it if they name its owner or its schema.',
      sqlstate: cause.code,
    },
    { cause },
  );
}

/** insufficient_privilege, undefined_table, invalid_schema_name, undefined_column, wrong_object_type. */
const ledgerIsGone = ['42501', '42P01', '3F000', '42703', '42809'];

const endedItself = ({ script }: Work): SlipwayError =>
  new SlipwayError({
    exit: 'migration',
    place: { file: script.source.path },
    message: 'the migration ended the transaction it ran in, or took its row out of the ledger',
    remedy:
      'Remove COMMIT and ROLLBACK from it, and what writes to the ledger; `slipway status` says what the ledger holds now.',
  });

/**
 * What a body finds set besides the variables, one statement each: the role's own search_path, lock and statement
 * timeouts.
 *
 * @param scope `LOCAL` to the transaction, or for the `SESSION` where there is none.
 * @param waitsForLocks whether it may queue for locks without end, as what runs CONCURRENTLY does.
 */
export function bodySettings({ config }: Run, script: Script, scope: Scope, waitsForLocks = false): string[] {
  const lockMs = script.directives.lockTimeoutMs ?? (waitsForLocks ? 0 : config.ddlLockTimeoutMs);
  return [
    setting({ lock_timeout: `${lockMs}`, statement_timeout: `${config.statementTimeoutMs ?? 0}` }, scope),
    `SET ${scope} search_path TO DEFAULT`,
  ];
}

/** Sets the variables for a body, as `slipway.x`. They may be secrets, and are sent beside the statement. */
export async function setVariables({ session, config }: Run, scope: Scope): Promise<void> {
  const variables = Object.entries(config.variables);
  if (variables.length === 0) return;
  const calls = variables.map(
    (_, n) => `pg_catalog.set_config($${2 * n + 1}, $${2 * n + 2}, ${scope === 'LOCAL'})`,
  );
  const values = variables.flatMap(([name, value]) => [`slipway.${name}`, value]);
  await session.run(`SELECT ${calls.join(', ')}`, values);
}
