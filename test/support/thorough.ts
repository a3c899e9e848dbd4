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
