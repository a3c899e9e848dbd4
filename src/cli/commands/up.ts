import { exitCodes, type Failure, nowMs, SlipwayError } from '../../core/index.ts';
import { Tally, withRun } from '../../migrate/index.ts';
import { up } from '../../migrate/up.ts';
import type { Plan, Refusal } from '../../plan/index.ts';
import { type Context, command } from '../command.ts';
import { describeSteps, sayUpToDate, upReport } from '../report.ts';
import { type Where, whereOf } from '../where.ts';

export const upCommand = command({
  summary: 'wait for the server, bring the database to head, prove it, exit',
  positionals: '',
  options: {},
  description:
    'Brings an empty or a managed database to the version in this image. With nothing to do it costs one connection and one query. It refuses what it does not understand, and touches nothing.',
  async run(context) {
    const startedAt = nowMs();
    const tally = new Tally();
    const elapsed = (): number => Math.round(nowMs() - startedAt);
    let where: Where | null = null;
    const { runTimeoutMs } = context.config;
    const timer =
      runTimeoutMs === null ? null : setTimeout(() => context.abort(runOver(runTimeoutMs)), runTimeoutMs);
    try {
      const {
        plan,
        unchecked,
        where: there,
      } = await withRun(context, { isWriter: true, reads: 'files, lock late' }, async (run) => {
        where = whereOf(run);
        const outcome = await up(run, tally);
        return { ...outcome, where: whereOf(run) };
      });
      if (plan.kind === 'refused') throw new SlipwayError(await refused(plan.refusal, tally));
      await warnAhead(context, plan);
      if (context.isJson) context.print(JSON.stringify(upReport(plan, tally, elapsed(), there)));
      const ms = elapsed();
      const words = sayUpToDate({ plan, tally, unchecked, ms, where: there });
      context.log.info({ event: 'done', version: plan.version, ms, database: there }, words);
      context.writeTerminationMessage(words, describeSteps(tally));
      return exitCodes.ok.code;
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      const detail = [...(error.failure.detail ?? []), ...describeSteps(tally)];
      const report = upReport(null, tally, elapsed(), where);
      throw new SlipwayError({ ...error.failure, detail, report }, { cause: error });
    } finally {
      if (timer) clearTimeout(timer);
    }
  },
});

async function warnAhead(
  { log }: Context,
  { ahead, newerBaseline }: Plan & { kind: 'upToDate' },
): Promise<void> {
  if (newerBaseline !== null) {
    const { describeNewer } = await import('../../plan/refusal.ts');
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
  const { explainRefusal } = await import('../../plan/refusal.ts');
  const failure = explainRefusal(refusal);
  const remedy = failure.remedy.replace('Nothing was touched. ', '');
  return tally.count('applied') > 0 ? { ...failure, remedy } : failure;
}

const runOver = (runTimeoutMs: number): SlipwayError =>
  new SlipwayError({
    exit: 'temporary',
    message: `the run did not end within ${runTimeoutMs / 1000} s (SLIPWAY_RUN_TIMEOUT)`,
    remedy: 'What was running was rolled back. Start again, with more time if that is not enough.',
  });
