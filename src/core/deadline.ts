import { nowMs } from './clock.ts';
/** A point on the monotonic clock after which waiting ends. */
export interface Deadline {
  /** The whole span, milliseconds; null: without end. */
  readonly spanMs: number | null;
  /** Milliseconds since it was set. */
  elapsedMs(): number;
  /** Milliseconds that are left, never below 0; Infinity without end. */
  remainingMs(): number;
}

/** @param spanMs milliseconds from now; null: never. */
export function deadlineIn(spanMs: number | null, now: () => number = nowMs): Deadline {
  const start = now();
  return {
    spanMs,
    elapsedMs: () => now() - start,
    remainingMs: () => (spanMs === null ? Infinity : Math.max(0, start + spanMs - now())),
  };
}

/** How long a retry waits for what is in its way: another session that is soon done, or live traffic. */
const backoffs = {
  session: { firstMs: 50, mostMs: 400 },
  traffic: { firstMs: 100, mostMs: 2000 },
} as const;

/** The pause before try number `attempt` (from 1): doubles from the first to the longest, with jitter over its upper half. */
export function backoffMs(attempt: number, behind: keyof typeof backoffs, random = Math.random): number {
  const { firstMs, mostMs } = backoffs[behind];
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 16));
  return full / 2 + (full / 2) * random();
}

/**
 * How often something is inspected that is waited for: what is inspected briskly is met late by a fortieth of the wait
 * at most; what has too much to do already is inspected gently, so that many who wait do not keep it from doing it.
 */
export type PollInterval = 'brisk' | 'gentle';

const pollIntervals = {
  brisk: { shortestMs: 40, longestMs: 500, share: 1 / 40 },
  gentle: { shortestMs: 200, longestMs: 4000, share: 1 / 4 },
} as const;

/**
 * The pause before the next inspection at something that was waited for `waitedMs` so far, with jitter over its upper
 * half.
 */
export function waitingPauseMs(waitedMs: number, pollInterval: PollInterval, random = Math.random): number {
  const { shortestMs, longestMs, share } = pollIntervals[pollInterval];
  const full = Math.min(longestMs, Math.max(shortestMs, waitedMs * share));
  return full / 2 + (full / 2) * random();
}

/** Resolves once what the network has ready was looked after: what is done then, the server works meanwhile. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Resolves after `ms` milliseconds.
 *
 * @throws the signal's reason, at once, when it is aborted.
 */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
