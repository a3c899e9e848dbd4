import { type DownTarget, planUndoing } from '../../../src/plan/undoing.ts';
import { baselineOf, migrationOf, rowOf, setOf, versionOf } from '../../support/migration-set.ts';

const undoable = (n: number, text = `CREATE TABLE t${n} ();`) => {
  const migration = migrationOf(n, text);
  const source = { ...migration.source, path: migration.source.path.replace('.sql', '.down.sql') };
  return { ...migration, down: { format: 'sql' as const, source, directives: migration.directives } };
};

const set = setOf({
  baseline: baselineOf(1),
  migrations: [undoable(2), migrationOf(3), undoable(4), undoable(5, '-- slipway: irreversible\nSELECT 1;')],
});
const rows = [1, 2, 3, 4].map((n) => rowOf(n === 1 ? baselineOf(1) : migrationOf(n)));
const steps = (n: number): DownTarget => ({ kind: 'steps', steps: n });
const to = (n: number): DownTarget => ({ kind: 'to', version: versionOf(n) });

test.each<[string, number, DownTarget, readonly (number | RegExp)[]]>([
  ['one step', 4, steps(1), [4]],
  ['to the version before', 4, to(3), [4]],
  ['to the newest: nothing', 4, to(4), []],
  ['two steps, one of them without a down file', 4, steps(2), [/m3.sql: the migration has no down file/]],
  ['to the baseline: each that cannot be undone is named', 4, to(1), [/no down file/]],
  [
    'more steps than there are: the baseline is one',
    4,
    steps(9),
    [/no down file/, /is the baseline, which cannot be undone/],
  ],
  ['a version that the database does not have', 4, to(7), [/does not have version/]],
  ['an older baseline than the ledger begins with', 4, to(0), [/does not have version/]],
])('%s', (_, n, target, expected) => {
  const planned = planUndoing(rows.slice(0, n), set, target);
  const got =
    planned.kind === 'run'
      ? planned.steps.map(({ row }) => row.version)
      : planned.reasons.map(({ place, message }) => `${place ? `${place.file}: ` : ''}${message}`);
  expect(got).toEqual(
    expected.map((one) => (typeof one === 'number' ? versionOf(one) : expect.stringMatching(one))),
  );
});

test('what is irreversible, and what this image lacks, are named at once', () => {
  const all = [...rows, rowOf(undoable(5)), rowOf(undoable(6))];
  const planned = planUndoing(all, set, to(4));
  expect(planned).toMatchObject({
    kind: 'refused',
    reasons: [
      { exit: 'usage', message: expect.stringMatching(/m6 is not in this image/) },
      { exit: 'usage', message: 'the migration is marked irreversible' },
    ],
  });
});
