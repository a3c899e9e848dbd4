import { lastScreen } from '../../../src/demo/chapters.ts';
import { wrap, wrapLine } from '../../../src/demo/wrap.ts';

const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;

test.each([
  ['what fits', 'one two', 7, ['one two']],
  ['between words', 'one two', 6, ['one', 'two']],
  ['a word that is longer than a line', 'a abcdefg', 3, ['a', 'abc', 'def', 'g']],
  ['spaces within a line stay', 'a  b', 9, ['a  b']],
])('a text is broken: %s', (_, text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines);
});

test.each([
  ['what fits stays as it is', '  a  b', 6, ['  a  b']],
  ['what goes on stands to the right of where the line began', '  aaaa bbbb', 10, ['  aaaa', '      bbbb']],
  ['colours take no room', `${red('aaaa')} bbbb`, 9, [`${red('aaaa')} bbbb`]],
])('a printed line is broken: %s', (_, line, width, lines) => {
  expect(wrapLine(line, width)).toEqual(lines);
});

test('the last screen has nine lines, which fit a terminal', () => {
  const lines = lastScreen(123_456);
  expect(lines).toHaveLength(9);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});
