import { seed, seeded } from './seeded.ts';

/** Tables of this many rows at most are tried whole everywhere. */
const short = 6;

/** CI tries every row, and so does SLIPWAY_TEST_FULL. */
const isWhole = Boolean(process.env.CI || process.env.SLIPWAY_TEST_FULL);

/**
 * Each row of a table is a run of the program on a server, and some tables have a hundred: a person waits for a third of
 * a long one, the same third for the same SLIPWAY_TEST_SEED.
 */
function sampled<T>(rows: readonly T[]): readonly T[] {
  if (rows.length <= short) return rows;
  const random = seeded(seed);
  const third = Math.floor(random() * 3);
  return rows.filter((_, at) => at % 3 === third);
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
