import { count } from '../core/index.ts';
import { type DatabaseState, inspect } from '../inspect/index.ts';
import { expectedAt, type Lock, readLockOfAnyFormat, readTexts } from '../lockfile/index.ts';
import type { Run, StepOutcome, Tally } from '../migrate/index.ts';
import type { MigrationSet } from '../migrations/index.ts';
import { type Plan, plan } from '../plan/index.ts';
import { explainRefusal } from '../plan/refusal.ts';
import { type ReportContent, tablesOf, touchedIn, type VersionLine } from '../report/index.ts';
import { type Comparison, hasDrift } from '../schema/compare/index.ts';
import { statusLines } from './version-lines.ts';
import { describeWhere, type Where, whereOf } from './where.ts';

/** What is known of a database. */
interface Known {
  readonly state: DatabaseState;
  readonly set: MigrationSet;
  readonly planned: Plan;
  readonly where: Where;
  /** Undefined where it was not asked for; null where nothing could be compared. */
  readonly comparison: Comparison | null | undefined;
}

/** What a report of `status` says. */
export function statusContent(known: Known, lockfile: string): ReportContent {
  const { planned, comparison } = known;
  const isDrifted = comparison ? hasDrift(comparison) : false;
  const touched = comparison?.differences.map(({ object }) => object) ?? [];
  return {
    ...databaseContent(known),
    outcome: {
      words: `${wordsOf(known)}${isDrifted ? ', and its schema has drifted' : ''}`,
      isGood: planned.kind === 'upToDate' && !isDrifted,
    },
    refusal: planned.kind === 'refused' ? explainRefusal(planned.refusal) : null,
    ...(comparison === undefined ? {} : { comparison }),
    schema: pictureOf(lockfile, () => touched),
  };
}

function wordsOf({ planned, where: { name }, state }: Known): string {
  switch (planned.kind) {
    case 'upToDate':
      return `${name} is at ${planned.version}`;
    case 'adopt':
      return `${name} has the schema of ${planned.version}: up would adopt it and apply ${planned.steps.length}`;
    case 'run':
      return `${name} is ${state.kind === 'empty' ? 'empty' : `at ${planned.from}`}: ${count(planned.steps.length, 'version')} pending`;
    case 'refused':
      return `up would refuse ${name}`;
  }
}

/**
 * What a report of `up` says of the database that it leaves, which is inspected once more for that. Where that cannot be
 * had the report lacks it, whatever the reason: how the run ended is decided already.
 */
export async function upContent(run: Run, tally: Tally): Promise<ReportContent> {
  try {
    const options = { ...run.inspectOptions, withDrift: true, fingerprint: null };
    const { state } = await inspect(run, options);
    const planned = plan(state, run.set, run.planOptions);
    const comparison = state.kind === 'managed' ? state.comparison : undefined;
    const applied = new Set(
      tally.steps.filter(({ status }) => status === 'applied').map(({ version }) => version),
    );
    return {
      ...databaseContent({ state, set: run.set, planned, where: whereOf(run), comparison }),
      ...(comparison ? { comparison } : {}),
      schema: pictureOf(run.config.lockfile, (lock) => touchedBy(lock, applied)),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    run.log.warn(
      { event: 'noReport' },
      `the report lacks the state of the database, which could not be read again: ${why}`,
    );
    return { timeline: tally.steps.map(lineOfStep) };
  }
}

/** What a report of `up` says where a step failed. */
export const failedContent = (tally: Tally, where: Where | null): ReportContent => ({
  facts: where ? [{ label: 'database', value: describeWhere(where) }] : [],
  timeline: tally.steps.map(lineOfStep),
});

const labels: Readonly<Record<StepOutcome['status'], string>> = {
  applied: 'applied',
  elsewhere: 'applied by another run',
  failed: 'failed',
  notExecuted: 'not executed',
};

const lineOfStep = ({ version, name, status, ms }: StepOutcome): VersionLine => ({
  version,
  name,
  state: labels[status],
  finishedAt: null,
  durationMs: ms,
  by: null,
  program: null,
});

function databaseContent({ state, set, where }: Known): Pick<ReportContent, 'facts' | 'timeline'> {
  const rows = state.kind === 'managed' ? state.rows : [];
  const programs = new Map(rows.map(({ version, slipway }) => [version, slipway]));
  const version = rows.findLast((row) => row.state === 'done')?.version ?? 'none';
  return {
    facts: [
      { label: 'database', value: describeWhere(where) },
      { label: 'state', value: state.kind },
      { label: 'version', value: version },
      { label: 'head', value: set.head },
    ],
    timeline: statusLines(state, set).map((line) => ({
      ...line,
      program: programs.get(line.version) ?? null,
    })),
  };
}

/** The schema as the lock file and the readable snapshot beside it have it; null where they do not. */
function pictureOf(
  lockfile: string,
  touched: (lock: Lock) => readonly string[],
): NonNullable<ReportContent['schema']> | null {
  const lock = readLockOfAnyFormat(lockfile);
  if (lock === null) return null;
  const texts = readTexts(lockfile);
  const head = Object.keys(lock.migrations).sort().at(-1) ?? lock.baseline.version ?? '';
  const objects = [...expectedAt(lock, head)].flatMap(([object, { hash }]) => {
    const known = texts(object, hash);
    return known ? [[object, known.text] as const] : [];
  });
  if (objects.length === 0) return null;
  return {
    tables: tablesOf(objects),
    touched: touchedIn(touched(lock)),
    title: `The schema that the lock file lists at ${head}`,
  };
}

/** The objects that versions change. */
const touchedBy = (lock: Lock, versions: ReadonlySet<string>): string[] =>
  Object.entries(lock.migrations)
    .filter(([version]) => versions.has(version))
    .flatMap(([, { delta }]) => [...Object.keys({ ...delta.added, ...delta.changed }), ...delta.removed]);
