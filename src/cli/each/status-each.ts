import { count, exitCodes, printableName, SlipwayError } from '../../core/index.ts';
import type { ListEntry } from '../../fleet/index.ts';
import { type DatabaseState, inspect } from '../../inspect/index.ts';
import { fingerprintUse, readShared, type SharedFiles, withRun } from '../../migrate/index.ts';
import { type Plan, plan } from '../../plan/index.ts';
import { explainRefusal } from '../../plan/refusal.ts';
import type { Context, FlagsOf } from '../command.ts';
import type { eachOptions } from '../each-options.ts';
import { formatTable } from '../report.ts';
import type { StatusEach, StatusEachDatabase, StatusEachSummary } from '../results.ts';
import { listFailure } from './failures.ts';
import { readEach } from './request.ts';
import { type EachOutcome, type EachTurn, exitOfAll, failuresIn, runEach } from './run-each.ts';

/** What a database is, in short. */
interface Done {
  readonly state: DatabaseState['kind'];
  readonly version: string | null;
  /** Or past it. */
  readonly isAtHead: boolean;
  /** How many versions it lacks; null where `up` would refuse it. */
  readonly behind: number | null;
  /** How many it has that the image does not know. */
  readonly ahead: number;
  /** Why `up` would refuse it; null where it would not. */
  readonly refusal: string | null;
}

type StatusOutcome = EachOutcome<Done, null>;

interface Flags extends FlagsOf<typeof eachOptions> {
  readonly 'exit-code'?: boolean | undefined;
}

/** The options of `status` that are about one database. */
const forOne = ['all', 'drift', 'strict'] as const;

/**
 * Shows of every database of the list how far it is. It reads only.
 *
 * @returns 0; with --exit-code 1 where one is not at head.
 * @throws SlipwayError as `upEach`, after what was found out is printed.
 */
export async function statusEach(
  context: Context<Flags & { readonly [Name in (typeof forOne)[number]]?: boolean | undefined }>,
): Promise<number> {
  const { flags } = context;
  const alone = forOne.find((name) => flags[name] === true);
  if (alone !== undefined) {
    throw new SlipwayError({
      exit: 'usage',
      message: `--${alone} shows one database, and --each is about a list of them`,
      remedy: `Leave out one of the two: slipway status --${alone} --dbname NAME`,
    });
  }
  const files = await readShared(context.config);
  const { head } = files.files();
  const outcomes = await runEach<Done, null>(context, await readEach(context), {
    run: (turn) => inspectOne(turn, files),
    unknown: null,
    saying: ({ state, version }) => ({
      level: 'debug',
      fields: { event: 'databaseDone', state, version },
      message: state,
    }),
  });
  const all = [...outcomes.values()];
  const summary = summaryOf(all);
  const exitOfDone = ({ isAtHead }: Done) => (isAtHead || !flags['exit-code'] ? 'ok' : 'no');
  const exit = exitOfAll(all, exitOfDone, context.signal);
  const databases = [...outcomes].map(([entry, outcome]) => reportOf(entry, outcome, { head, exitOfDone }));
  const report: StatusEach = { result: resultOf(summary), head, databases, summary };
  const counts = sayCounts(summary, head);
  if (!context.isJson) context.print([...tableOf(outcomes), '', counts].join('\n'));
  context.report?.add({
    outcome: { words: counts, isGood: report.result === 'upToDate' },
    databases: tableOf(outcomes),
  });
  if (exit !== 'ok' && exit !== 'no') {
    const { reason } = context.signal;
    throw listFailure({ exit, counts, reason, failures: failuresIn(outcomes), report });
  }
  if (context.isJson) context.print(JSON.stringify(report));
  return exitCodes[exit].code;
}

async function inspectOne({ app, waitBudget, connected }: EachTurn, files: SharedFiles): Promise<Done> {
  return withRun(app, { isWriter: false, reads: 'files, lock late', files, waitBudget }, async (run) => {
    connected();
    const fingerprint = fingerprintUse(run, { isBelieved: true, isTaken: false, files: null });
    const { state } = await inspect(run, { ...run.inspectOptions, withDrift: true, fingerprint });
    const planned = plan(state, run.set, run.planOptions);
    const rows = state.kind === 'managed' ? state.rows : [];
    return {
      state: state.kind,
      version: rows.findLast((row) => row.state === 'done')?.version ?? null,
      isAtHead: planned.kind === 'upToDate',
      behind: behindOf(planned),
      ahead: rows.filter(({ version }) => version > run.set.head).length,
      refusal: planned.kind === 'refused' ? explainRefusal(planned.refusal).message : null,
    };
  });
}

function behindOf(planned: Plan): number | null {
  switch (planned.kind) {
    case 'upToDate':
      return 0;
    case 'run':
    case 'adopt':
      return planned.steps.length;
    case 'refused':
      return null;
  }
}

function summaryOf(outcomes: readonly StatusOutcome[]): StatusEachSummary {
  const done = outcomes.flatMap((outcome) => (outcome.kind === 'done' ? [outcome.done] : []));
  const atHead = done.filter(({ isAtHead }) => isAtHead).length;
  const refused = done.filter(({ refusal }) => refusal !== null).length;
  return {
    total: outcomes.length,
    atHead,
    behind: done.length - atHead - refused,
    refused,
    failed: outcomes.filter(({ kind }) => kind === 'failed').length,
    notBegun: outcomes.filter(({ kind }) => kind === 'notBegun').length,
  };
}

const resultOf = ({ total, atHead, failed, notBegun }: StatusEachSummary): StatusEach['result'] =>
  failed + notBegun > 0 ? 'failed' : atHead === total ? 'upToDate' : 'behind';

function sayCounts(
  { total, atHead, behind, refused, failed, notBegun }: StatusEachSummary,
  head: string,
): string {
  const said = [
    `${atHead} of ${count(total, 'database')} at head`,
    ...(behind > 0 ? [`${behind} behind`] : []),
    ...(refused > 0 ? [`${refused} that up would refuse`] : []),
    ...(failed > 0 ? [`${failed} that could not be inspected`] : []),
    ...(notBegun > 0 ? [`${notBegun} not begun`] : []),
  ];
  return `${said.join(', ')}; head is ${head}`;
}

const tableOf = (outcomes: ReadonlyMap<ListEntry, StatusOutcome>): string[] =>
  formatTable(
    ['database', 'state', 'version', ''],
    [...outcomes].map(([{ database }, outcome]) => [database, ...cellsOf(outcome)].map(printableName)),
  );

function cellsOf(outcome: StatusOutcome): string[] {
  switch (outcome.kind) {
    case 'done': {
      const { state, version } = outcome.done;
      return [state, version ?? 'none', describeDistance(outcome.done)];
    }
    case 'failed':
      return ['failed', '', `${outcome.failure.message} (${outcome.failure.exitCode})`];
    case 'notBegun':
      return ['not begun'];
  }
}

function describeDistance({ state, refusal, behind, ahead, isAtHead }: Done): string {
  if (refusal !== null) return `refused: ${refusal}`;
  if (isAtHead) return ahead > 0 ? `${ahead} ahead` : 'at head';
  if (state === 'managed') return `${behind} behind`;
  return `${state === 'unmanaged' ? 'to be adopted, ' : ''}${behind} to apply`;
}

interface ReportOptions {
  readonly head: string;
  readonly exitOfDone: (done: Done) => 'ok' | 'no';
}

/** A database for machines; `state` is null where it could not be found out. */
function reportOf(
  { database }: ListEntry,
  outcome: StatusOutcome,
  { head, exitOfDone }: ReportOptions,
): StatusEachDatabase {
  const unknown = { state: null, version: null, head, behind: null, ahead: null, refusal: null };
  switch (outcome.kind) {
    case 'done': {
      const { isAtHead: _, ...done } = outcome.done;
      const exit = exitOfDone(outcome.done);
      return { database, exit, exitCode: exitCodes[exit].code, ...done, head, failure: null };
    }
    case 'failed': {
      const { exit, exitCode, report } = outcome.failure;
      return { database, exit, exitCode, ...unknown, failure: report };
    }
    case 'notBegun':
      return { database, exit: null, exitCode: null, ...unknown, failure: null };
  }
}
