import { setMaxListeners } from 'node:events';
import type { App } from '../../app/index.ts';
import { type ExitName, SlipwayError } from '../../core/index.ts';
import { appOf, exitOf, type ListEntry, runList, ServerPatience } from '../../fleet/index.ts';
import type { WaitBudget } from '../../migrate/index.ts';
import type { Context } from '../command.ts';
import { leastForSummaryMs, mostAfterAbortMs, mostAfterSignalMs } from '../endings.ts';
import { Display, type Said } from './display.ts';
import { type KeptFailure, kept, sayingsOf } from './failures.ts';
import type { EachRequest } from './request.ts';
import { memoryTidier } from './tidy-memory.ts';

/** What a use case is handed for one database. */
export interface EachTurn {
  readonly app: App;
  readonly entry: ListEntry;
  readonly waitBudget: WaitBudget;
  /** To be called once there is a connection. */
  readonly connected: () => void;
}

/** What became of a database. */
export type EachOutcome<Done, Known> =
  | { readonly kind: 'done'; readonly done: Done }
  /** `known`: what was found out before. `isLeft`: the run ended, and what was done with the database did not. */
  | {
      readonly kind: 'failed';
      readonly failure: KeptFailure;
      readonly known: Known;
      readonly isLeft: boolean;
    }
  /** The run ended before its turn came. */
  | { readonly kind: 'notBegun' };

/** What is done with each database. */
export interface EachWork<Done, Known> {
  /** @throws SlipwayError, and whatever a bug throws. */
  readonly run: (turn: EachTurn, known: { value: Known }) => Promise<Done>;
  /** What is known before anything is. */
  readonly unknown: Known;
  /** What is said of a database that went well. @param isLive whether a line on the terminal counts them. */
  readonly saying: (done: Done, isLive: boolean) => Said;
}

/**
 * Does the work with every database, so many at a time; one that fails stops none of the others. An error that nobody
 * waits for ends the run as a deadline does; what has not ended some time after that is left.
 *
 * @returns what became of each, in the order of the list.
 */
export async function runEach<Done, Known>(
  context: Context,
  { entries, parallel }: EachRequest,
  work: EachWork<Done, Known>,
): Promise<Map<ListEntry, EachOutcome<Done, Known>>> {
  const { signal } = context;
  // Each database that is worked on listens, and Node 20 warns of more than ten.
  setMaxListeners(0, signal);
  const course = new Course(context, entries, work);
  const { patience } = course;
  const ending = endOf(signal);
  context.onStray((error) => context.abort(error));
  try {
    const all = runList(
      entries,
      { parallel, signal, patience },
      { work: (entry) => course.run(entry), giveUp: (entry, reason) => course.fail(entry, reason) },
    );
    await Promise.race([all, ending.isOver]);
    return await course.close(signal.reason);
  } finally {
    context.onStray(null);
    ending.stop();
  }
}

/** The moment at which a run that was ended from outside waits no longer for what has not ended. */
function endOf(signal: AbortSignal): { readonly isOver: Promise<void>; readonly stop: () => void } {
  let timer: NodeJS.Timeout | null = null;
  let onAbort = (): void => undefined;
  const isOver = new Promise<void>((resolve) => {
    onAbort = () => {
      timer = setTimeout(resolve, patienceMs(signal.reason));
    };
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    isOver,
    stop: () => {
      signal.removeEventListener('abort', onAbort);
      if (timer) clearTimeout(timer);
    },
  };
}

const patienceMs = (reason: unknown): number =>
  (reason instanceof SlipwayError && isSignal(reason.failure.exit) ? mostAfterSignalMs : mostAfterAbortMs) -
  leastForSummaryMs;

const isSignal = (exit: ExitName): boolean => ['interruptedBySigterm', 'interruptedBySigint'].includes(exit);

/** A run through a list: what is done with each database, and what became of it. */
class Course<Done, Known> {
  readonly patience: ServerPatience;
  readonly #context: Context;
  readonly #work: EachWork<Done, Known>;
  readonly #outcomes: Map<ListEntry, EachOutcome<Done, Known>>;
  readonly #display: Display;
  /** What is worked on, with what is known of it. */
  readonly #running = new Map<ListEntry, { value: Known }>();
  readonly #tidy = memoryTidier();
  #isClosed = false;

  constructor(context: Context, entries: readonly ListEntry[], work: EachWork<Done, Known>) {
    this.#context = context;
    this.#work = work;
    this.patience = new ServerPatience(context.config.waitTimeoutMs);
    this.#outcomes = new Map(entries.map((entry) => [entry, { kind: 'notBegun' }]));
    this.#display = new Display(context, entries.length);
  }

  /** Never rejects. */
  async run(entry: ListEntry): Promise<void> {
    const log = this.#display.begin(entry);
    const known = { value: this.#work.unknown };
    this.#running.set(entry, known);
    let isConnected = false;
    const connected = (): void => {
      isConnected = true;
      this.patience.connected(entry);
    };
    const waitBudget = {
      waitMs: () => this.patience.waitMs(entry),
      isFinal: (sqlstate: string | undefined) => this.patience.isFinal(entry, sqlstate),
    };
    try {
      const done = await appOf(this.#context, entry, log, (app) =>
        this.#work.run({ app, entry, waitBudget, connected }, known),
      );
      if (!this.#end(entry, { kind: 'done', done })) return;
      this.#display.say(entry.database, this.#work.saying(done, this.#display.isLive));
    } catch (thrown) {
      const error = await asFailure(thrown);
      if (!isConnected && !this.#context.signal.aborted) this.patience.failed(entry, error);
      await this.fail(entry, error);
    }
    this.#tidy();
  }

  async fail(entry: ListEntry, error: SlipwayError, isLeft = false): Promise<void> {
    const { value: known } = this.#running.get(entry) ?? { value: this.#work.unknown };
    if (!this.#end(entry, { kind: 'failed', failure: kept(error), known, isLeft })) return;
    for (const said of await sayingsOf(error)) this.#display.say(entry.database, said);
  }

  /** @returns whether that is the first that is heard of its end, and not too late. */
  #end(entry: ListEntry, outcome: EachOutcome<Done, Known>): boolean {
    if (this.#isClosed) return false;
    this.#running.delete(entry);
    this.#display.end(entry, outcome.kind === 'failed');
    this.#outcomes.set(entry, outcome);
    return true;
  }

  /** Ends it, whatever is still worked on; what comes of that counts no more. */
  async close(reason: unknown): Promise<Map<ListEntry, EachOutcome<Done, Known>>> {
    for (const entry of [...this.#running.keys()]) {
      const { failure } = reason instanceof SlipwayError ? reason : await asFailure(reason);
      const message = `${failure.message}; what was done here had not ended ${patienceMs(reason) / 1000} s later`;
      await this.fail(entry, new SlipwayError({ ...failure, message }, { cause: reason }), true);
    }
    this.#isClosed = true;
    this.#display.close();
    return this.#outcomes;
  }
}

const asFailure = async (error: unknown): Promise<SlipwayError> =>
  error instanceof SlipwayError ? error : (await import('../system-failure.ts')).asAnyFailure(error);

/** @param exitOfDone the exit of a database that went well. */
export const exitOfAll = <Done, Known>(
  outcomes: readonly EachOutcome<Done, Known>[],
  exitOfDone: (done: Done) => 'ok' | 'no',
  { reason }: AbortSignal,
): ExitName => exitOf(outcomes.flatMap((outcome) => exitOfOne(outcome, exitOfDone, reason) ?? []));

function exitOfOne<Done>(
  outcome: EachOutcome<Done, unknown>,
  exitOfDone: (done: Done) => 'ok' | 'no',
  reason: unknown,
): ExitName | null {
  switch (outcome.kind) {
    case 'done':
      return exitOfDone(outcome.done);
    case 'failed':
      return outcome.failure.exit;
    case 'notBegun':
      return reason instanceof SlipwayError ? reason.failure.exit : null;
  }
}

/** Whether a signal ended the run while the database was worked on. */
export const isInterrupted = (outcome: EachOutcome<unknown, unknown>): boolean =>
  outcome.kind === 'failed' && isSignal(outcome.failure.exit);

/** The failures, in the order of the list, without those that were interrupted and came to their end. */
export const failuresIn = (
  outcomes: ReadonlyMap<ListEntry, EachOutcome<unknown, unknown>>,
): (readonly [database: string, failure: KeptFailure])[] =>
  [...outcomes].flatMap(([{ database }, outcome]) =>
    outcome.kind === 'failed' && (outcome.isLeft || !isInterrupted(outcome))
      ? [[database, outcome.failure] as const]
      : [],
  );
