import { exitCodes, SlipwayError } from '../errors.ts';
import { look } from '../look.ts';
import { plan as makePlan } from '../plan.ts';
import { explainRefusal } from '../refusal.ts';
import { describePlan, planReport } from '../report.ts';
import { withRun } from '../start.ts';
import type { Command } from './command.ts';

export const plan: Command = {
  summary: 'what up would do; writes nothing',
  positionals: '',
  options: {},
  description:
    'Looks at the database and says what `up` would do with it. Reads only: no DDL, no DML, no advisory lock. Ends with the code that `up` would refuse with, or 0.',
  async run(context) {
    const { planned } = await withRun(context, { isWriter: false }, async (run) => {
      const { state } = await look(run);
      const planned = makePlan(state, run.set, run.planOptions);
      if (planned.kind === 'run') {
        const { readStep } = await import('../steps/ready.ts');
        for (const { migration } of planned.steps) await readStep(run, migration);
      }
      return { planned };
    });
    if (planned.kind === 'refused') {
      throw new SlipwayError({ ...explainRefusal(planned.refusal), report: planReport(planned) });
    }
    context.print(context.isJson ? JSON.stringify(planReport(planned)) : describePlan(planned).join('\n'));
    return exitCodes.ok.code;
  },
};
