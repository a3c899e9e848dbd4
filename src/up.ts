import { isDeepStrictEqual } from 'node:util';
import { ConnectionLost } from './connection/session.ts';
import { pause } from './deadline.ts';
import { SlipwayError } from './errors.ts';
import { asking, type Inspection } from './inspect.ts';
import { acceptedIn, applying, remove } from './ledger.ts';
import { look } from './look.ts';
import type { DatabaseState, LedgerRow, Plan, Step, Version } from './model.ts';
import type { Tally } from './outcome.ts';
import { plan } from './plan.ts';
import { Remarks, type Unchecked, unchecked } from './remarks.ts';
import type { Run, StepResult } from './run.ts';
import type { Work } from './steps/apply.ts';
import type { Body } from './steps/body.ts';
import { isConnectedQuery } from './steps/fence.ts';
import { Turn } from './steps/turn.ts';

/** How a run ended that did not fail. */
export interface UpOutcome {
  readonly plan: Exclude<Plan, { kind: 'run' | 'adopt' }>;
  readonly tally: Tally;
  /** Why the schema was not held against the lock; null where it was, or was not to be. */
  readonly unchecked: Unchecked | null;
}

const mostReconnects = 3;
/** So long after another run completed a version it may be about to take the lock for its next one. */
const politeMs = 250;
const mostPoliteMs = 5000;

/**
 * Brings the database to head: looks, plans, runs what is planned, and looks again until there is nothing left to do
 * or the plan is to refuse.
 *
 * @param tally is kept up to date, so that a failure can say what succeeded.
 * @throws SlipwayError for what went wrong; nothing of a failed transactional step is kept.
 */
export async function up(run: Run, tally: Tally): Promise<UpOutcome> {
  const turn = new Turn(run);
  const remarks = new Remarks(run);
  let ready: Ready | null = null;
  let abandoned: LedgerRow | null = null;
  for (let losses = 0; ; ) {
    try {
      const inspection = await look(run);
      if (inspection.isStandby) throw isStandby(run);
      const planned = plan(inspection.state, run.set, run.planOptions);
      tally.plan(planned);
      await remarks.on(inspection.state, planned);
      if (planned.kind === 'refused' && planned.refusal.kind === 'interrupted') {
        if (await turn.isTaken()) {
          await turn.wait();
          continue;
        }
        // It may have ended between the two questions: what runs while the lock is free was left behind.
        const { row } = planned.refusal;
        if (!isDeepStrictEqual(row, abandoned)) {
          abandoned = row;
          continue;
        }
      }
      if (planned.kind === 'adopt') {
        await adopt(run, planned.version);
        continue;
      }
      if (planned.kind !== 'run')
        return { plan: planned, tally, unchecked: unchecked(inspection.state, run) };
      const restMs = restOfTurnMs(inspection, run, tally);
      if (restMs > 0) {
        await pause(restMs, run.signal);
        continue;
      }
      if (await isStillAtIt(inspection, run, tally)) {
        await turn.wait();
        continue;
      }
      ready = await makeReady(run, planned, ready);
      if ((await runSteps(run, ready, acceptedOf(inspection.state), tally)) === 'busy') await turn.wait();
      else turn.reset();
    } catch (error) {
      run.signal.throwIfAborted();
      if (!(error instanceof ConnectionLost)) throw error;
      if (error.wasIdle) {
        await run.reconnect();
        continue;
      }
      losses += 1;
      if (losses > mostReconnects) throw error.again(losses);
      run.log.warn(
        { event: 'connectionLost' },
        `the connection is gone (${error.message}): the ledger says what was done`,
      );
      await run.reconnect();
    }
  }
}

const acceptedOf = (state: DatabaseState): LedgerRow['accepted'] =>
  state.kind === 'managed' ? acceptedIn(state.rows) : {};

async function adopt(run: Run, version: Version): Promise<void> {
  const { adoptAs } = await import('./adopt.ts');
  const recorded = await adoptAs(run, version, { verified: true, objects: {} });
  if (recorded === 0) return;
  run.log.info(
    { event: 'adopted', version, recorded },
    `adopted: the schema is that of ${version}, object by object; nothing of it was touched`,
  );
}

/** Behind a pooler the greeting does not say it: only the look does. */
const isStandby = ({ session }: Run): SlipwayError =>
  new SlipwayError({
    exit: 'temporary',
    message: `${session.greeting.host.host}:${session.greeting.host.port} leads to a standby (in recovery): it cannot be written to`,
    remedy: 'Let the pooler point to the primary; a promotion is worth another try.',
  });

/** Another run that has just completed a version goes on with the next: how long to let it, milliseconds. */
const restOfTurnMs = ({ last }: Inspection, { author }: Run, tally: Tally): number =>
  last === null || last.id === author.run || tally.count('applied') > 0
    ? 0
    : Math.max(0, politeMs - last.quietMs);

/** Where the machine is busy that may take longer: as long as that run is connected it is believed to be coming. */
async function isStillAtIt({ last }: Inspection, run: Run, tally: Tally): Promise<boolean> {
  const { session, config, author } = run;
  if (last === null || last.id === author.run || tally.count('applied') > 0) return false;
  if (last.quietMs >= mostPoliteMs) return false;
  const [row] = await session.rows(asking(config.role) + isConnectedQuery(last.id));
  return row?.connected === true;
}

/** A plan's steps, read and checked. */
interface Ready {
  readonly plan: Plan & { kind: 'run' };
  readonly bodies: ReadonlyMap<Version, Body>;
}

/** Reads and checks the steps of a plan, and says it; a plan that is still the same is not gone through again. */
async function makeReady(run: Run, planned: Plan & { kind: 'run' }, before: Ready | null): Promise<Ready> {
  const { steps, from } = planned;
  if (before && isDeepStrictEqual(before.plan.steps, steps)) return before;
  const { prepare } = await import('./steps/prepare.ts');
  const { fitDump } = await import('./steps/dump.ts');
  const { assertExtensions } = await import('./steps/extensions.ts');
  const bodies = new Map<Version, Body>();
  for (const { migration } of steps) {
    const body = await prepare(migration, migration.kind);
    bodies.set(migration.version, migration.kind === 'baseline' ? await fitDump(run, body) : body);
  }
  await assertExtensions(run, [...bodies.values()]);
  run.log.info(
    { event: 'plan', from, to: run.set.head, pending: steps.length },
    `${from === null ? 'the database is empty' : `the database is at ${from}`}: ${steps.length} to apply, head is ${run.set.head}`,
  );
  return { plan: planned, bodies };
}

async function runSteps(
  run: Run,
  { plan: { steps }, bodies }: Ready,
  accepted: LedgerRow['accepted'],
  tally: Tally,
): Promise<StepResult['kind']> {
  const { execute } = await import('./execute.ts');
  return execute(steps, async (step) => {
    run.signal.throwIfAborted();
    const title = tally.title(step);
    const body = bodies.get(step.migration.version) as Body;
    try {
      const result = await runStep(run, step, body, accepted, title);
      if (result.kind === 'done') {
        tally.applied(step, result.ms);
        run.log.info(
          { event: 'applied', version: step.migration.version, ms: result.ms },
          `applied ${title} in ${result.ms} ms`,
        );
      }
      return result;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) tally.failed(step);
      throw error;
    }
  });
}

async function runStep(
  run: Run,
  step: Step,
  body: Body,
  accepted: LedgerRow['accepted'],
  title: string,
): Promise<StepResult> {
  const { migration } = step;
  const work: Work = {
    title,
    script: migration,
    version: migration.version,
    body,
    bracket: applying(run.ledger, migration, run.author),
    takeBack: remove(run.ledger, migration.version),
    proof: run.lock ? (await import('./steps/verify.ts')).proofOf(run, migration, accepted) : null,
    isStillRight: ({ state }) => {
      const again = plan(state, run.set, run.planOptions);
      const next = again.kind === 'run' ? again.steps[0] : undefined;
      return next?.migration.version === migration.version && next.kind === step.kind;
    },
    begin: () =>
      run.log.info(
        { event: 'applying', version: migration.version, file: migration.source.path },
        `applying ${title}`,
      ),
  };
  if (!migration.directives.noTransaction) {
    const { applyInTransaction } = await import('./steps/apply.ts');
    return applyInTransaction(run, work);
  }
  const { applyOutsideTransaction } = await import('./steps/apply-concurrently.ts');
  return applyOutsideTransaction(run, work, step.kind === 'resume');
}
