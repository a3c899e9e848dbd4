import { isatty } from 'node:tty';

/** How what is emphasised begins and ends on a terminal (ECMA-48, 8.3.117). */
const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
} as const satisfies Record<string, readonly [number, number]>;

export type Style = keyof typeof codes;
/** What a text may be emphasised with. */
export const styles = Object.keys(codes) as Style[];

export type Styler = Readonly<Record<Style, (text: string) => string>>;

/** A function for each style. @param write writes a text with what begins and ends its style. */
export const stylerOf = (write: (style: Style, text: string) => string): Styler =>
  Object.fromEntries(styles.map((style) => [style, (text: string) => write(style, text)])) as Styler;

/** Leaves text as it is. */
export const unstyled = stylerOf((_, text) => text);

const colored = stylerOf((style, text) => {
  const [begin, end] = codes[style];
  return text === '' ? text : `\x1b[${begin}m${text}\x1b[${end}m`;
});

/** Writes what a terminal shows emphasised, or text as it is. */
export const painter = (isColored: boolean): Styler => (isColored ? colored : unstyled);

/**
 * Whether what a stream is given may have colours: a terminal that shows them, or whatever else where FORCE_COLOR says
 * so (no-color.org and force-color.org; NO_COLOR counts first). Node's own streams are not asked, since they would be
 * opened for that.
 */
export function showsColors(fd: 1 | 2): boolean {
  const { NO_COLOR, FORCE_COLOR = '', TERM, CI } = process.env;
  if (NO_COLOR || (!FORCE_COLOR && !CI && (TERM === 'dumb' || !isatty(1)))) return false;
  return isatty(fd) || !['', '0', 'false'].includes(FORCE_COLOR);
}
