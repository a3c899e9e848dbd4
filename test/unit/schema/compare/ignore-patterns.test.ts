import fc from 'fast-check';
import { matcher } from '../../../../src/schema/catalog/patterns.ts';

/** What patterns mean, as it was written first: right, and in its time without bound. */
const meant = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  );

const letters = (least: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', '.', '\n', '\\'), minLength: least, maxLength: 8 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '*', '\n', '\\'), maxLength: 8 });

test('a pattern means what it always meant', () => {
  fc.assert(
    fc.property(pattern, letters(0), (one, text) => matcher([one])(text) === meant(one).test(text)),
    { numRuns: 20_000 },
  );
});

test.each([
  ['table a', 'table a', true],
  ['table a', 'table ab', false],
  ['table *', 'table x.y', true],
  ['*', '', true],
  ['**', 'x', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['ab*ba', 'aba', false],
  ['*a*b*', 'ba', false],
  ['*.log_*', 'table public.log_2025', true],
])('%s and "%s": %s', (one, text, matches) => expect(matcher([one])(text)).toBe(matches));

test('many stars take no time', () => {
  const many = `${'*a'.repeat(200)}*b`;
  const started = performance.now();
  for (let n = 0; n < 100; n += 1) expect(matcher([many])('a'.repeat(5_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1_000);
});
