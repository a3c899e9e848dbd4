import { fitted } from '../../src/termination-log.ts';

test('details stand beneath, as far as there is room, in whole lines', () => {
  expect(fitted('it failed', ['a', 'b\nc'])).toBe('it failed\n  a\n  b\n  c\n');
  const details = Array.from({ length: 500 }, (_, n) => `detail ${n} ünd so weiter`);
  const word = fitted('it failed', details);
  expect(Buffer.byteLength(word)).toBeLessThanOrEqual(4096);
  expect(Buffer.byteLength(word)).toBeGreaterThan(4000);
  const lines = word.trimEnd().split('\n');
  expect(lines.at(-1)).toBe(`  and ${500 - (lines.length - 2)} more lines in the log`);
  expect(lines.at(-2)).toBe(`  detail ${lines.length - 3} ünd so weiter`);
});

test.each([1, 2, 3, 4, 5, 40, 100, 400])(
  'never more than %i bytes over the least, whatever is said',
  (extra) => {
    for (const first of ['', 'é'.repeat(3000), 'x'.repeat(extra), '\u001b['.repeat(extra)])
      for (const details of [[], ['x'.repeat(extra)], ['ü'.repeat(extra), 'y'], Array(extra).fill('€')])
        expect(Buffer.byteLength(fitted(first, details, 40 + extra))).toBeLessThanOrEqual(40 + extra);
  },
);

test('a first line that is too long is cut at a character', () => {
  const word = fitted('é'.repeat(3000), ['more']);
  expect(word).toMatch(/^é+…\n$/);
  expect(Buffer.byteLength(word)).toBeGreaterThan(4090);
});
