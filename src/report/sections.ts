import { describeDifferences } from '../schema/compare/text.ts';
import { isRelation } from '../schema/model/index.ts';
import type { SchemaChange } from './changes.ts';
import type { Report, ReportedProblem } from './content.ts';

/** Changes by the table that they belong to; what stands by itself comes first. */
export function byTable(
  changes: readonly SchemaChange[],
): readonly (readonly [table: string | null, readonly SchemaChange[]])[] {
  const groups = new Map<string | null, SchemaChange[]>();
  for (const change of changes) {
    const table = isRelation(change.object) && change.verb !== 'changes' ? null : change.table;
    groups.set(table, [...(groups.get(table) ?? []), change]);
  }
  return [...groups].sort(([a], [b]) => (a === null ? -1 : b === null ? 1 : a < b ? -1 : 1));
}

/** A failure, or why a database is refused, line by line as the log has it. */
export function failureLines({ failure, refusal }: Report): string[] {
  if (failure !== null) return [failure.text, ...indented(failure.detail), `→ ${failure.remedy}`];
  return refusal ? [refusal.message, ...indented(refusal.detail), `→ ${refusal.remedy}`] : [];
}

/** A problem of `check`, line by line. */
export const problemLines = ({ message, detail, remedy }: ReportedProblem): string[] => [
  message,
  ...indented(detail),
  `→ ${remedy}`,
];

const indented = (lines: readonly string[] = []): string[] => lines.map((line) => `    ${line}`);

/** What differs, in the words of `status --drift`; null where nothing was to be compared. */
export function differenceLines({ comparison }: Report): string[] | null {
  if (comparison === undefined) return null;
  return comparison === null ? ['nothing was compared'] : describeDifferences(comparison);
}
