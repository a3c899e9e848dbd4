/**
 * How long whatever waits or tries again pauses before it does: from the shortest pause to the longest, which grows by a
 * share of the wait so far, or doubles with each try.
 */
const backoffs = {
  /** For what is soon there, and met late by a fortieth of the wait at most. */
  brisk: { shortestMs: 40, longestMs: 500, share: 1 / 40 },
  /** For what has too much to do already: many who wait do not keep it from doing it. */
  gentle: { shortestMs: 200, longestMs: 4000, share: 1 / 4 },
  /** For another session that is soon done. */
  session: { shortestMs: 50, longestMs: 400, share: null },
  /** For live traffic. */
  traffic: { shortestMs: 100, longestMs: 2000, share: null },
} as const;

export type Backoff = keyof typeof backoffs;

/** What was done so far: how many tries were made, and for how long, in milliseconds. */
export interface SoFar {
  readonly tries: number;
  readonly waitedMs?: number;
}

/** The pause before the next try, in milliseconds, with jitter over its upper half. */
export function backoffMs(backoff: Backoff, { tries, waitedMs = 0 }: SoFar, random = Math.random): number {
  const { shortestMs, longestMs, share } = backoffs[backoff];
  const grown = share === null ? shortestMs * 2 ** Math.min(tries - 1, 16) : waitedMs * share;
  const full = Math.min(longestMs, Math.max(shortestMs, grown));
  return full / 2 + (full / 2) * random();
}
