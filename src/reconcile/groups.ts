import type { Body } from '../migrate/own-script.ts';
import type { Segment, SqlScript } from '../sql/index.ts';
import { commitMarks } from '../sql/index.ts';

/**
 * Takes a fix apart where it says `-- slipway: commit` on a line between two statements: what is committed one after the
 * other, in order.
 */
export function groupsOf(script: SqlScript): Body[] {
  const { segments } = script;
  const cuts = commitMarks(script);
  const groups = new Map<number, Segment[]>();
  for (const part of segments.flatMap((segment) => inParts(segment, cuts))) {
    const number = cuts.filter((cut) => cut < startOf(part)).length;
    groups.set(number, [...(groups.get(number) ?? []), part]);
  }
  return [...groups.values()].map((own) => ({ kind: 'sql', script: { ...script, segments: own } }));
}

/** The same parts as texts of their own; one without a statement is among them where the file has such. */
export function partTexts(script: SqlScript): string[] {
  const text = script.text.toString();
  const cuts = commitMarks(script).map((start) => {
    const end = text.indexOf('\n', start);
    return { start, next: end < 0 ? text.length : end + 1 };
  });
  return [{ next: 0 }, ...cuts].map(({ next }, index) => text.slice(next, cuts[index]?.start));
}

const startOf = (segment: Segment): number =>
  segment.kind === 'copy' ? segment.statement.start : segment.start;

/** A segment cut into parts of whole statements. */
function inParts(segment: Segment, cuts: readonly number[]): Segment[] {
  if (segment.kind === 'copy') return [segment];
  const { statements } = segment;
  const parts: Segment[] = [];
  let from = 0;
  for (let to = 1; to <= statements.length; to += 1) {
    const last = statements.at(to - 1);
    const next = statements.at(to);
    if (last === undefined) break;
    if (next !== undefined && !cuts.some((cut) => cut >= last.end && cut < next.start)) continue;
    const start = statements.at(from)?.start ?? last.start;
    parts.push({ kind: 'sql', start, end: last.end, statements: statements.slice(from, to) });
    from = to;
  }
  return parts;
}
