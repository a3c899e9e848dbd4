import { codeBlock, codeCell, codeSpan, plainText } from '../../../src/report/markdown-text.ts';
import { hostileNames } from '../../support/hostile-names.ts';

test.each([
  ['a', '`a`'],
  ['a`b', '``a`b``'],
  ['`', '`` ` ``'],
  ['```', '```` ``` ````'],
  [' a ', '`  a  `'],
  ['two\nlines', '`two\\nlines`'],
  ['\u202ex', '`\\u202ex`'],
])('%j as code', (text, expected) => expect(codeSpan(text)).toBe(expected));

test.each([
  ['a|b', '`a\\|b`'],
  ['a\\|b', '`a\\\\x7cb`'],
  ['a\\\\|b', '`a\\\\\\x7cb`'],
])('%j as code in a cell', (text, expected) => expect(codeCell(text)).toBe(expected));

/** Bars that end a cell: those before which no backslash stands that is not itself escaped (cmark-gfm, table.c). */
const barsIn = (cell: string): number => cell.replaceAll(/\\[\s\S]/g, '').split('|').length - 1;

test.each(hostileNames)('%j ends no cell and no line', (name) => {
  expect(barsIn(codeCell(name))).toBe(0);
  expect(codeCell(name)).not.toMatch(/[\r\n]/);
});

test.each(hostileNames)('%j ends no code span before its end', (name) => {
  const span = codeSpan(name);
  const fence = /^`+/.exec(span)?.[0] ?? '';
  const within = span.slice(fence.length, -fence.length);
  expect(within.match(/`+/g) ?? []).not.toContain(fence);
});

test.each(hostileNames)('%j ends no block', (name) => {
  const [first = '', ...rest] = codeBlock(['before', name, 'after'], 'text').split('\n');
  const fence = /^`+/.exec(first)?.[0] ?? '';
  expect(rest.findIndex((line) => line.trim().startsWith(fence))).toBe(rest.length - 1);
});

test.each([
  ['<b> & "x"', '&lt;b&gt; &amp; "x"'],
  ['*a* _b_ `c` [d](e) | ~f~', '\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) \\| \\~f\\~'],
  ['@name, http://x, www.x', '@<!-- -->name, http:<!-- -->//x, www<!-- -->.x'],
  ['a\nb', 'a\\\\nb'],
])('%j as a sentence', (text, expected) => expect(plainText(text)).toBe(expected));
