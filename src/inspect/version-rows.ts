import type { CopiedRow } from '../postgres/copy-table.ts';
import type { RowState, Tool } from './evidence-tools.ts';

/** What the rows of a version table say. */
export interface TableContents {
  readonly rows: number;
  /** Those that were not undone, the newest first, a few of them. */
  readonly versions: readonly string[];
  /** Of these, those that did not come to an end, a few of them. */
  readonly unfinished: readonly string[];
  /** Those that do not count as applied, though a row names them, a few of them. */
  readonly undone: readonly string[];
  /** The newest version that was applied and not undone; null where there is none. */
  readonly newest: string | null;
}

/** So many versions are named at most. */
export const mostNamed = 3;

/** What the rows of a tool's version table say, taken together; they may come in any order. */
export function summarize(tool: Tool, rows: readonly CopiedRow[]): TableContents {
  const { version, order, state = alwaysApplied, isBeside = never, isHighest } = tool;
  const nameOf = (row: CopiedRow): string => String(version(row));
  const named = (some: readonly CopiedRow[]): string[] => firstOf(some.map(nameOf));
  const sorted = [...rows].sort((a, b) => compareValues(b[order] ?? '', a[order] ?? ''));
  const { standing, undone } = separateUndone(sorted, nameOf, state);
  const applied = standing.filter((row) => state(row) === 'applied' && !isBeside(row)).map(nameOf);
  return {
    rows: rows.length,
    versions: named(standing),
    unfinished: named(standing.filter((row) => state(row) === 'unfinished')),
    undone: firstOf(undone),
    newest: (isHighest ? applied.sort(compareParts).at(-1) : applied[0]) ?? null,
  };
}

const alwaysApplied = (): RowState => 'applied';
const never = (): boolean => false;
const firstOf = (names: readonly string[]): string[] => [...new Set(names)].slice(0, mostNamed);

interface Separated {
  /** The rows that say what was applied, or begun, and not undone since. */
  readonly standing: readonly CopiedRow[];
  /** The versions that no standing row names. */
  readonly undone: readonly string[];
}

/** @param rows the newest first: a row that undoes its version counts for the older rows of that version. */
function separateUndone(
  rows: readonly CopiedRow[],
  nameOf: (row: CopiedRow) => string,
  state: (row: CopiedRow) => RowState,
): Separated {
  const standing: CopiedRow[] = [];
  const undone = new Set<string>();
  for (const row of rows) {
    if (state(row) === 'undone') undone.add(nameOf(row));
    else if (!undone.has(nameOf(row))) standing.push(row);
  }
  const names = new Set(standing.map(nameOf));
  return { standing, undone: [...undone].filter((name) => !names.has(name)) };
}

const isNumber = (text: string): boolean => /^-?\d{1,30}$/.test(text);

/** Numbers by size, all else (texts, moments as ISO 8601 prints them in UTC) as text. */
function compareValues(a: string, b: string): number {
  if (a === b) return 0;
  return (isNumber(a) && isNumber(b) ? BigInt(a) < BigInt(b) : a < b) ? -1 : 1;
}

/** `1.10` is higher than `1.9`, and `1.1` than `1`. */
function compareParts(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (const [index, part] of left.entries()) {
    const difference = compareValues(part, right[index] ?? '');
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
