import { seed, seeded } from './seeded.ts';

/** Of a table so many rows are tried on a person's machine at least, and of a long one every fifth. */
const least = 2;
const share = 5;

/** CI tries every row, and so does SLIPWAY_TEST_FULL. */
const isWhole = Boolean(process.env.CI || process.env.SLIPWAY_TEST_FULL);

/** Where a test file begins to take rows: another place for each, the same for the same SLIPWAY_TEST_SEED. */
function offset(of: number): number {
  const path = expect.getState().testPath ?? '';
  const sum = [...path.slice(path.lastIndexOf('/'))].reduce((all, one) => all + one.charCodeAt(0), seed);
  return Math.floor(seeded(sum)() * of);
}

const isServer = (row: unknown): boolean =>
  typeof row === 'object' && row !== null && 'major' in row && 'version' in row;

/**
 * Each row of a table is a run of the program on a server, and some tables have a hundred: a person waits for a fifth of
 * a long one, for two rows of a short one, and of several servers for one, where no SLIPWAY_TEST_MAJORS names them.
 */
function sampled<T>(rows: readonly T[]): readonly T[] {
  if (rows.length > 1 && rows.every(isServer))
    return process.env.SLIPWAY_TEST_MAJORS ? rows : [rows[offset(rows.length)] as T];
  const count = Math.max(least, Math.ceil(rows.length / share));
  if (rows.length <= count) return rows;
  const step = rows.length / count;
  const first = offset(Math.floor(step));
  return Array.from({ length: count }, (_, at) => rows[first + Math.floor(at * step)] as T);
}

const sampling =
  <Each extends typeof test.each | typeof describe.each>(each: Each) =>
  (table: unknown, ...more: unknown[]) =>
    (each as (...args: unknown[]) => unknown)(
      Array.isArray(table) && more.length === 0 ? sampled(table) : table,
      ...more,
    );

if (!isWhole) {
  test.each = sampling(test.each) as typeof test.each;
  describe.each = sampling(describe.each) as typeof describe.each;
}
