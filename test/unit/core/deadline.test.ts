import { waitingPauseMs } from '../../../src/core/deadline.ts';

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
