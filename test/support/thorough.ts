/** How much of something is tried. */
export interface Thorough {
  /** Where a person waits for it. */
  readonly person: number;
  /** Where CI is set. */
  readonly ci: number;
  /** Where SLIPWAY_TEST_FULL is set. */
  readonly full: number;
}

/** How much of something this run tries. */
export const thorough = ({ person, ci, full }: Thorough): number =>
  process.env.SLIPWAY_TEST_FULL ? full : process.env.CI ? ci : person;

/**
 * For a test that takes many seconds, and whose neighbours go the same way in less: CI runs it, and SLIPWAY_TEST_FULL;
 * on a person's machine it is told as skipped.
 */
export const testInCi = thorough({ person: 0, ci: 1, full: 1 }) > 0 ? test : test.skip;
