import { deadlineIn, SlipwayError, seconds, Waiting } from '../core/index.ts';
import { readOnlyPreamble } from '../inspect/index.ts';
import { identifier, type Row } from '../postgres/index.ts';
import type { Run } from './run.ts';

/**
 * The replica that is furthest behind, one row: `replay_lag` is NULL where a replica has replayed everything, and all
 * but the process is NULL for a role that may not see the sessions of others (PostgreSQL docs 27.2.4,
 * pg_stat_replication; 22.5, pg_read_all_stats).
 */
const lagQuery = `SELECT application_name AS replica, coalesce(extract(epoch FROM replay_lag) * 1000, 0)::float8 AS lag_ms, state IS NULL AS is_hidden
    FROM pg_stat_replication ORDER BY state IS NULL DESC, replay_lag DESC NULLS LAST LIMIT 1`;

/** Holds a file that is repeated back while a replica lags. */
export class ReplayLag {
  readonly #run: Run;
  readonly #mostMs: number;

  /** @param mostMs how far a replica may be behind, milliseconds. */
  constructor(run: Run, mostMs: number) {
    this.#run = run;
    this.#mostMs = mostMs;
  }

  /**
   * Resolves as soon as no replica lags by more than it may; at once where there is none.
   *
   * @throws SlipwayError (77) where the role may not see how far they are; the signal's reason when it is aborted.
   */
  async wait(): Promise<void> {
    const { signal, log } = this.#run;
    const deadline = deadlineIn(null);
    const waiting = new Waiting(deadline, signal);
    for (;;) {
      const row = await this.#furthest();
      if (row?.is_hidden === true) throw this.#mayNotSee();
      const lagMs = Math.round(Number(row?.lag_ms ?? 0));
      if (lagMs <= this.#mostMs) return;
      const replica = String(row?.replica);
      const say = (): void => {
        const waitedMs = Math.round(deadline.elapsedMs());
        log.info(
          { event: 'lag', lagMs, mostMs: this.#mostMs, replica, waitedMs },
          `the replica "${replica}" lags by ${seconds(lagMs)}, more than SLIPWAY_MAX_LAG allows (${seconds(this.#mostMs)}): the next batch waits for it`,
        );
      };
      await waiting.turn({ key: replica, backoff: 'session', say }, null);
    }
  }

  async #furthest(): Promise<Row | undefined> {
    const { session, config } = this.#run;
    return (await session.rows(readOnlyPreamble(config.role) + lagQuery))[0];
  }

  #mayNotSee(): SlipwayError {
    const { session, config } = this.#run;
    const role = config.role ?? session.greeting.user;
    return new SlipwayError({
      exit: 'denied',
      message: `SLIPWAY_MAX_LAG is set, but role "${role}" may not see in pg_stat_replication how far the replicas lag`,
      remedy: `As a superuser: GRANT pg_read_all_stats TO ${identifier(role)}; or start again without SLIPWAY_MAX_LAG.`,
    });
  }
}
