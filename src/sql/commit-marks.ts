import type { SqlScript } from './script.ts';

/** The line of a fix above which all is committed before the rest begins. */
export const commitMarker = '-- slipway: commit';

const mark = /^[ \t]*--[ \t]*slipway:[ \t]*commit[ \t]*$/gm;

/** Where a script has the line `-- slipway: commit`, as offsets. */
export const commitMarks = (script: SqlScript): number[] => commentLines(script, mark);

/**
 * Where a script has comment lines of a kind, as offsets; within a statement, a string or data they are text.
 *
 * @param mark matches the beginning of such a line; global.
 */
export function commentLines({ source, statements, segments }: SqlScript, mark: RegExp): number[] {
  const isWithin = (at: number): boolean =>
    statements.some(({ start, end }) => at > start && at < end) ||
    segments.some((segment) => segment.kind === 'copy' && at >= segment.dataStart && at < segment.dataEnd);
  return [...source.text.toString().matchAll(mark)].map(({ index }) => index).filter((at) => !isWithin(at));
}
