import { herdsTable, percentile, poolersTable, timesTable } from '../../recovery/tables.ts';

test.each([
  [[], 0.5, Number.NaN],
  [[7], 0.5, 7],
  [[3, 1, 2, 4], 0.5, 2],
  [Array.from({ length: 20 }, (_, n) => 20 - n), 0.95, 19],
  [[5, 9, 1], 1, 9],
])('of %j the share %d is within %d', (values, share, expected) => {
  expect(percentile(values, share)).toBe(expected);
});

test('times are told by what was measured, in seconds', () => {
  const table = timesTable([
    { figure: 'a', ms: 100 },
    { figure: 'b', ms: 2000 },
    { figure: 'a', ms: 300 },
    { mode: 'session', column: 'killed', result: 'no matter' },
  ]);
  expect(table.split('\n')).toEqual([
    '| seconds | tries | p50 | p95 | max |',
    '| --- | --: | --: | --: | --: |',
    '| a | 2 | 0.10 | 0.30 | 0.30 |',
    '| b | 1 | 2.00 | 2.00 | 2.00 |',
  ]);
});

test('what went wrong in a herd is counted over its rounds', () => {
  const round = { herd: 'a database', processes: 64, twice: 0, failed: 0, ms: 1000 };
  expect(
    herdsTable([round, { ...round, twice: 2, failed: 1 }])
      .split('\n')
      .at(-1),
  ).toBe('| 64, a database | 2 | 2 | 1 | 1.00 | 1.00 |');
});

test('a cell says all that was found, and is empty where nothing was', () => {
  const cell = { mode: 'transaction', column: 'not transactional' } as const;
  const found = poolersTable([
    { ...cell, result: 'refused' },
    { ...cell, result: 'applied' },
    { ...cell, result: 'applied' },
  ]);
  expect(found.split('\n').slice(2)).toEqual([
    '| session |  |  |  |  |',
    '| transaction |  | refused; applied |  |  |',
    '| statement |  |  |  |  |',
  ]);
});
