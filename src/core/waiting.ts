import { type Backoff, backoffMs } from './backoff.ts';
import { type Deadline, deadlineIn, pause } from './deadline.ts';
import { Heartbeat } from './heartbeat.ts';

/** What is in the way of what is waited for. */
export interface Obstacle {
  /** What makes it another obstacle than the last one. */
  readonly key: string;
  readonly backoff: Backoff;
  /** For how long this one may last, in milliseconds, however much time is left; by default as long as the wait. */
  readonly graceMs?: number | undefined;
  /**
   * Says it: once, and then every 10 s that it lasts.
   *
   * @param until when it is given up.
   */
  readonly say: (until: Deadline) => void;
}

/**
 * Waits for something by asking for it again and again: how all of Slipway waits. Whoever waits asks, and calls `turn`
 * with what is still in the way.
 */
export class Waiting {
  readonly #signal: AbortSignal;
  readonly #heartbeat = new Heartbeat();
  #deadline: Deadline;
  #tries = 0;
  #key: string | null = null;
  #sinceKey = deadlineIn(null);

  constructor(deadline: Deadline, signal: AbortSignal) {
    this.#deadline = deadline;
    this.#signal = signal;
  }

  /** Something was done meanwhile: the pauses are short again. */
  restart(deadline: Deadline): void {
    this.#deadline = deadline;
    this.#tries = 0;
  }

  /** There is more time. */
  prolong(deadline: Deadline): void {
    this.#deadline = deadline;
  }

  /**
   * Says what is in the way where that is due, and pauses.
   *
   * @param giveUp makes the error to end with; null: the deadline has no end.
   * @throws what `giveUp` makes when time is up; the signal's reason when it is aborted.
   */
  async turn({ key, backoff, graceMs, say }: Obstacle, giveUp: (() => unknown) | null): Promise<void> {
    this.#tries += 1;
    if (key !== this.#key) {
      this.#key = key;
      this.#sinceKey = deadlineIn(graceMs ?? null);
    }
    const isGrace = this.#sinceKey.remainingMs() < this.#deadline.remainingMs();
    const until = isGrace ? this.#sinceKey : this.#deadline;
    if (giveUp !== null && until.remainingMs() <= 0) throw giveUp();
    if (this.#heartbeat.isDue(key)) say(until);
    const soFar = { tries: this.#tries, waitedMs: this.#deadline.elapsedMs() };
    await pause(Math.min(until.remainingMs(), backoffMs(backoff, soFar)), this.#signal);
  }
}
