import { seed, seeded } from './seeded.ts';
import { thorough } from './thorough.ts';

/** Of a table so many rows are tried at least. */
const least = 2;

/** Of a long table one row in so many is tried; SLIPWAY_TEST_SHARE says another number. */
const share = Number(process.env.SLIPWAY_TEST_SHARE ?? thorough({ person: 5, ci: 4, full: 1 }));

/** Which rows those are: CI sets another number for each commit. */
const firstRow = Number(process.env.SLIPWAY_TEST_ROWS ?? seed);

/** Of several servers each is tried, where a person waits for one alone. */
const onEachServer = thorough({ person: 0, ci: 1, full: 1 }) > 0;

/** Where a test file begins to take rows: another place for each file. */
function offset(of: number): number {
  const path = expect.getState().testPath ?? '';
  const sum = [...path.slice(path.lastIndexOf('/'))].reduce((all, one) => all + one.charCodeAt(0), firstRow);
  return Math.floor(seeded(sum)() * of);
}

const isServer = (row: unknown): boolean =>
  typeof row === 'object' && row !== null && 'major' in row && 'version' in row;

/**
 * Each row of a table is a run of the program on a server, and some tables have a hundred: a person waits for a fifth of
 * a long one, for two rows of a short one, and of several servers for one, where no SLIPWAY_TEST_MAJORS names them; CI
 * for each fourth row, on each server.
 */
function sampled<T>(rows: readonly T[]): readonly T[] {
  if (rows.length > 1 && rows.every(isServer))
    return onEachServer || process.env.SLIPWAY_TEST_MAJORS ? rows : [rows[offset(rows.length)] as T];
  const count = Math.max(least, Math.ceil(rows.length / share));
  if (rows.length <= count) return rows;
  const step = rows.length / count;
  const first = offset(rows.length);
  const taken = new Set(
    Array.from({ length: count }, (_, at) => (first + Math.floor(at * step)) % rows.length),
  );
  return rows.filter((_, at) => taken.has(at));
}

const sampling =
  <Each extends typeof test.each | typeof describe.each>(each: Each) =>
  (table: unknown, ...more: unknown[]) =>
    (each as (...args: unknown[]) => unknown)(
      Array.isArray(table) && more.length === 0 ? sampled(table) : table,
      ...more,
    );

if (share > 1) {
  test.each = sampling(test.each) as typeof test.each;
  describe.each = sampling(describe.each) as typeof describe.each;
}
