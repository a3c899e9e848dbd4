import type { Problem } from '../check/index.ts';
import { columnName, type Reading, type ReadTable } from '../data/index.ts';
import type { Snapshot } from '../schema/catalog/index.ts';
import { diff, expected, lockObjects, wholly } from '../schema/compare/index.ts';
import { describeDifferences } from '../schema/compare/text.ts';

/** How two schemas differ, in words; everything counts that is not ignored, the order of columns too. */
export function schemaDifferences(
  wanted: Snapshot,
  made: Snapshot,
  ignore: readonly string[] = [],
): string[] {
  const objects = Object.entries(lockObjects(wanted)).map(
    ([name, object]) => [name, expected(object)] as const,
  );
  const comparison = diff(new Map(objects), made, {
    ignore,
    texts: (object) => wanted.get(object) ?? null,
    accepted: {},
  });
  return describeDifferences(wholly(comparison));
}

/**
 * How the rows and sequences that a new baseline makes differ from those of the files, in words.
 *
 * @param isLeftOut whether a column, by its full name, is another one each time and was left to its default.
 */
export function rowDifferences(
  wanted: Reading,
  made: Reading,
  isLeftOut: (column: string) => boolean,
): string[] {
  const there = new Map(made.tables.map((read) => [read.table.name, read]));
  const tables = wanted.tables.flatMap((read) =>
    tableDifferences(read, there.get(read.table.name), isLeftOut),
  );
  const states = new Map(made.sequences.map((state) => [state.name, state]));
  const sequences = wanted.sequences.flatMap(({ name, lastValue, isCalled }) => {
    const state = states.get(name);
    if (!state || (state.lastValue === lastValue && state.isCalled === isCalled)) return [];
    return [`${name}: is at ${place(state)}, but the files leave it at ${place({ lastValue, isCalled })}`];
  });
  return [...tables, ...sequences];
}

/** Where migrations changed or removed rows that the platform brings, which no baseline does. */
export const platformDifferences = (
  wanted: Readonly<Record<string, number>>,
  made: Readonly<Record<string, number>>,
): string[] =>
  Object.entries(wanted).flatMap(([table, rows]) =>
    made[table] === rows
      ? []
      : [
          `${table}: the files leave ${rows} of the rows that the platform brings as they are, and the new baseline ${made[table] ?? 0}`,
        ],
  );

const place = ({ lastValue, isCalled }: { lastValue: string; isCalled: boolean }): string =>
  isCalled ? lastValue : `${lastValue}, not given out yet`;

function tableDifferences(
  wanted: ReadTable,
  made: ReadTable | undefined,
  isLeftOut: (column: string) => boolean,
): string[] {
  const { table } = wanted;
  const compared = table.columns.map((column) => !isLeftOut(columnName(table, column)));
  const lines = ({ rows }: ReadTable): string[] =>
    rows.map(({ values }) => JSON.stringify(values.filter((_, n) => compared[n]))).sort();
  const [files, baseline] = [lines(wanted), made ? lines(made) : []];
  if (files.join() === baseline.join()) return [];
  if (files.length !== baseline.length) {
    return [`${table.name}: ${baseline.length} rows, the files make ${files.length}`];
  }
  const columns = table.columns.filter((_, n) => {
    const of = (read: ReadTable | undefined): string =>
      (read?.rows ?? [])
        .map(({ values }) => JSON.stringify(values[n]))
        .sort()
        .join();
    return compared[n] && of(wanted) !== of(made);
  });
  const where = columns.map(({ name }) => name).join(', ');
  return [`${table.name}: other values${where === '' ? '' : ` in ${where}`} than the files make`];
}

/** The problem that a proof which failed is. */
export const unproved = (file: string, detail: readonly string[], remedy: string): Problem => ({
  file,
  message: 'the new baseline would not make the same database as the files; nothing was written',
  detail,
  remedy,
});
