import { isatty } from 'node:tty';
import picocolors from 'picocolors';
import { printable } from '../core/index.ts';

/** What a report may be emphasised with. */
const styles = ['bold', 'dim', 'red', 'yellow', 'green'] as const;
type Style = (typeof styles)[number];
export type Styler = Readonly<Record<Style, (text: string) => string>>;

/**
 * Begins a mark. No name in a database or a file system and no message of a server can hold it (PostgreSQL docs 8.3,
 * POSIX path names), so what comes from outside cannot be taken for one.
 */
const mark = '\0';
const end = `${mark}.`;

/** Marks text for `toTerminal`, which alone knows whether there are colours. */
export const styler = Object.fromEntries(
  styles.map((style, index) => [style, (text: string) => `${mark}${index}${text}${end}`]),
) as Styler;

/** Leaves text as it is. */
export const unstyled = Object.fromEntries(styles.map((style) => [style, (text: string) => text])) as Styler;

/**
 * Whether what a stream is given may have colours: a terminal that shows them, or whatever else where FORCE_COLOR says
 * so (no-color.org and force-color.org; NO_COLOR counts first).
 */
export function showsColors(fd: 1 | 2): boolean {
  const forced = process.env.FORCE_COLOR ?? '';
  return picocolors.isColorSupported && (isatty(fd) || !['', '0', 'false'].includes(forced));
}

/** A report as it is printed: what comes from outside is text, and what `styler` marked is emphasised. */
export function toTerminal(report: string, isColored: boolean): string {
  const paint = picocolors.createColors(isColored);
  const marks = new RegExp(`${mark}([0-${styles.length - 1}])([^${mark}]*)${mark}\\.`, 'g');
  let shown = '';
  let at = 0;
  for (const { 0: whole, 1: index, 2: text = '', index: start } of report.matchAll(marks)) {
    const style = styles[Number(index)] as Style;
    shown += printable(report.slice(at, start)) + paint[style](printable(text));
    at = start + whole.length;
  }
  return shown + printable(report.slice(at));
}
