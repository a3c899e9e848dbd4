import { isDeepStrictEqual } from 'node:util';
import { Problems, sayBatches } from '../core/index.ts';
import type { DatabaseState } from '../inspect/index.ts';
import { type LedgerRow, progressOf, type Repeated } from '../ledger/index.ts';
import { acceptedIn } from '../ledger/rows.ts';
import { applying, reach, remove, repeating } from '../ledger/write.ts';
import type { Log } from '../log/index.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import { type Plan, plan, type Step } from '../plan/index.ts';
import { ConnectionLost } from '../postgres/index.ts';
import { dumpedByMistake } from '../sql/dumped.ts';
import type { Body } from './body.ts';
import { fitDump } from './dump.ts';
import { execute } from './execute.ts';
import { assertExtensions } from './extensions.ts';
import { Chain, type Link } from './link.ts';
import { beyondLimit, limitOf } from './max-lock.ts';
import type { Tally } from './outcome.ts';
import { prepareScript } from './prepare-script.ts';
import type { Run, StepResult } from './run.ts';
import type { Work } from './step.ts';

/** A plan's steps, read and checked. */
export interface PreparedPlan {
  readonly plan: Plan & { kind: 'run' };
  readonly bodies: ReadonlyMap<Version, Body>;
}

/** Reads and checks the steps of a plan, and says it; a plan that is still the same is not gone through again. */
export async function preparePlan(
  run: Run,
  planned: Plan & { kind: 'run' },
  before: PreparedPlan | null,
): Promise<PreparedPlan> {
  const { steps, from } = planned;
  if (before && isDeepStrictEqual(before.plan.steps, steps)) return before;
  const bodies = new Map(await readSteps(run, planned, run.log));
  for (const { migration } of steps) {
    const body = bodies.get(migration.version);
    if (body && isFirst(run.set, migration)) bodies.set(migration.version, await fitDump(run, body));
  }
  await assertExtensions(run, [...bodies.values()]);
  run.log.info(
    { event: 'plan', from, to: run.set.head, pending: steps.length },
    `${from === null ? 'the database is empty' : `the database is at ${from}`}: ${steps.length} to apply, head is ${run.set.head}`,
  );
  return { plan: planned, bodies };
}

/**
 * Reads planned steps.
 *
 * @param log is told what of them is not sent; null: nobody is.
 * @throws SlipwayError (65) for everything that can be known to be wrong with them, (78) where it is not known what they
 *   lock and SLIPWAY_MAX_LOCK is set.
 */
export async function readSteps(
  run: Run,
  planned: Plan & { kind: 'run' },
  log: Log | null,
): Promise<ReadonlyMap<Version, Body>> {
  const bodies = new Map<Version, Body>();
  const problems = new Problems();
  for (const { migration } of planned.steps) {
    try {
      bodies.set(migration.version, await readStep(run, migration, log));
    } catch (error) {
      problems.add(error);
    }
  }
  for (const beyond of await beyondLimit(run, planned)) problems.add(beyond);
  problems.throwAny();
  return bodies;
}

async function readStep({ ledger }: Run, migration: Migration, log: Log | null): Promise<Body> {
  const body = await prepareScript(migration, migration.kind, 'up', log);
  const problem = body.kind === 'sql' ? dumpedByMistake(body.script, ledger.schema) : null;
  if (problem) throw problem;
  return body;
}

/** Whether it does not run in one transaction that may begin in the round trip which ends the step before. */
const isApart = ({ directives: { noTransaction, repeat, isolation } }: Migration): boolean =>
  noTransaction || repeat !== undefined || isolation !== undefined;

/** Whether a file makes the schema from nothing, as a dump does: the baseline, or where there is none the first migration. */
const isFirst = ({ baseline, migrations }: MigrationSet, { version }: Migration): boolean =>
  version === (baseline ?? migrations[0])?.version;

/** Who is told of steps as they run. */
export interface Watching {
  readonly tally: Tally;
  /** Is handed what becomes of the end of the last step, as soon as that is sent by itself. */
  readonly ending?: (ended: Promise<unknown>) => void;
  /** Is told that a batch of a repeated file is committed. */
  readonly gotOn?: () => void;
}

/**
 * Runs the steps in order.
 *
 * @param state of the database, as it was when they were planned.
 * @returns why it ended: all are done, another run holds the lock, or the plan is right no more.
 * @throws what a step throws.
 */
export async function runSteps(
  run: Run,
  { plan: { steps }, bodies }: PreparedPlan,
  state: DatabaseState,
  { tally, ending, gotOn }: Watching,
): Promise<StepResult['kind']> {
  const accepted = acceptedOf(state);
  const works = new Map<Step, Promise<Work>>();
  const workOf = (step: Step): Promise<Work> => {
    const body = bodies.get(step.migration.version) as Body;
    const made = works.get(step) ?? prepareWork(run, step, body, { accepted, title: tally.title(step) });
    works.set(step, made);
    return made;
  };
  const chain = new Chain(
    async (at) => {
      const step = steps[at];
      return step === undefined || isApart(step.migration) ? null : workOf(step);
    },
    (at, ended) => {
      if (at === steps.length - 1) ending?.(ended);
    },
  );
  try {
    return await execute(steps, async (step) => {
      run.signal.throwIfAborted();
      const applied = onceApplied(run, step, tally);
      try {
        const work = await workOf(step);
        works.delete(step);
        const link = chain.link(steps.indexOf(step), applied);
        const counted = (repeated: Repeated): void => {
          tally.repeated(step, repeated);
          gotOn?.();
        };
        const result = await runStep(run, step, work, { link, counted });
        if (result.kind === 'done') applied(result.ms);
        return result;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) tally.failed(step);
        throw error;
      }
    });
  } finally {
    await chain.end();
  }
}

/** Takes note, once, that a step is done; it took so many milliseconds. */
function onceApplied(run: Run, step: Step, tally: Tally): (ms: number) => void {
  let isNoted = false;
  return (ms) => {
    if (isNoted) return;
    isNoted = true;
    tally.applied(step, ms);
    const { version, directives } = step.migration;
    const { batches, rows } = tally.repeatedOf(step);
    run.log.info(
      { event: 'applied', version, ms, ...(directives.repeat ? { batches, rows } : {}) },
      `applied ${tally.title(step)} in ${ms} ms${directives.repeat ? `: ${sayBatches({ batches, rows })}` : ''}`,
    );
  };
}

async function prepareWork(
  run: Run,
  step: Step,
  body: Body,
  { accepted, title }: { readonly accepted: LedgerRow['accepted']; readonly title: string },
): Promise<Work> {
  const { migration } = step;
  let isSaid = false;
  return {
    title,
    script: migration,
    version: migration.version,
    body,
    limit: limitOf(run, migration),
    ledgerWrite: (migration.directives.repeat ? repeating : applying)(run.ledger, migration, run.author),
    reach: (done, isBegun) => reach(run.ledger, migration, progressOf(migration, done, isBegun)),
    revert: remove(run.ledger, migration.version),
    proof: run.lock ? (await import('./verify.ts')).proofOf(run, migration, accepted) : null,
    isStillRight: ({ state }) => {
      const again = plan(state, run.set, run.planOptions);
      const next = again.kind === 'run' ? again.steps[0] : undefined;
      return next?.migration.version === migration.version && next.kind === step.kind;
    },
    begin: () => {
      if (isSaid) return;
      isSaid = true;
      run.log.info(
        { event: 'applying', version: migration.version, file: migration.source.path },
        `applying ${title}`,
      );
    },
  };
}

async function runStep(
  run: Run,
  step: Step,
  work: Work,
  { link, counted }: { readonly link: Link; readonly counted: (repeated: Repeated) => void },
): Promise<StepResult> {
  const { repeat } = step.migration.directives;
  if (repeat) {
    const { applyInBatches } = await import('./repeat.ts');
    return applyInBatches(run, work, { repeat, isBegun: step.kind === 'resume', counted });
  }
  if (!step.migration.directives.noTransaction) {
    const { applyInTransaction } = await import('./apply.ts');
    return applyInTransaction(run, work, link);
  }
  const { applyOutsideTransaction } = await import('./apply-concurrently.ts');
  return applyOutsideTransaction(run, work, step.kind === 'resume');
}

const acceptedOf = (state: DatabaseState): LedgerRow['accepted'] =>
  state.kind === 'managed' ? acceptedIn(state.rows) : {};
