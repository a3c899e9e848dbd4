import { printable, printableName } from '../core/index.ts';

/** The longest run of a character in a text. */
const longestRun = (text: string, character: string): number =>
  [...text.matchAll(new RegExp(`\\${character}+`, 'g'))].reduce(
    (most, [run]) => Math.max(most, run.length),
    0,
  );

/**
 * A text of others as a code span, on one line (CommonMark 6.1): between more backticks than it has in a row.
 */
export function codeSpan(text: string): string {
  const shown = printableName(text);
  if (shown === '') return '``` ```';
  const fence = '`'.repeat(longestRun(shown, '`') + 1);
  const pad = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/**
 * The same in a cell of a table, where a bar ends the cell unless a backslash stands before it (GFM 4.10), in code as
 * well. A backslash of the text's own before a bar would undo that, so such a bar is shown by its number.
 */
export const codeCell = (text: string): string =>
  codeSpan(text).replaceAll(/(\\?)\|/g, (_, before: string) => (before === '' ? '\\|' : `${before}\\x7c`));

/** Lines of others as a fenced block (CommonMark 4.5): its fence is longer than any within. */
export function codeBlock(lines: readonly string[], language: 'text' | 'diff'): string {
  const text = lines.map(printable).join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(text, '`') + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/**
 * A sentence of others as Markdown that shows it: nothing in it is a tag, a mark or a link, and it calls nobody by name
 * (GitHub and GitLab turn `@name` into one also where it is escaped).
 */
export const plainText = (text: string): string =>
  printableName(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|~#$]/g, '\\$&')
    .replaceAll(/@|:(?=\/\/)|\bwww(?=\.)/gi, '$&<!-- -->');
