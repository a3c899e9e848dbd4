import { type Deadline, deadlineIn, SlipwayError, seconds, Waiting } from '../core/index.ts';
import { readOnlyPreamble } from '../inspect/index.ts';
import { describeSession, holderQuery } from '../ledger/advisory-lock.ts';
import type { Plan } from '../plan/index.ts';
import type { Row } from '../postgres/index.ts';
import type { Run } from './run.ts';

/** Waits for the advisory lock of an app, and says who holds it. */
export class LockWaiter {
  readonly #run: Run;
  #deadline: Deadline;
  readonly #waiting: Waiting;
  #batches = 0;

  constructor(run: Run) {
    this.#run = run;
    this.#deadline = deadlineIn(run.config.lockTimeoutMs);
    this.#waiting = new Waiting(this.#deadline, run.signal);
  }

  /** Progress was made: the next wait has all its time, and begins with a short pause again. */
  reset(): void {
    this.#deadline = deadlineIn(this.#run.config.lockTimeoutMs);
    this.#waiting.restart(this.#deadline);
  }

  /**
   * Takes in a plan: where another run has taken a batch of a repeated file meanwhile, the wait has all its time again,
   * with the pauses that it has come to.
   */
  sees(plan: Plan): void {
    const batches = plan.kind === 'run' ? (plan.repeated?.batches ?? 0) : 0;
    if (batches !== this.#batches) {
      this.#deadline = deadlineIn(this.#run.config.lockTimeoutMs);
      this.#waiting.prolong(this.#deadline);
    }
    this.#batches = batches;
  }

  /** Whether a run holds the lock now. */
  async isTaken(): Promise<boolean> {
    return (await this.#holder()) !== undefined;
  }

  /** @throws SlipwayError (75) when the lock deadline is over. */
  async wait(): Promise<void> {
    const { ledger, log } = this.#run;
    const deadline = this.#deadline;
    const row = await this.#holder();
    const holder = row ? describeSession(row) : '';
    const say = (): void => {
      if (!row) return;
      const waitedMs = Math.round(deadline.elapsedMs());
      log.info({ event: 'lock', holder, waitedMs }, `another run is at work: waiting for ${holder}`);
    };
    await this.#waiting.turn(
      { key: String(row?.pid), backoff: 'session', say },
      () =>
        new SlipwayError({
          exit: 'temporary',
          message: `the lock of app "${ledger.app}" was not free within ${seconds(deadline.elapsedMs())}${holder ? `: held by ${holder}` : ''}`,
          remedy:
            'See what that run does; raise SLIPWAY_LOCK_TIMEOUT, or end that run: SELECT pg_terminate_backend(PID);',
        }),
    );
  }

  async #holder(): Promise<Row | undefined> {
    const { session, ledger, config } = this.#run;
    return (await session.rows(readOnlyPreamble(config.role) + holderQuery(ledger)))[0];
  }
}
