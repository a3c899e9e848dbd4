import { backoffMs, waitingPauseMs } from '../../../src/core/deadline.ts';

test.each([
  ['brisk', 0, 20, 40],
  ['brisk', 4_000, 50, 100],
  ['brisk', 60_000, 250, 500],
  ['gentle', 0, 100, 200],
  ['gentle', 4_000, 500, 1_000],
  ['gentle', 60_000, 2_000, 4_000],
] as const)(
  'at a %s pace, after %i ms, the pause is from %i to %i ms',
  (pollInterval, waitedMs, least, most) => {
    expect(waitingPauseMs(waitedMs, pollInterval, () => 0)).toBe(least);
    expect(waitingPauseMs(waitedMs, pollInterval, () => 1)).toBe(most);
  },
);

test.each([
  ['session', 1, 25, 50],
  ['session', 3, 100, 200],
  ['session', 99, 200, 400],
  ['traffic', 1, 50, 100],
  ['traffic', 99, 1_000, 2_000],
] as const)('behind a %s, before try %i, the pause is from %i to %i ms', (behind, attempt, least, most) => {
  expect(backoffMs(attempt, behind, () => 0)).toBe(least);
  expect(backoffMs(attempt, behind, () => 1)).toBe(most);
});
