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
 * A report as it is printed: what comes from outside is text, and what `styler` marked is emphasised where the stream
 * is a terminal that shows colours.
 */
export function toTerminal(report: string, isTerminal: boolean): string {
  const paint = picocolors.createColors(isTerminal && picocolors.isColorSupported);
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
