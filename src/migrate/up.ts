import { isDeepStrictEqual } from 'node:util';
import { count, type Deadline, deadlineIn, pause, SlipwayError } from '../core/index.ts';
import {
  type DatabaseState,
  type FingerprintUse,
  type Inspection,
  inspect,
  inspectOnce,
  readOnlyPreamble,
} from '../inspect/index.ts';
import { InspectionNotices, type Unchecked, unchecked } from '../inspect/notices.ts';
import { isConnectedQuery } from '../ledger/advisory-lock.ts';
import type { LedgerRow } from '../ledger/index.ts';
import type { Version } from '../migrations/index.ts';
import { type Plan, plan } from '../plan/index.ts';
import { ConnectionLost } from '../postgres/index.ts';
import { fingerprintUse } from './fingerprint.ts';
import { LockWaiter } from './lock-waiter.ts';
import type { Tally } from './outcome.ts';
import type { Run } from './run.ts';
import type { PreparedPlan } from './steps.ts';

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
 * Brings the database to head: inspects, plans, runs what is planned, and inspects again until there is nothing left to
 * do or the plan is to refuse.
 *
 * @param tally is kept up to date, so that a failure can say what succeeded.
 * @throws SlipwayError for what went wrong; nothing of a failed transactional step is kept.
 */
export async function up(run: Run, tally: Tally): Promise<UpOutcome> {
  const waiter = new LockWaiter(run);
  const remarks = new InspectionNotices(run);
  const reconnection = new Reconnection(run);
  const watching = {
    tally,
    ending: (ended: Promise<unknown>) => inspectAhead(run, ended),
    gotOn: () => reconnection.gotOn(),
  };
  let ready: PreparedPlan | null = null;
  let abandoned: LedgerRow | null = null;
  /** Whether this run wrote a row, which keeps no fingerprint yet. */
  let hasWritten = false;
  for (;;) {
    try {
      const { inspection, planned } = await inspectAndPlan(run, hasWritten);
      tally.plan(planned);
      remarks.published(inspection.publications);
      remarks.inOtherHands(inspection.schemaInOtherHands);
      await remarks.on(inspection.state, planned);
      if (planned.kind === 'refused' && planned.refusal.kind === 'interrupted') {
        if (await waiter.isTaken()) {
          await waiter.wait();
          continue;
        }
        // It may have ended between the two questions: what runs while the lock is free remained.
        const { row } = planned.refusal;
        if (!isDeepStrictEqual(row, abandoned)) {
          abandoned = row;
          continue;
        }
      }
      if (planned.kind === 'adopt') {
        await adopt(run, planned.version, inspection.state);
        hasWritten = true;
        continue;
      }
      waiter.sees(planned);
      if (planned.kind !== 'run') return await ended(run, inspection, planned, tally);
      const restMs = restOfTurnMs(inspection, run, tally);
      if (restMs > 0) {
        await pause(restMs, run.signal);
        continue;
      }
      // Of what is repeated each batch is anybody's.
      if (!planned.repeated && (await isStillAtIt(inspection, run, tally))) {
        await waiter.wait();
        continue;
      }
      const { preparePlan, runSteps } = await import('./steps.ts');
      ready = await preparePlan(run, planned, ready);
      hasWritten = true;
      if ((await runSteps(run, ready, inspection.state, watching)) === 'busy') await waiter.wait();
      else waiter.reset();
      reconnection.isServed();
    } catch (error) {
      run.signal.throwIfAborted();
      await reconnection.after(error);
    }
  }
}

/** Connects again where a connection is lost, so often and so long as that may help. */
class Reconnection {
  readonly #run: Run;
  #losses = 0;
  /** Until when a pooler may be full, from the first time since something was done. */
  #crowded: Deadline | null = null;

  constructor(run: Run) {
    this.#run = run;
  }

  /** There was room in the pool. */
  isServed(): void {
    this.#crowded = null;
  }

  /** Something is committed that the next try need not do again: a long work may lose the connection more often. */
  gotOn(): void {
    this.isServed();
    this.#losses = 0;
  }

  /** @throws the error where it is another, or where to connect again does not help. */
  async after(error: unknown): Promise<void> {
    const run = this.#run;
    if (!(error instanceof ConnectionLost)) throw error;
    if (error.wasIdle) return run.reconnect();
    if (error.isPassing) {
      this.#crowded ??= deadlineIn(run.waitMs());
      if (this.#crowded.remainingMs() === 0) throw error;
      return run.reconnect(this.#crowded);
    }
    this.#losses += 1;
    if (this.#losses > mostReconnects) throw error.again(this.#losses);
    run.log.warn(
      { event: 'connectionLost' },
      `the connection is gone (${error.message}): the ledger shows what was done`,
    );
    return run.reconnect();
  }
}

/**
 * Plans from as little as tells that there is nothing to do, and anything else from every row of the ledger.
 *
 * @param hasWritten whether this run wrote the newest row, which keeps no fingerprint then.
 * @throws as `inspectPrimary`.
 */
async function inspectAndPlan(
  run: Run,
  hasWritten: boolean,
): Promise<{ readonly inspection: Inspection; readonly planned: Plan }> {
  const asked = async (files: FingerprintUse['files']) => {
    const inspection = await inspectPrimary(run, inspectOptionsOf(run, { isBelieved: !hasWritten, files }));
    return { inspection, planned: plan(inspection.state, run.set, run.planOptions) };
  };
  const found = await asked(() => run.set);
  return found.inspection.isAbridged && found.planned.kind !== 'upToDate' ? asked(null) : found;
}

/** @throws SlipwayError (75) where the server is a standby. */
async function inspectPrimary(run: Run, options: Run['inspectOptions']): Promise<Inspection> {
  const begun = run.memory.takeAhead(run.session);
  const inspection = await inspect(run, options, undefined, begun);
  run.memory.plansFrom(inspection);
  if (inspection.isStandby) throw isStandby(run);
  return inspection;
}

function inspectOptionsOf(
  run: Run,
  use: Pick<FingerprintUse, 'isBelieved' | 'files'>,
): Run['inspectOptions'] {
  const fingerprint = fingerprintUse(run, { ...use, isTaken: true });
  return { ...run.inspectOptions, fingerprint };
}

/**
 * Begins the inspection that follows the last step, in the round trip that ends that.
 *
 * @param ended what becomes of the end.
 */
function inspectAhead(run: Run, ended: Promise<unknown>): void {
  const { session, memory } = run;
  const options = inspectOptionsOf(run, { isBelieved: false, files: null });
  const inspection = session.askAhead(ended, () => inspectOnce(session, options));
  if (inspection)
    memory.inspectsAhead(
      session,
      ended.then(() => inspection),
    );
  inspection?.catch(() => undefined);
}

/** Keeps by what the next start knows the schema, where it was read and is right. */
async function ended(
  run: Run,
  inspection: Inspection,
  planned: UpOutcome['plan'],
  tally: Tally,
): Promise<UpOutcome> {
  if (planned.kind === 'upToDate' && inspection.isReaderLacking) {
    const { letReadersIn } = await import('./readers.ts');
    await letReadersIn(run);
  }
  if (planned.kind === 'upToDate' && inspection.toKeep !== null) {
    const { keepFingerprintOf } = await import('./keep-fingerprint.ts');
    await keepFingerprintOf(run, inspection);
  }
  return { plan: planned, tally, unchecked: unchecked(inspection.state, run) };
}

async function adopt(run: Run, version: Version, state: DatabaseState): Promise<void> {
  const { adoptAs, verified } = await import('./adopt.ts');
  const match = state.kind === 'unmanaged' ? state.match : null;
  if (match === null) return;
  const recorded = await adoptAs(run, version, verified(match.comparison));
  if (recorded === 0) return;
  const { differences, unverified } = match.comparison;
  const extra = differences.filter(({ kind }) => kind === 'extra').length;
  const besides = [
    ...(unverified.length === 0 ? [] : [`${count(unverified.length, 'part')} of it cannot be verified here`]),
    ...(extra === 0 ? [] : [count(extra, 'extra object')]),
  ];
  const where = besides.length === 0 ? '' : `; ${besides.join(', ')} (slipway status --drift)`;
  run.log.info(
    { event: 'adopted', version, recorded, extra, unverified: unverified.length },
    `adopted: the schema matches ${version}, object by object; nothing in it was changed${where}`,
  );
}

/** Behind a pooler the greeting does not say it: only the inspection does. */
const isStandby = ({ session }: Run): SlipwayError =>
  new SlipwayError({
    exit: 'temporary',
    message: `${session.greeting.host.host}:${session.greeting.host.port} leads to a standby (in recovery): it cannot be written to`,
    remedy: 'Point the pooler to the primary; or start again after a promotion.',
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
  const [row] = await session.rows(readOnlyPreamble(config.role) + isConnectedQuery(last.id));
  return row?.connected === true;
}
