import type { Version } from '../migrations/index.ts';
import type { Reading, ReadRow, ReadTable } from './read.ts';
import type { RowColumn, RowTable } from './tables.ts';

/** What is another thing each time the files are replayed. */
export type Volatile =
  | {
      readonly kind: 'column';
      readonly table: RowTable;
      readonly column: RowColumn;
      readonly by: Version | null;
    }
  /** The values are the same, but they stand together otherwise. */
  | { readonly kind: 'rows'; readonly table: RowTable; readonly by: Version | null }
  | { readonly kind: 'sequence'; readonly sequence: string };

/**
 * Holds two readings of what the same files made, at two moments and in two time zones, against each other.
 * A value that follows the clock on the wall of its time zone is none that changes with time.
 */
export function volatileIn(first: Reading, second: Reading): Volatile[] {
  const others = new Map(second.tables.map((read) => [read.table.name, read]));
  const tables = first.tables.flatMap((read) => {
    const other = others.get(read.table.name);
    return other ? inTable(read, other) : [];
  });
  return [
    ...tables,
    ...first.sequences
      .filter(({ isFresh }) => !isFresh)
      .map(({ name }) => ({ kind: 'sequence' as const, sequence: name })),
  ];
}

function inTable(first: ReadTable, second: ReadTable): Volatile[] {
  const { table } = first;
  const stable: ((row: ReadRow) => string | null | undefined)[] = [];
  const found: Volatile[] = [];
  for (const [n, column] of table.columns.entries()) {
    const same = [({ values }: ReadRow) => values[n], ({ local }: ReadRow) => local[n]].find((of) =>
      sameOf(first, second, of),
    );
    if (same) stable.push(same);
    else if (!column.isGenerated) {
      found.push({ kind: 'column', table, column, by: writerOf(first, second, ({ values }) => values[n]) });
    }
  }
  if (first.rows.length !== second.rows.length) return [{ kind: 'rows', table, by: lastWriter(first.rows) }];
  const together = (row: ReadRow): unknown => stable.map((of) => of(row));
  if (sameOf(first, second, together)) return found;
  return [...found, { kind: 'rows', table, by: writerOf(first, second, together) }];
}

const keyOf = (value: unknown): string => JSON.stringify(value ?? null);

/** Whether all rows of both have the same, in whatever order. */
function sameOf(first: ReadTable, second: ReadTable, of: (row: ReadRow) => unknown): boolean {
  const sorted = ({ rows }: ReadTable): string =>
    rows
      .map((row) => keyOf(of(row)))
      .sort()
      .join();
  return sorted(first) === sorted(second);
}

/** Who wrote the first row whose like the other reading lacks. */
function writerOf(first: ReadTable, second: ReadTable, of: (row: ReadRow) => unknown): Version | null {
  const there = new Set(second.rows.map((row) => keyOf(of(row))));
  return first.rows.find((row) => !there.has(keyOf(of(row))))?.writtenBy ?? lastWriter(first.rows);
}

const lastWriter = (rows: readonly ReadRow[]): Version | null =>
  rows
    .map(({ writtenBy }) => writtenBy ?? '')
    .sort()
    .at(-1) || null;
