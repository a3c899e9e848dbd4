import { printable } from '../core/index.ts';
import { painter, type Styler, stylerOf, styles } from './paint.ts';

/**
 * Begins a mark. No name in a database or a file system and no message of a server can hold it (PostgreSQL docs 8.3,
 * POSIX path names), so what comes from outside cannot be taken for one.
 */
const mark = '\0';
const end = `${mark}.`;

/** Marks text for `toTerminal`, which alone knows whether there are colours. */
export const styler: Styler = stylerOf((style, text) => `${mark}${styles.indexOf(style)}${text}${end}`);

/** A report as it is printed: what comes from outside is text, and what `styler` marked is emphasised. */
export function toTerminal(report: string, isColored: boolean): string {
  const paint = painter(isColored);
  const marks = new RegExp(`${mark}([0-${styles.length - 1}])([^${mark}]*)${mark}\\.`, 'g');
  let shown = '';
  let at = 0;
  for (const { 0: whole, 1: index, 2: text = '', index: start } of report.matchAll(marks)) {
    const style = styles[Number(index)] ?? 'bold';
    shown += printable(report.slice(at, start)) + paint[style](printable(text));
    at = start + whole.length;
  }
  return shown + printable(report.slice(at));
}
