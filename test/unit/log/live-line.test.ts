import { fitted } from '../../../src/log/live-line.ts';

describe('a live line fits the terminal', () => {
  test.each([
    ['what fits stays as it is', 'replaying', 9, 'replaying'],
    ['what is longer is cut off', 'replaying', 8, 'replayi…'],
    ['characters of two columns count as two', '日本語', 5, '日本…'],
    ['they are not cut in half', '日本語', 4, '日…'],
    ['a character beyond 16 bits is one', '𐐀𐐀𐐀', 5, '𐐀𐐀…'],
    ['what a terminal would obey is escaped', 'a\u001b[2Jb', 20, String.raw`a\x1b[2Jb`],
    ['a line end would begin another line', 'a\nb', 20, 'a b'],
  ])('%s', (_, text, columns, expected) => {
    expect(fitted(text, columns)).toBe(expected);
  });
});
