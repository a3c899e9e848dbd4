import { exitCodes, SlipwayError } from '../../core/index.ts';
import { type Inspection, inspect } from '../../inspect/index.ts';
import { fingerprintUse, withRun } from '../../migrate/index.ts';
import { plan as makePlan, type Plan } from '../../plan/index.ts';
import { explainRefusal } from '../../plan/refusal.ts';
import { command } from '../command.ts';
import { type PlannedLocks, plannedLocks } from '../planned-locks.ts';
import { describePlan, plannedReport } from '../planned-report.ts';
import { refusedReport } from '../report.ts';
import { whereOf } from '../where.ts';

export const planCommand = command({
  summary: 'what up would do; writes nothing',
  positionals: '',
  options: {},
  description:
    'Inspects the database and says what `up` would do with it. Reads only: no DDL, no DML, no advisory lock. Ends with the code that `up` would refuse with, or 0.',
  async run(context) {
    const { planned, locks, where } = await withRun(
      context,
      { isWriter: false, reads: 'files, lock late' },
      async (run) => {
        const planAs = async (isWriter: boolean): Promise<[Inspection, Plan]> => {
          const fingerprint = fingerprintUse(run, { isBelieved: true, isTaken: false, files: null });
          const inspection = await inspect(run, { ...run.inspectOptions, isWriter, fingerprint });
          return [inspection, makePlan(inspection.state, run.set, run.planOptions)];
        };
        let [inspection, planned] = await planAs(false);
        if (planned.kind === 'run' || planned.kind === 'adopt') {
          // There is something to write: what is refused to whoever writes is refused here.
          [inspection, planned] = await planAs(true);
          const { assertMayWrite } = await import('../../migrate/may-write.ts');
          if (planned.kind !== 'refused') await assertMayWrite(run, inspection);
        }
        let locks: PlannedLocks = new Map();
        if (planned.kind === 'run') {
          const { readSteps } = await import('../../migrate/steps.ts');
          await readSteps(run, planned, null);
          locks = await plannedLocks(run, planned);
        }
        return { planned, locks, where: whereOf(run) };
      },
    );
    if (planned.kind === 'refused') {
      throw new SlipwayError({
        ...explainRefusal(planned.refusal),
        report: refusedReport(planned.refusal, where),
      });
    }
    context.print(
      context.isJson
        ? JSON.stringify(plannedReport(planned, where, locks))
        : describePlan(planned, where, locks).join('\n'),
    );
    return exitCodes.ok.code;
  },
});
