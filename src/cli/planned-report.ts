import { grouped, sayBatches } from '../core/index.ts';
import { describeLockedTable } from '../impact/index.ts';
import type { Plan, Step } from '../plan/index.ts';
import type { PlannedLocks } from './planned-locks.ts';
import { counted } from './report.ts';
import type { Planned, PlannedStep } from './results.ts';
import { describeWhere, type Where } from './where.ts';

/** What `up` would do, for machines. */
export function plannedReport(
  plan: Exclude<Plan, { kind: 'refused' }>,
  database: Where,
  locks: PlannedLocks,
): Planned {
  switch (plan.kind) {
    case 'upToDate': {
      const { version, ahead, newerBaseline } = plan;
      return { plan: 'upToDate', version, ahead, newerBaseline, database };
    }
    case 'adopt':
      return { plan: 'adopt', version: plan.version, steps: plan.steps.map(stepReport), database };
    case 'run': {
      const { from, repeated } = plan;
      const steps = plan.steps.map((step) => withLocks(stepReport(step), locks));
      return { plan: 'run', from, steps, ...(repeated ? { repeated } : {}), database };
    }
  }
}

const withLocks = (step: PlannedStep, locks: PlannedLocks): PlannedStep => {
  const own = locks.get(step.version);
  return own ? { ...step, locks: own } : step;
};

const stepReport = ({ kind, migration, steps }: Step): PlannedStep => ({
  action: kind,
  version: migration.version,
  name: migration.name,
  kind: migration.kind,
  file: migration.source.path,
  transaction: !migration.directives.noTransaction,
  ...(steps && { statements: counted(steps) }),
});

/** How far a step came that is resumed. */
const describeResumed = ({ steps }: Step): string =>
  steps === undefined
    ? 'was interrupted, is finished first'
    : steps.begun === null
      ? `goes on with statement ${Math.min(steps.done + 1, steps.of)} of ${steps.of}`
      : `was interrupted in statement ${steps.begun} of ${steps.of}, is finished first`;

/** A plan that is no refusal, as lines to read. */
export function describePlan(
  plan: Exclude<Plan, { kind: 'refused' }>,
  where: Where,
  locks: PlannedLocks,
): string[] {
  const database = `the database ${describeWhere(where)}`;
  if (plan.kind === 'upToDate') {
    const ahead = plan.ahead.length > 0 ? [`ahead of this image: ${plan.ahead.join(', ')}`] : [];
    const made =
      plan.newerBaseline === null ? [] : [`made by an image whose baseline is newer: ${plan.newerBaseline}`];
    return [`nothing to do: ${database} is at ${plan.version}`, ...ahead, ...made];
  }
  const from =
    plan.kind === 'adopt'
      ? `${database} has the schema of ${plan.version}; up would adopt it and apply ${plan.steps.length}`
      : `${database} is ${plan.from === null ? 'empty' : `at ${plan.from}`}; up would apply ${plan.steps.length}`;
  return [
    `${from}${plan.steps.length > 0 ? ':' : ''}`,
    ...plan.steps.flatMap((step) => {
      const { kind, migration } = step;
      const { noTransaction, repeat } = migration.directives;
      const begun =
        plan.kind === 'run' && plan.repeated
          ? `goes on after ${sayBatches(plan.repeated)}`
          : describeResumed(step);
      const notes = [
        kind === 'resume' ? begun : null,
        noTransaction ? 'outside of a transaction' : null,
        repeat ? `in batches of ${grouped(repeat.rows)}` : null,
      ].filter((note) => note !== null);
      return [
        `  ${migration.version}  ${migration.name}${notes.length > 0 ? `  (${notes.join('; ')})` : ''}`,
        ...(locks.get(migration.version) ?? []).map((lock) => `    ${describeLockedTable(lock)}`),
      ];
    }),
  ];
}
