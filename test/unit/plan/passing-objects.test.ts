import { ignorePatterns } from '../../../src/plan/passing-objects.ts';
import { explainRefusal } from '../../../src/plan/refusal.ts';
import type { Difference } from '../../../src/schema/compare/comparison.ts';

const difference = (object: string, more: Partial<Difference> = {}): Difference => ({
  kind: 'missing',
  object,
  parent: null,
  severity: 'drift',
  expected: null,
  actual: null,
  facet: null,
  ...more,
});
const partition = { expected: "table partition of public.e FOR VALUES IN ('x')" };

test.each<[string, readonly Difference[], readonly string[]]>([
  ['a month', [difference('table public.events_2025_01')], ['* public.events_20*']],
  [
    'months',
    [difference('table public.e_2025_01'), difference('table public.e_2025_02')],
    ['* public.e_20*'],
  ],
  ['a day', [difference('table public.e_p20250131')], ['* public.e_p20*']],
  ['year and month', [difference('table public.e_y2025m01')], ['* public.e_y20*']],
  ['a number', [difference('table public.e_7')], ['* public.e_*']],
  ['a quoted name', [difference('table public."e 2025"')], ['* public."e 20*']],
  ['a partition of any name', [difference('table public.e_rest', partition)], ['* public.e_rest*']],
  ['of two tables', [difference('table a.x_1'), difference('table b.y_1')], ['* a.x_*', '* b.y_*']],
  [
    'beside what is only reported',
    [difference('table a.x_1'), difference('index a.i', { severity: 'reported' })],
    ['* a.x_*'],
  ],
  ['a table of its own name', [difference('table public.orders')], []],
  ['beside a column', [difference('table a.x_1'), difference('column a.t.x_1')], []],
  ['one that is changed', [difference('table a.x_1', { kind: 'changed' })], []],
  ['nothing', [], []],
])('patterns for what comes and goes: %s', (_, differences, patterns) => {
  expect(ignorePatterns({ differences, unverified: [] })).toEqual(patterns);
});

test.each<[string, readonly Difference[], RegExp]>([
  ['one', [difference('table a.b')], /: 1 object differs$/],
  ['two', [difference('table a.b'), difference('table a.c')], /: 2 objects differ$/],
  [
    'two facets of one',
    [difference('table a.b', { facet: 'x' }), difference('table a.b', { facet: 'y' })],
    /: 1 object differs$/,
  ],
  [
    'one, and one extra',
    [difference('table a.b'), difference('table a.c', { kind: 'extra', severity: 'reported' })],
    /: 2 objects differ, of which 1 is only reported$/,
  ],
  [
    'one, and two comments',
    [
      difference('table a.b'),
      difference('comment a.c', { severity: 'reported' }),
      difference('comment a.d', { severity: 'reported' }),
    ],
    /: 3 objects differ, of which 2 are only reported$/,
  ],
])('a drift counts what it lists: %s', (_, differences, message) => {
  const comparison = { differences, unverified: [] };
  expect(explainRefusal({ kind: 'drift', version: '20250101000000', comparison }).message).toMatch(message);
});

test('what an older Slipway accepted is named, with what accepts it again', () => {
  const refusal = {
    kind: 'drift',
    version: '20250101000000',
    comparison: { differences: [difference('table a.b')], unverified: [] },
  } as const;
  expect(explainRefusal(refusal).remedy).not.toMatch(/older Slipway/);
  expect(explainRefusal({ ...refusal, outdated: ['table a.b'] }).remedy).toMatch(
    /An older Slipway accepted the differences of table a\.b by hashes that this version cannot compare.*: slipway adopt --as 20250101000000 --unverified\. Otherwise: /,
  );
});
