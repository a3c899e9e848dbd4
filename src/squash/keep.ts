import { SlipwayError } from '../core/index.ts';
import { placeAt, type SqlScript, type Statement, TokenReader } from '../sql/index.ts';
/** Statements that a squash takes over as they are, with the two marker lines around them. */
export interface KeepSection {
  /** Offsets into the source's text: whole lines, without the last line end. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const marker = /^[ \t]*--[ \t]*slipway:[ \t]*(keep|end)[ \t]*$/gm;

/** What begins a section that a squash keeps, and what ends it. */
export const keepMarkers = { begin: '-- slipway: keep', end: '-- slipway: end' } as const;

/**
 * Finds the sections of a script that a squash keeps: what stands between the comment lines `-- slipway: keep` and
 * `-- slipway: end`.
 *
 * @throws SlipwayError (65) at a marker without its other half, or within a statement.
 */
export function keepSections(script: SqlScript): KeepSection[] {
  const { source } = script;
  const bad = (offset: number, message: string, remedy: string): SlipwayError =>
    new SlipwayError({ exit: 'migration', place: placeAt(source, offset), message, remedy });
  const sections: KeepSection[] = [];
  let open: number | null = null;
  for (const { index, 0: line, 1: word } of source.text.toString().matchAll(marker)) {
    if (isInData(script, index)) continue;
    const within = script.statements.find(({ start, end }) => index > start && index < end);
    if (within) {
      if (isInToken(script, within, index)) continue;
      throw bad(index, `${line.trim()} is inside a statement`, 'Put it on a line between two statements.');
    }
    if (word === 'keep') {
      if (open !== null)
        throw bad(index, 'a keep section inside another', `End the first: ${keepMarkers.end}`);
      open = index;
    } else {
      if (open === null)
        throw bad(index, 'this ends a keep section that never began', `Begin it: ${keepMarkers.begin}`);
      const end = index + line.length;
      sections.push({ start: open, end, text: source.text.slice(open, end) });
      open = null;
    }
  }
  if (open !== null)
    throw bad(open, 'the keep section that begins here never ends', `End it: ${keepMarkers.end}`);
  return sections;
}

/** Whether a statement stands in a section that is kept. */
export const isKept = (sections: readonly KeepSection[], { start }: Statement): boolean =>
  sections.some((section) => start > section.start && start < section.end);

const isInData = ({ segments }: SqlScript, at: number): boolean =>
  segments.some((segment) => segment.kind === 'copy' && at >= segment.dataStart && at < segment.dataEnd);

/** Whether an offset lies within a string, a body or a quoted name, where a marker is none. */
function isInToken({ source }: SqlScript, { start, end }: Statement, at: number): boolean {
  const reader = new TokenReader(source, start);
  while (reader.next() && reader.start < end) {
    if (reader.end > at) return reader.start < at;
  }
  return false;
}
