import { backoffMs } from '../../../src/core/backoff.ts';

test.each([
  ['brisk', 1, 0, 20, 40],
  ['brisk', 1, 4_000, 50, 100],
  ['brisk', 9, 60_000, 250, 500],
  ['gentle', 1, 0, 100, 200],
  ['gentle', 1, 4_000, 500, 1_000],
  ['gentle', 9, 60_000, 2_000, 4_000],
  ['session', 1, 9_000, 25, 50],
  ['session', 3, 0, 100, 200],
  ['session', 99, 0, 200, 400],
  ['traffic', 1, 9_000, 50, 100],
  ['traffic', 99, 0, 1_000, 2_000],
] as const)(
  '%s, before try %i and after %i ms, the pause is from %i to %i ms',
  (backoff, tries, waitedMs, least, most) => {
    expect(backoffMs(backoff, { tries, waitedMs }, () => 0)).toBe(least);
    expect(backoffMs(backoff, { tries, waitedMs }, () => 1)).toBe(most);
  },
);
