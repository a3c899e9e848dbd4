import { deadlineIn } from './deadline.ts';

/** How often it is said again that something still holds; milliseconds. */
export const heartbeatMs = 10_000;

/** Tells when the reason for a wait is to be said: once when it is new, and then every 10 s. */
export class Heartbeat {
  readonly #now: (() => number) | undefined;
  #reason: string | null = null;
  #rest = deadlineIn(0);

  /** @param now the clock, in milliseconds; by default the monotonic one. */
  constructor(now?: () => number) {
    this.#now = now;
  }

  /** Whether this reason is to be said now; it then counts as said. */
  isDue(reason: string): boolean {
    if (reason === this.#reason && this.#rest.remainingMs() > 0) return false;
    this.#reason = reason;
    this.#rest = deadlineIn(heartbeatMs, this.#now);
    return true;
  }
}
