import { count, exitCodes, nowMs, SlipwayError, seconds } from '../../core/index.ts';
import type { ListEntry } from '../../fleet/index.ts';
import { readShared, type SharedFiles, Tally } from '../../migrate/index.ts';
import { bringToHead } from '../bring-to-head.ts';
import type { Context } from '../command.ts';
import type { EachFlags } from '../each-options.ts';
import { describeSteps, sayAtHead } from '../report.ts';
import type { UpEach, UpEachDatabase, UpEachSummary } from '../results.ts';
import { listFailure } from './failures.ts';
import { readEach } from './request.ts';
import {
  type EachOutcome,
  type EachTurn,
  exitOfAll,
  failuresIn,
  isInterrupted,
  runEach,
} from './run-each.ts';

/** A database that was brought to head. */
interface Done {
  readonly version: string | null;
  readonly isAhead: boolean;
  readonly applied: number;
  readonly ms: number;
  readonly words: string;
}

/** What is known of a database that was not. */
interface Known {
  readonly version: string | null;
  readonly applied: number;
}

type UpOutcome = EachOutcome<Done, Known>;

/**
 * Brings every database of the list to head; the files are read once for all.
 *
 * @throws SlipwayError for the files (65, 66) and the list (64, 66, 78) before any database is connected to; in the end
 *   where not all are at head, with what became of each.
 */
export async function upEach(context: Context<EachFlags>): Promise<number> {
  const startedAt = nowMs();
  const files = await readShared(context.config);
  const outcomes = await runEach<Done, Known>(context, await readEach(context), {
    run: (turn, known) => upOne(turn, files, known),
    unknown: { version: null, applied: 0 },
    // Where a line counts them, only what was done is worth one of its own.
    saying: ({ words, version, applied, ms }, isLive) => ({
      level: isLive && applied === 0 ? 'debug' : 'info',
      fields: { event: 'databaseDone', version, applied, ms },
      message: words,
    }),
  });
  const all = [...outcomes.values()];
  const summary = summaryOf(all, Math.round(nowMs() - startedAt));
  const exit = exitOfAll(all, () => 'ok', context.signal);
  const { head } = files.files();
  const report: UpEach = {
    result: exit === 'ok' ? 'upToDate' : 'failed',
    databases: [...outcomes].map(([entry, outcome]) => reportOf(entry, outcome, head)),
    summary,
  };
  const counts = sayCounts(summary);
  context.report?.add({
    outcome: { words: counts, isGood: exit === 'ok' },
    databases: [...outcomes].map(([{ database }, outcome]) => `${database}: ${wordsOf(outcome)}`),
  });
  if (exit !== 'ok') {
    const { reason } = context.signal;
    throw listFailure({ exit, counts, reason, failures: failuresIn(outcomes), report });
  }
  if (context.isJson) context.print(JSON.stringify(report));
  context.log.info({ event: 'databasesDone', ...summary }, counts);
  context.writeTerminationMessage(counts, []);
  return exitCodes.ok.code;
}

async function upOne(
  { app, waitBudget, connected }: EachTurn,
  files: SharedFiles,
  known: { value: Known },
): Promise<Done> {
  const startedAt = nowMs();
  const tally = new Tally();
  try {
    const { plan, unchecked } = await bringToHead(app, { tally, connected, files, waitBudget });
    const ms = Math.round(nowMs() - startedAt);
    return {
      version: plan.version,
      isAhead: plan.ahead.length > 0,
      applied: tally.count('applied'),
      ms,
      words: sayAtHead({ plan, tally, unchecked, ms }),
    };
  } catch (error) {
    const newest = tally.steps.findLast(({ status }) => status === 'applied');
    known.value = { version: newest?.version ?? tally.from ?? null, applied: tally.count('applied') };
    if (!(error instanceof SlipwayError)) throw error;
    const detail = [...(error.failure.detail ?? []), ...describeSteps(tally)];
    throw new SlipwayError({ ...error.failure, detail }, { cause: error });
  }
}

function summaryOf(outcomes: readonly UpOutcome[], ms: number): UpEachSummary {
  const count = (wanted: (outcome: UpOutcome) => boolean): number => outcomes.filter(wanted).length;
  return {
    total: outcomes.length,
    atHead: count(({ kind }) => kind === 'done'),
    brought: count((outcome) => outcome.kind === 'done' && outcome.done.applied > 0),
    failed: count((outcome) => outcome.kind === 'failed' && !isInterrupted(outcome)),
    interrupted: count(isInterrupted),
    notBegun: count(({ kind }) => kind === 'notBegun'),
    ms,
  };
}

function sayCounts({ total, atHead, brought, failed, interrupted, notBegun, ms }: UpEachSummary): string {
  const said = [
    `${atHead} of ${count(total, 'database')} at head${brought > 0 ? ` (${brought} brought there now)` : ''}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(interrupted > 0 ? [`${interrupted} interrupted`] : []),
    ...(notBegun > 0 ? [`${notBegun} not begun`] : []),
  ];
  return `${said.join(', ')}, in ${seconds(ms)}`;
}

function wordsOf(outcome: UpOutcome): string {
  switch (outcome.kind) {
    case 'done':
      return outcome.done.words;
    case 'failed':
      return `${outcome.failure.message} (${outcome.failure.exitCode})`;
    case 'notBegun':
      return 'not begun';
  }
}

/** A database for machines; `version` is null where it is not known. */
function reportOf({ database }: ListEntry, outcome: UpOutcome, head: string): UpEachDatabase {
  switch (outcome.kind) {
    case 'done': {
      const { isAhead, version, applied } = outcome.done;
      const state = isAhead ? 'ahead' : 'atHead';
      return {
        database,
        exit: 'ok',
        exitCode: exitCodes.ok.code,
        state,
        version,
        head,
        applied,
        failure: null,
      };
    }
    case 'failed': {
      const { known, failure } = outcome;
      const { exit, exitCode, report } = failure;
      const state = isInterrupted(outcome) ? 'interrupted' : 'failed';
      return { database, exit, exitCode, state, ...known, head, failure: report };
    }
    case 'notBegun': {
      const nothing = { exit: null, exitCode: null, version: null, applied: 0, failure: null };
      return { database, state: outcome.kind, head, ...nothing };
    }
  }
}
