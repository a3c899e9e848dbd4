import { setMaxListeners } from 'node:events';
import type { App } from '../../app/index.ts';
import { type ExitName, SlipwayError } from '../../core/index.ts';
import { appOf, exitOf, type ListEntry, runBounded, ServerPatience } from '../../fleet/index.ts';
import type { WaitBudget } from '../../migrate/index.ts';
import type { Context } from '../command.ts';
import { Display, type Said } from './display.ts';
import { type KeptFailure, kept, sayingsOf } from './failures.ts';
import type { EachRequest } from './request.ts';

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
  /** `known`: what was found out before. */
  | { readonly kind: 'failed'; readonly failure: KeptFailure; readonly known: Known }
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
 * Does the work with every database, so many at a time; one that fails stops none of the others.
 *
 * @returns what became of each, in the order of the list.
 */
export async function runEach<Done, Known>(
  context: Context,
  { entries, parallel }: EachRequest,
  { run, unknown, saying }: EachWork<Done, Known>,
): Promise<Map<ListEntry, EachOutcome<Done, Known>>> {
  const outcomes = new Map<ListEntry, EachOutcome<Done, Known>>(
    entries.map((entry) => [entry, { kind: 'notBegun' }]),
  );
  // Each database that is worked on listens, and Node 20 warns of more than ten.
  setMaxListeners(0, context.signal);
  const patience = new ServerPatience(context.config.waitTimeoutMs);
  const display = new Display(context, entries.length);
  const one = async (entry: ListEntry): Promise<void> => {
    const log = display.begin(entry);
    const known = { value: unknown };
    let isConnected = false;
    const connected = (): void => {
      isConnected = true;
      patience.connected(entry);
    };
    const waitBudget = { waitMs: () => patience.waitMs(entry) };
    try {
      const done = await appOf(context, entry, log, (app) =>
        run({ app, entry, waitBudget, connected }, known),
      );
      display.end(entry, false);
      outcomes.set(entry, { kind: 'done', done });
      display.say(entry.database, saying(done, display.isLive));
    } catch (thrown) {
      const error = await asFailure(thrown);
      display.end(entry, true);
      if (!isConnected && !context.signal.aborted) patience.failed(entry, error);
      outcomes.set(entry, { kind: 'failed', failure: kept(error), known: known.value });
      for (const said of await sayingsOf(error)) display.say(entry.database, said);
    }
  };
  try {
    await runBounded(entries, { parallel, signal: context.signal }, one);
  } finally {
    display.close();
  }
  return outcomes;
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
  outcome.kind === 'failed' && ['interruptedBySigterm', 'interruptedBySigint'].includes(outcome.failure.exit);

/** The failures, in the order of the list, without those that were interrupted. */
export const failuresIn = (
  outcomes: ReadonlyMap<ListEntry, EachOutcome<unknown, unknown>>,
): (readonly [database: string, failure: KeptFailure])[] =>
  [...outcomes].flatMap(([{ database }, outcome]) =>
    outcome.kind === 'failed' && !isInterrupted(outcome) ? [[database, outcome.failure] as const] : [],
  );
