import type { App } from '../app/index.ts';
import { type Failure, SlipwayError } from '../core/index.ts';
import type { Unchecked } from '../inspect/notices.ts';
import type { Log } from '../log/index.ts';
import { type Run, type SharedFiles, type Tally, type WaitBudget, withRun } from '../migrate/index.ts';
import { up } from '../migrate/up.ts';
import type { Plan, Refusal } from '../plan/index.ts';
import { type Where, whereOf } from './where.ts';

interface Bringing {
  /** Is kept up to date, so that a failure can say what succeeded. */
  readonly tally: Tally;
  /** Is told the database once there is a connection. */
  readonly connected: (where: Where) => void;
  /** Is called while there still is a connection, once the run has ended well or is refused. */
  readonly ended?: (run: Run) => Promise<void>;
  /** What was read already; by default the files are read now. */
  readonly files?: SharedFiles;
  readonly waitBudget?: WaitBudget;
}

/** A database that is at head, or ahead of this image. */
export interface AtHead {
  readonly plan: Plan & { kind: 'upToDate' };
  /** Why the schema was not held against the lock; null where it was, or was not to be. */
  readonly unchecked: Unchecked | null;
  readonly where: Where;
}

/**
 * Brings the configured database to head.
 *
 * @throws SlipwayError for what went wrong, a refusal included; nothing of a failed transactional step is kept.
 */
export async function bringToHead(
  app: App,
  { tally, connected, ended, files, waitBudget }: Bringing,
): Promise<AtHead> {
  const options = { isWriter: true, reads: 'files, lock late', files, waitBudget } as const;
  const { plan, unchecked, where } = await withRun(app, options, async (run) => {
    connected(whereOf(run));
    const outcome = await up(run, tally);
    await ended?.(run);
    return { ...outcome, where: whereOf(run) };
  });
  if (plan.kind === 'refused') throw new SlipwayError(await refused(plan.refusal, tally));
  await warnAhead(app.log, plan);
  return { plan, unchecked, where };
}

async function warnAhead(log: Log, { ahead, newerBaseline }: AtHead['plan']): Promise<void> {
  if (newerBaseline !== null) {
    const { describeNewer } = await import('../plan/refusal.ts');
    log.warn(
      { event: 'ahead', versions: ahead, newerBaseline },
      `${describeNewer(newerBaseline)}; the files of this image up to that version count as applied`,
    );
  } else if (ahead.length > 0) {
    log.warn(
      { event: 'ahead', versions: ahead },
      `the database is ahead of this image: it has ${ahead.join(', ')}; nothing to do`,
    );
  }
}

/** A run may be refused when it has applied something already: then it is not said that nothing was touched. */
async function refused(refusal: Refusal, tally: Tally): Promise<Failure> {
  const { explainRefusal } = await import('../plan/refusal.ts');
  const failure = explainRefusal(refusal);
  const remedy = failure.remedy.replace('Nothing was touched. ', '');
  return tally.count('applied') > 0 ? { ...failure, remedy } : failure;
}
