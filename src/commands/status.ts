import { type Comparison, hasDrift } from '../diff.ts';
import { describeDifferences } from '../diff-text.ts';
import { exitCodes, SlipwayError } from '../errors.ts';
import { look } from '../look.ts';
import type { DatabaseState, LedgerRow, MigrationSet, Plan } from '../model.ts';
import { plan } from '../plan.ts';
import { explainRefusal } from '../refusal.ts';
import { type StatusLine, table } from '../report.ts';
import { withRun } from '../start.ts';
import type { Command, Context } from './command.ts';

export const status: Command = {
  summary: 'what the database is, and what it lacks; writes nothing',
  positionals: '',
  options: {
    all: { type: 'boolean', summary: 'list every version' },
    drift: { type: 'boolean', summary: 'show how the schema differs from what the lock says' },
    strict: { type: 'boolean', summary: 'with --drift: everything that differs counts' },
    'exit-code': { type: 'boolean', summary: 'end with 1 when the database is not at head, or has drifted' },
  },
  description:
    'Says what the database is: empty, unmanaged, or managed and at which version. Reads only. Ends with 0 whatever it finds, unless --exit-code is given.',
  async run(context) {
    const { state, set, planned } = await withRun(context, { isWriter: false }, async (run) => {
      if (context.flags.drift && !run.lock) throw noLock(context);
      const inspectOptions = { ...run.inspectOptions, withDrift: true };
      const { state } = await look({ ...run, inspectOptions });
      return { state, set: run.set, planned: plan(state, run.set, run.planOptions) };
    });
    const lines = statusLines(state, set);
    const summary = summarize(state, set, planned);
    if (context.isJson) {
      const versions = context.flags.all ? { versions: lines } : {};
      const drift = context.flags.drift ? { drift: comparisonOf(state) } : {};
      context.print(JSON.stringify({ ...summary, ...versions, ...drift }));
    } else {
      context.print(describe(summary).join('\n'));
      if (context.flags.all) context.print(`\n${listVersions(lines).join('\n')}`);
    }
    const comparison = comparisonOf(state);
    if (context.flags.drift && !context.isJson) {
      const lines = comparison ? describeDifferences(comparison, context.isTerminal) : [];
      context.print(lines.length > 0 ? `\n${lines.join('\n')}` : '\nno difference');
    }
    const isAtHead = planned.kind === 'upToDate';
    const isDifferent =
      comparison !== null &&
      (context.flags.strict
        ? comparison.differences.some(({ kind }) => kind !== 'extra')
        : hasDrift(comparison));
    const isNo = !isAtHead || (context.flags.drift === true && isDifferent);
    return context.flags['exit-code'] && isNo ? exitCodes.no.code : exitCodes.ok.code;
  },
};

/** How the schema differs: from its version, or where it is unmanaged from the closest. */
function comparisonOf(state: DatabaseState): Comparison | null {
  if (state.kind === 'managed') return state.comparison;
  return state.kind === 'unmanaged' && state.match?.kind === 'none' ? state.match.comparison : null;
}

const noLock = ({ config }: Context): SlipwayError =>
  new SlipwayError({
    exit: 'files',
    place: { file: config.lockfile },
    message: 'there is no lock file to hold the schema against',
    remedy: 'Make it: slipway check --write; then commit it.',
  });

interface Summary {
  readonly state: DatabaseState['kind'];
  readonly version: string | null;
  readonly head: string;
  readonly pending: readonly string[];
  readonly ahead: readonly string[];
  /** Why `up` would refuse; null where it would not. */
  readonly refusal: {
    readonly message: string;
    readonly remedy: string;
    readonly detail: readonly string[];
  } | null;
}

/** What there is to say of a database in short; pure. */
export function summarize(state: DatabaseState, set: MigrationSet, planned: Plan): Summary {
  const rows = state.kind === 'managed' ? state.rows : [];
  const refusal = planned.kind === 'refused' ? explainRefusal(planned.refusal) : null;
  return {
    state: state.kind,
    version: rows.findLast((row) => row.state === 'done')?.version ?? null,
    head: set.head,
    pending:
      planned.kind === 'run' || planned.kind === 'adopt'
        ? planned.steps.map(({ migration }) => migration.version)
        : [],
    ahead: rows.map(({ version }) => version).filter((version) => version > set.head),
    refusal: refusal && {
      message: refusal.message,
      remedy: refusal.remedy,
      detail: refusal.detail ?? [],
    },
  };
}

function describe({ state, version, head, pending, ahead, refusal }: Summary): string[] {
  return [
    `state    ${state}`,
    `version  ${version ?? 'none'}`,
    `head     ${head}`,
    ...(pending.length > 0 ? [`pending  ${pending.length}: ${pending.join(', ')}`] : []),
    ...(ahead.length > 0 ? [`ahead    ${ahead.length}: ${ahead.join(', ')}`] : []),
    ...(refusal
      ? [
          `refused  ${refusal.message}`,
          ...refusal.detail.map((line) => `         ${line}`),
          `         → ${refusal.remedy}`,
        ]
      : []),
  ];
}

/** Every version that the ledger or the image knows, in order; pure. */
export function statusLines(state: DatabaseState, set: MigrationSet): StatusLine[] {
  const lines = new Map<string, StatusLine>();
  const folded = new Set(set.superseded.map(({ version }) => version));
  for (const { version, name, kind } of [...(set.baseline ? [set.baseline] : []), ...set.migrations]) {
    const state = folded.has(version) ? 'superseded' : 'pending';
    lines.set(version, { version, name, kind, state, finishedAt: null, durationMs: null, by: null });
  }
  for (const row of state.kind === 'managed' ? state.rows : []) lines.set(row.version, lineOf(row));
  return [...lines.values()].sort((a, b) => (a.version < b.version ? -1 : 1));
}

const lineOf = (row: LedgerRow): StatusLine => ({
  version: row.version,
  name: row.name,
  kind: row.kind,
  state: row.state === 'running' ? 'running' : row.origin,
  finishedAt: row.finishedAt,
  durationMs: row.durationMs,
  by: row.appliedBy,
});

const listVersions = (lines: readonly StatusLine[]): string[] =>
  table(
    ['version', 'name', 'state', 'when', 'ms', 'by'],
    lines.map(({ version, name, state, finishedAt, durationMs, by }) => [
      version,
      name,
      state,
      finishedAt ? new Date(finishedAt).toISOString().replace(/\.\d+Z$/, 'Z') : '',
      durationMs === null ? '' : String(durationMs),
      by ?? '',
    ]),
  );
