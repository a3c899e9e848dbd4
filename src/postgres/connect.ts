import { type ConnInfo, type Host, serverOf } from '../config/index.ts';
import { ConfigError, type Deadline, type ExitName, SlipwayError, seconds, Waiting } from '../core/index.ts';
import type { Log } from '../log/index.ts';
import { type AnswerLimit, answerWithin, Unanswered } from './answer.ts';
import { type Attempt, attempt, type Identity } from './attempt.ts';
import type { ConnectionFailure } from './failure.ts';
import { ConnectionLost, isLimit } from './loss.ts';
import type { Session } from './session.ts';
import { tooOld, unfitness } from './unfit.ts';
import { sayConnected, sayWaiting } from './wait-log.ts';

export interface ConnectOptions {
  readonly identity: Identity;
  /** How long to wait for the server. */
  readonly deadline: Deadline;
  /** A standby will not do: wait for the primary, or for the promotion. */
  readonly needsPrimary: boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Whether a session counts only once it has answered a query: a login alone says little of a pooler. */
  readonly isProved?: boolean;
  /** Milliseconds that a query of Slipway's own may wait for its answer, from now; by default as long as the server is waited for. */
  readonly answerWithinMs?: (() => number) | undefined;
  /** Whether the session must bear whatever the role or the database has set, from its first message on. */
  readonly isFirm?: boolean;
  /** Whether a reason is not put up with at all, whatever is usual. */
  readonly isFinal?: ((sqlstate: string | undefined) => boolean) | undefined;
  /** Called when the database is missing, with the connection as it is now; returns whether it has now been made. */
  readonly createDatabase?: ((conn: ConnInfo) => Promise<boolean>) | undefined;
}

const graceMs = 10_000;
const oneTryMs = 5_000;
const shortestTryMs = 1_000;

/**
 * Waits for the server: tries at once, then with pauses that grow with the wait, until there is a session,
 * the deadline is over, or the reason is final. Each change of reason is one log line. What the connection reads from
 * files is read again before each try.
 *
 * @throws SlipwayError with the reason's exit (75, 77, 78), for a connection that lacks something too; the signal's reason when it is aborted.
 */
export async function connect(given: ConnInfo, options: ConnectOptions): Promise<Session> {
  const { deadline, log, signal } = options;
  let last: ConnectionFailure | null = null;
  let said: string | null = null;
  const waiting = new Waiting(deadline, signal);
  let conn = given;
  for (let tries = 1; ; tries += 1) {
    const read = await readAgain(conn);
    if ('conn' in read) conn = read.conn;
    if ('conn' in read && conn.lacking) throw new ConfigError([conn.lacking]);
    const found = 'conn' in read ? await tryHosts(conn, options) : read;
    const outcome =
      'session' in found && options.isProved ? await proved(found.session, conn, options) : found;
    if ('session' in outcome) {
      sayConnected(log, outcome.session, tries, deadline);
      outcome.session.limitAnswers(limitOf(outcome.session, options));
      return outcome.session;
    }
    if (signal.aborted) throw endedWithout(conn, last, signal.reason);
    // A last try that was cut short says nothing; what was said before holds.
    const isCutShort = outcome.reason.isSilence === true && deadline.remainingMs() === 0;
    const reason: ConnectionFailure = isCutShort ? (last ?? outcome.reason) : outcome.reason;
    last = reason;
    if (reason.sqlstate === '3D000' && (await options.createDatabase?.(conn))) continue;
    if (reason.retryPolicy === 'none' || options.isFinal?.(reason.sqlstate)) throw failed(reason);
    const { key, backoff } = reason;
    const say = (until: Deadline): void => {
      sayWaiting(log, reason, until, key !== said);
      said = key;
    };
    const obstacle = { key, backoff, say };
    await waiting
      .turn({ ...obstacle, graceMs: reason.retryPolicy === 'grace' ? graceMs : undefined }, () =>
        gaveUp(reason, deadline),
      )
      .catch((error) => {
        throw error === signal.reason ? endedWithout(conn, reason, error) : error;
      });
  }
}

/** What a run that was ended from outside says of itself where it had no connection, and why it had none. */
function endedWithout({ hosts }: ConnInfo, last: ConnectionFailure | null, ended: unknown): unknown {
  if (!(ended instanceof SlipwayError) || !endsFromOutside.has(ended.failure.exit)) return ended;
  const { text, remedy } = last ?? {
    text: `${hosts.map(serverOf).join(', ')} had not answered yet`,
    remedy: 'Is the server alive, and are host and port right (PGHOST, PGPORT, DATABASE_URL)?',
  };
  const message = `${ended.failure.message}, and there was no connection: ${text}`;
  return new SlipwayError({ ...ended.failure, message, remedy }, { cause: ended });
}

/** The run's deadline and signals. */
const endsFromOutside: ReadonlySet<ExitName> = new Set([
  'temporary',
  'interruptedBySigterm',
  'interruptedBySigint',
]);

/** What to end with where the signal has ended it, whatever came of what was under way then. */
export const endedBy = (error: unknown, { reason }: AbortSignal): unknown =>
  error instanceof SlipwayError && error.cause === reason ? error : reason;

/** Asks a session something, for as long as the server is waited for. */
async function proved(session: Session, conn: ConnInfo, options: ConnectOptions): Promise<HostsOutcome> {
  const { withinMs, slow } = limitOf(session, options);
  const { deadline } = options;
  session.limitAnswers({
    withinMs: () => Math.min(withinMs(), Math.max(deadline.remainingMs(), shortestTryMs)),
    slow,
  });
  const hangUp = (): void => session.destroy();
  options.signal.addEventListener('abort', hangUp, { once: true });
  try {
    await session.rows('SELECT 1');
    return { session };
  } catch (error) {
    // An objection is an answer.
    if (!session.isLost) return { session };
    const { classify } = await import('./failure.ts');
    const { host } = session.greeting;
    if (error instanceof Unanswered) return { reason: unansweredReason(error) };
    const cause = error instanceof ConnectionLost ? error.cause : error;
    return { reason: classify(conn, { host, error: cause, stage: 'answered', isTimeout: false }) };
  } finally {
    options.signal.removeEventListener('abort', hangUp);
  }
}

const unansweredReason = ({ message, failure }: Unanswered): ConnectionFailure => ({
  key: 'unanswered',
  text: message,
  isSilence: true,
  retryPolicy: 'deadline',
  backoff: 'gentle',
  exit: failure.exit,
  remedy: failure.remedy,
});

function limitOf({ greeting }: Session, { deadline, log, answerWithinMs }: ConnectOptions): AnswerLimit {
  return {
    withinMs: answerWithinMs ?? (() => answerWithin(deadline.spanMs ?? 0)),
    slow: (waitedMs, withinMs) =>
      log.info(
        { event: 'waiting', reason: 'answer', waitedMs: Math.round(waitedMs) },
        `waiting: ${serverOf(greeting.host)} accepted the login, but does not answer a query; ${seconds(waitedMs)} of ${seconds(withinMs)}`,
      ),
  };
}

/** The connection with its files as they are now, or why that cannot be had. */
async function readAgain(
  conn: ConnInfo,
): Promise<{ readonly conn: ConnInfo } | { readonly reason: ConnectionFailure }> {
  try {
    const now = conn.renewed?.() ?? conn;
    if (now.late === undefined) return { conn: now };
    return { reason: (await import('./failure.ts')).awaited(now.late) };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { reason: (await import('./failure.ts')).unreadableNow(error) };
  }
}

type HostsOutcome = { readonly session: Session } | { readonly reason: ConnectionFailure };

/**
 * Tries the hosts in their order. As with libpq the next one is tried where a host cannot be reached, is not ready or
 * will not do, and not where it has judged: a rejected login, a certificate that is not taken, end it.
 */
async function tryHosts(conn: ConnInfo, options: ConnectOptions): Promise<HostsOutcome> {
  const reasons: ConnectionFailure[] = [];
  let fallback: Session | null = null;
  for (const host of conn.hosts) {
    options.signal.throwIfAborted();
    const perTryMs = Math.min(
      conn.connectTimeoutMs ?? oneTryMs,
      Math.max(options.deadline.remainingMs(), shortestTryMs),
    );
    const outcome = await attemptAsNeeded(conn, host, options, perTryMs);
    if ('failed' in outcome) {
      const { classify } = await import('./failure.ts');
      const reason = classify(conn, outcome.failed);
      if (reason.retryPolicy !== 'deadline') {
        fallback?.destroy();
        return { reason };
      }
      reasons.push(reason);
      continue;
    }
    const old = tooOld(host, outcome.session);
    const unfit = old ?? unfitness(conn, host, outcome.session, options.needsPrimary);
    if (unfit === null) {
      fallback?.destroy();
      return outcome;
    }
    const isFallback = conn.targetSessionAttrs === 'prefer-standby' && !options.needsPrimary && old === null;
    if (isFallback && fallback === null) {
      fallback = outcome.session;
    } else {
      await outcome.session.end();
    }
    reasons.push(unfit);
  }
  if (fallback) return { session: fallback };
  const patient = reasons.find(({ retryPolicy }) => retryPolicy === 'deadline') ?? reasons[0];
  return { reason: patient as ConnectionFailure };
}

/**
 * A session in which our text is not read by the standard, as the server says at once, is no good, and one may be ended
 * by a limit while it logs in: see `firm.ts`.
 */
async function attemptAsNeeded(
  conn: ConnInfo,
  host: Host,
  options: ConnectOptions,
  timeoutMs: number,
): Promise<Attempt> {
  const { identity } = options;
  if (!options.isFirm) {
    const outcome = await attempt(conn, host, identity, timeoutMs);
    if ('failed' in outcome) {
      if (!isLimit(outcome.failed.error)) return outcome;
    } else {
      if (outcome.session.reported('standard_conforming_strings') !== 'off') return outcome;
      await outcome.session.end();
    }
  }
  const { attemptFirmly } = await import('./firm.ts');
  return attemptFirmly(conn, host, identity, { timeoutMs, limitOf: (session) => limitOf(session, options) });
}

const gaveUp = (reason: ConnectionFailure, deadline: Deadline): SlipwayError =>
  failed({ ...reason, text: `${reason.text} (gave up after ${seconds(deadline.elapsedMs())})` });

const failed = ({ exit, text, remedy, sqlstate }: ConnectionFailure): SlipwayError =>
  new SlipwayError({ exit, message: text, remedy, sqlstate });
