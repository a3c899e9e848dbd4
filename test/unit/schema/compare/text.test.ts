import { styler, toTerminal } from '../../../../src/log/style.ts';
import type { Difference } from '../../../../src/schema/compare/comparison.ts';
import { describeDifferences } from '../../../../src/schema/compare/text.ts';

const difference = (object: string, more: Partial<Difference>): Difference => ({
  kind: 'changed',
  object,
  parent: null,
  severity: 'drift',
  expected: null,
  actual: null,
  facet: null,
  ...more,
});

const graph: readonly (readonly [
  title: string,
  differences: readonly Difference[],
  lines: readonly string[],
])[] = [
  ['none', [], []],
  [
    'changed, with both values',
    [difference('view s.v', { parent: 's.v', expected: 'SELECT 1', actual: 'SELECT 2' })],
    ['s.v:', '  ~ view s.v: changed', '      expected SELECT 1', '      found    SELECT 2'],
  ],
  [
    'changed, where the expected text is not known',
    [difference('function s.f()', { actual: 'x' })],
    ['~ function s.f(): changed', '    found    x'],
  ],
  [
    'missing',
    [difference('type s.t', { kind: 'missing', expected: 'enum (a)' })],
    ['- type s.t: missing', '    expected enum (a)'],
  ],
  [
    'only reported',
    [difference('comment schema s', { severity: 'reported', expected: 'a', actual: 'b' })],
    ['~ comment schema s: changed (reported only)', '    expected a', '    found    b'],
  ],
  [
    'the order of columns',
    [difference('column order s.a', { severity: 'reported', expected: 'a, b', actual: 'b, a' })],
    ['~ column order s.a: the same columns in another order (reported only)'],
  ],
  [
    'extra',
    [difference('table s.x', { kind: 'extra', severity: 'reported', actual: 'table' })],
    ['+ table s.x: extra (reported only)'],
  ],
  [
    'an extra column, with what it is',
    [difference('column s.a.x', { kind: 'extra', parent: 's.a', severity: 'reported', actual: 'integer' })],
    ['s.a:', '  + column s.a.x: extra (reported only): integer'],
  ],
  [
    'names with line ends',
    [
      difference('column s."a\nb"."c\nd"', {
        kind: 'extra',
        parent: 's."a\nb"',
        severity: 'reported',
        actual: "text default 'e\nf'",
      }),
    ],
    ['s."a\\nb":', '  + column s."a\\nb"."c\\nd": extra (reported only): text default \'e\\nf\''],
  ],
  [
    'a facet',
    [difference('table s.a', { facet: 'hypertable', expected: 'by time', actual: 'by id' })],
    ['~ table s.a, hypertable: changed', '    expected by time', '    found    by id'],
  ],
  [
    'text of several lines',
    [difference('function s.f()', { expected: 'a\nb', actual: 'c' })],
    ['~ function s.f(): changed', '    expected a', '             b', '    found    c'],
  ],
  [
    'two of one table, then one that stands by itself',
    [
      difference('column s.a.x', { parent: 's.a', kind: 'missing' }),
      difference('column s.a.y', { parent: 's.a', kind: 'missing' }),
      difference('type s.t', { kind: 'missing' }),
    ],
    ['s.a:', '  - column s.a.x: missing', '  - column s.a.y: missing', '- type s.t: missing'],
  ],
];

test.each(graph)('%s', (_, differences, lines) => {
  expect(describeDifferences({ differences, unverified: [] })).toEqual(lines);
});

test('what cannot be verified is named last', () => {
  expect(describeDifferences({ differences: [], unverified: ['table s.a: hypertable', 'x: y'] })).toEqual([
    'not verified here: table s.a: hypertable, x: y',
  ]);
});

test('colours are only for a terminal', () => {
  const differences = [difference('type s.t', { kind: 'missing' })];
  const [line = ''] = describeDifferences({ differences, unverified: [] }, styler);
  expect(toTerminal(line, false)).toBe('- type s.t: missing');
  expect(describeDifferences({ differences, unverified: [] })).toEqual(['- type s.t: missing']);
});
