import { maskRanges, type Place } from '../core/index.ts';
import type { Source } from './source.ts';
import type { Text } from './text.ts';

/** Columns of a line that an excerpt shows at most. */
const visibleColumns = 100;
/** UTF-16 units on either side of the place that are inspected, however long the line is. */
const reach = 1000;
const contextLines = 2;

/**
 * Line and column of an offset.
 *
 * @param offset UTF-16 offset into the source's text; clamped to it.
 * @returns line and column from 1, the column in code points.
 */
export function placeAt(source: Source, offset: number): Place {
  const { text } = source;
  const at = Math.min(Math.max(offset, 0), text.length);
  const start = lineStart(text, at);
  let line = 1;
  for (let next = text.indexOf('\n'); next >= 0 && next < start; next = text.indexOf('\n', next + 1))
    line += 1;
  let column = 1;
  for (let i = start; i < at; column += 1) i += (text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1;
  return { file: source.path, line, column };
}

/**
 * Counts lines, for places that come one after the other: each is counted on from the last.
 *
 * @returns the line, from 1, of a UTF-16 offset into the source's text.
 */
export function linesOf({ text }: Pick<Source, 'text'>): (offset: number) => number {
  let at = 0;
  let line = 1;
  return (offset) => {
    if (offset < at) [at, line] = [0, 1];
    for (let next = text.indexOf('\n', at); next >= 0 && next < offset; next = text.indexOf('\n', at)) {
      line += 1;
      at = next + 1;
    }
    return line;
  };
}

/**
 * The line that holds an offset, with up to two lines before it and a caret beneath, for a terminal: tabs are kept,
 * wide characters (CJK, emoji) count as two columns, a long line is cut around the place, passwords are masked.
 *
 * @param offset UTF-16 offset into the source's text; clamped to it.
 * @param length UTF-16 units to underline, no further than the end of the line.
 */
export function excerptAt(source: Source, offset: number, length = 1): string[] {
  const { text } = source;
  const at = Math.min(Math.max(offset, 0), text.length);
  const number = placeAt(source, at).line ?? 1;
  const starts = [lineStart(text, at)];
  while (starts.length <= contextLines && (starts[0] ?? 0) > 0)
    starts.unshift(lineStart(text, (starts[0] ?? 0) - 1));

  const width = Math.max(4, String(number).length);
  const shown: string[] = [];
  let caret = '';
  for (const [index, start] of starts.entries()) {
    const isLast = index === starts.length - 1;
    const cut = cutLine(text, start, isLast ? at : start, isLast ? at + length : start);
    if (!isLast && cut.text.trim() === '' && shown.length === 0) continue;
    const line = number - (starts.length - 1 - index);
    shown.push(`${String(line).padStart(width)} | ${cut.text}`.trimEnd());
    caret = `${' '.repeat(width)} | ${blank(cut.text.slice(0, cut.at))}${underline(cut.text.slice(cut.at, cut.to))}`;
  }
  return [...shown, caret];
}

interface Cut {
  readonly text: string;
  readonly at: number;
  readonly to: number;
}

/** The line that begins at `start`, masked and cut so that `at` is visible; `at` and `to` become offsets into it. */
function cutLine(text: Text, start: number, at: number, to: number): Cut {
  const newline = text.indexOf('\n', at);
  const end = newline < 0 ? text.length : newline;
  const from = Math.max(start, at - reach);
  const until = Math.min(end, at + reach);
  const before = Math.max(0, lineStart(text, start - 1), from - reach);
  const ranges = maskRanges(text.slice(before, until)).map((range) => ({
    start: range.start + before,
    end: range.end + before,
  }));

  let shown = '';
  let shownAt = -1;
  let shownTo = -1;
  let next = from;
  const place = (offset: number): number => shown.length + (offset - next);
  const copy = (upTo: number): void => {
    if (shownAt < 0 && at <= upTo) shownAt = place(at);
    if (shownTo < 0 && to <= upTo) shownTo = place(to);
    shown += text.slice(next, upTo);
    next = upTo;
  };
  for (const range of ranges) {
    if (range.end <= from) continue;
    copy(Math.max(range.start, from));
    const maskAt = shown.length;
    shown += '***';
    next = range.end;
    if (shownAt < 0 && at < range.end) shownAt = maskAt;
    if (shownTo < 0 && to < range.end) shownTo = shown.length;
  }
  if (next < until) copy(until);
  if (shownAt < 0) shownAt = shown.length;
  if (shownTo < 0) shownTo = shown.length;
  return narrow({ text: shown, at: shownAt, to: shownTo }, { before: from > start, after: until < end });
}

/**
 * Cuts to what a terminal shows, `…` where something was left out.
 *
 * @param isCut whether something was left out before and after already.
 */
function narrow({ text: line, at, to }: Cut, isCut: { before: boolean; after: boolean }): Cut {
  const characters = Array.from(line);
  const widths = characters.map(columns);
  const total = widths.reduce((sum, each) => sum + each, 0);
  if (total <= visibleColumns && !isCut.before && !isCut.after) return { text: line, at, to };

  const atIndex = Array.from(line.slice(0, at)).length;
  let first = atIndex;
  let left = 0;
  while (first > 0 && left < visibleColumns * 0.6) left += widths[--first] ?? 0;
  let last = atIndex;
  let used = left;
  while (last < characters.length && used < visibleColumns) used += widths[last++] ?? 0;
  while (first > 0 && used < visibleColumns) used += widths[--first] ?? 0;

  const lead = first > 0 || isCut.before ? '…' : '';
  const tail = last < characters.length || isCut.after ? '…' : '';
  const shift = lead.length - characters.slice(0, first).join('').length;
  const middle = characters.slice(first, last).join('');
  return {
    text: lead + middle + tail,
    at: at + shift,
    to: Math.min(to + shift, lead.length + middle.length),
  };
}

function lineStart(text: Text, at: number): number {
  return at <= 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

/** As wide as `text` on a terminal, and empty to inspect. */
function blank(text: string): string {
  let out = '';
  for (const character of text) out += character === '\t' ? '\t' : ' '.repeat(columns(character));
  return out;
}

function underline(text: string): string {
  let width = 0;
  for (const character of text.trimEnd()) width += columns(character);
  return '^'.repeat(Math.max(1, width));
}

/** Columns that a terminal gives a character: Unicode's East Asian Width, roughly. */
function columns(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character)) return 0;
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x20000 && code <= 0x3fffd) ||
    /^\p{Emoji_Presentation}$/u.test(character);
  return wide ? 2 : 1;
}
