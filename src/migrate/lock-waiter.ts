import {
  backoffMs,
  type Deadline,
  deadlineIn,
  Heartbeat,
  pause,
  SlipwayError,
  seconds,
} from '../core/index.ts';
import { readOnlyPreamble } from '../inspect/index.ts';
import { describeSession, holderQuery } from '../ledger/advisory-lock.ts';
import type { Row } from '../postgres/index.ts';
import type { Run } from './run.ts';

/** Waiting for the lock, with a line whenever its holder changes, and every 10 s. */
export class LockWaiter {
  readonly #run: Run;
  #deadline: Deadline;
  #tries = 0;
  readonly #heartbeat = new Heartbeat();

  constructor(run: Run) {
    this.#run = run;
    this.#deadline = deadlineIn(run.config.lockTimeoutMs);
  }

  /** Progress was made: the next wait has all its time, and begins with a short pause again. */
  reset(): void {
    this.#tries = 0;
    this.#deadline = deadlineIn(this.#run.config.lockTimeoutMs);
  }

  /** Whether a run holds the lock now. */
  async isTaken(): Promise<boolean> {
    return (await this.#holder()) !== undefined;
  }

  /** @throws SlipwayError (75) when the lock deadline is over. */
  async wait(): Promise<void> {
    const { ledger, log, signal } = this.#run;
    this.#tries += 1;
    const row = await this.#holder();
    const holder = row ? describeSession(row) : '';
    if (row && this.#heartbeat.isDue(String(row.pid))) {
      const waitedMs = Math.round(this.#deadline.elapsedMs());
      log.info({ event: 'lock', holder, waitedMs }, `another run is at work: waiting for ${holder}`);
    }
    if (this.#deadline.remainingMs() === 0) {
      throw new SlipwayError({
        exit: 'temporary',
        message: `the lock of app "${ledger.app}" was not free within ${seconds(this.#deadline.elapsedMs())}${holder ? `: held by ${holder}` : ''}`,
        remedy:
          'See what that run does; raise SLIPWAY_LOCK_TIMEOUT, or end that run: SELECT pg_terminate_backend(PID);',
      });
    }
    await pause(Math.min(this.#deadline.remainingMs(), backoffMs(this.#tries, 'session')), signal);
  }

  async #holder(): Promise<Row | undefined> {
    const { session, ledger, config } = this.#run;
    return (await session.rows(readOnlyPreamble(config.role) + holderQuery(ledger)))[0];
  }
}
