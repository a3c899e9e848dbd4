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
