import { exitCodes, nowMs, SlipwayError } from '../../core/index.ts';
import { Tally } from '../../migrate/index.ts';
import { bringToHead } from '../bring-to-head.ts';
import { type CommandOptions, type Context, command, reportOption } from '../command.ts';
import { eachOptions, isEach } from '../each-options.ts';
import { describeSteps, sayUpToDate, upDone, upFailed } from '../report.ts';
import type { Where } from '../where.ts';

const options = { ...eachOptions, ...reportOption } as const satisfies CommandOptions;

export const upCommand = command({
  summary: 'wait for the server, bring the database to head, prove it, exit',
  positionals: '',
  options,
  description:
    'Brings an empty or a managed database to the version in this image. With nothing to do it costs one connection and one query. It refuses what it does not understand, and touches nothing. With --each or --each-query it does so with every database of a list; a failure stops none of the others.',
  async run(context) {
    if (!isEach(context.flags)) return upOne(context);
    const { upEach } = await import('../each/up-each.ts');
    return upEach(context);
  },
});

async function upOne(context: Context): Promise<number> {
  const startedAt = nowMs();
  const tally = new Tally();
  const elapsed = (): number => Math.round(nowMs() - startedAt);
  const connected: { where: Where | null } = { where: null };
  try {
    const { plan, unchecked, where } = await bringToHead(context, {
      tally,
      connected: (where) => {
        connected.where = where;
      },
      ended: async (run) => {
        const { report } = context;
        if (report) report.add(await (await import('../report-content.ts')).upContent(run, tally));
      },
    });
    if (context.isJson) context.print(JSON.stringify(upDone(plan, tally, elapsed(), where)));
    const ms = elapsed();
    const words = sayUpToDate({ plan, tally, unchecked, ms, where });
    context.log.info({ event: 'done', version: plan.version, ms, database: where }, words);
    context.report?.add({ outcome: { words, isGood: true } });
    context.writeTerminationMessage(words, describeSteps(tally));
    return exitCodes.ok.code;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    if (context.report && tally.count('failed') > 0)
      context.report.add((await import('../report-content.ts')).failedContent(tally, connected.where));
    const detail = [...(error.failure.detail ?? []), ...describeSteps(tally)];
    const report = upFailed(tally, elapsed(), connected.where);
    throw new SlipwayError({ ...error.failure, detail, report }, { cause: error });
  }
}
