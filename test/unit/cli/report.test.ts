import { describeSteps, formatTable } from '../../../src/cli/report.ts';
import { Tally } from '../../../src/migrate/outcome.ts';
import type { Migration } from '../../../src/migrations/migration.ts';
import type { Plan } from '../../../src/plan/types.ts';

/** A plan of so many steps; version and name are the number. */
function planOf(count: number): Plan & { kind: 'run' } {
  const steps = Array.from({ length: count }, (_, n) => {
    const migration = { version: `${n}`, name: 'x', kind: 'migration', source: { path: `${n}_x.sql` } };
    return { kind: 'apply' as const, migration: { ...migration, directives: {} } as unknown as Migration };
  });
  return { kind: 'run', from: null, steps };
}

/** What is said of a run of `count` steps in which `failing` fails. */
function said(count: number, failing: number): string[] {
  const plan = planOf(count);
  const tally = new Tally();
  tally.plan(plan);
  for (const step of plan.steps.slice(0, failing)) tally.applied(step, 7);
  const step = plan.steps[failing];
  if (step) tally.failed(step);
  return describeSteps(tally);
}

test('each step has its line', () => {
  expect(said(4, 2)).toEqual([
    'applied: 0_x (7 ms)',
    'applied: 1_x (7 ms)',
    expect.stringMatching(/^failed, .*: 2_x$/),
    'not executed: 3_x',
  ]);
  expect(said(21, 10)).toHaveLength(21);
});

test('of many in a row the first and the last and how many lie between, of those not executed the first', () => {
  expect(said(300, 200)).toEqual([
    'applied: 0_x (7 ms)',
    'applied: 198 more',
    'applied: 199_x (7 ms)',
    expect.stringMatching(/^failed, .*: 200_x$/),
    'not executed: 201_x',
    'not executed: 202_x',
    'not executed: 203_x',
    'not executed: 96 more',
  ]);
});

test('a table has any number of rows, and columns as wide as the widest cell', () => {
  const rows = Array.from({ length: 200_000 }, (_, at) => [`tenant_${at}`, 'x']);
  const lines = formatTable(['database', ''], rows);
  expect([lines[0], lines[1], lines.at(-1)]).toEqual(['database', 'tenant_0       x', 'tenant_199999  x']);
});
