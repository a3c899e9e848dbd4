import { heartbeatMs, nowMs, SlipwayError, seconds } from '../core/index.ts';
/**
 * How long the server may leave a query of Slipway's own without an answer: what the wait deadline allows, and never
 * less than a query takes that is answered.
 */
export interface AnswerLimit {
  /** Milliseconds from now. */
  readonly withinMs: () => number;
  /** Called when an answer is slow, and then again and again; both in milliseconds. */
  readonly slow: (waitedMs: number, withinMs: number) => void;
}

/** The whole schema may be read in one query; what it takes is far less, except on a server that is on its knees. */
const leastForAnswerMs = 10_000;
/** What makes or drops a database waits for checkpoints and for other sessions to leave. */
export const leastForDatabaseMs = 60_000;

/** What SLIPWAY_WAIT_TIMEOUT leaves for each query; milliseconds. */
export const answerWithin = (waitMs: number, leastMs = leastForAnswerMs): number => Math.max(leastMs, waitMs);

const firstSaidMs = 3_000;

/** One answer that is waited for. */
export interface Awaited {
  readonly isLate: boolean;
  /** Milliseconds since the query was sent. */
  elapsedMs(): number;
  stop(): void;
}

/**
 * Waits for an answer: calls `late` when it did not come in time, unless it is stopped before.
 *
 * @param atLeastMs is allowed whatever the limit.
 */
export function awaitAnswer({ withinMs, slow }: AnswerLimit, atLeastMs: number, late: () => void): Awaited {
  const startedAt = nowMs();
  const mostMs = Math.max(withinMs(), atLeastMs);
  let isLate = false;
  const elapsedMs = (): number => nowMs() - startedAt;
  let next = setTimeout(function say() {
    slow(elapsedMs(), mostMs);
    next = setTimeout(say, heartbeatMs);
  }, firstSaidMs);
  const timer = setTimeout(() => {
    isLate = true;
    late();
  }, mostMs);
  return {
    get isLate() {
      return isLate;
    },
    elapsedMs,
    stop() {
      clearTimeout(next);
      clearTimeout(timer);
    },
  };
}

/** The server took the login, and then left a query without an answer. */
export class Unanswered extends SlipwayError {
  constructor(server: string, waitedMs: number) {
    super({
      exit: 'temporary',
      message: `${server} accepted the login, but did not answer a query within ${seconds(waitedMs)}`,
      remedy:
        'Is the server alive, or is the pool of a pooler in front of it busy (PgBouncer: SHOW POOLS)? SLIPWAY_WAIT_TIMEOUT sets how long Slipway waits for an answer.',
    });
  }
}
