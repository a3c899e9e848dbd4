import pg from 'pg';
import { type ConnInfo, type LateFile, serverOf } from '../config/index.ts';
import { type Backoff, type Container, type ExitName, findContainer, SlipwayError } from '../core/index.ts';
import { type FailedAttempt, saysNoTls } from './attempt.ts';
import type { RetryPolicy, Rule, Subject } from './failure-rule.ts';
import {
  alike,
  closed,
  excessive,
  failureRules,
  noTls,
  notPostgres,
  ofTheHandshake,
  poolers,
  refusedOptions,
  serverLog,
  silent,
  speaksOtherwise,
  transient,
  unknownLogin,
} from './failure-rules.ts';
import { TooMuch } from './intake.ts';
import { poolerMessage } from './pooler-messages.ts';
import { isForeign, Unreadable } from './reading.ts';
import { Withheld } from './withheld.ts';

/** Why there is no session yet. */
export interface ConnectionFailure {
  /** Changes exactly when there is something new to say. */
  readonly key: string;
  /** What is the matter, naming the thing; no full stop. */
  readonly text: string;
  readonly retryPolicy: RetryPolicy;
  readonly backoff: Backoff;
  /** The exit when patience ends. */
  readonly exit: ExitName;
  readonly remedy: string;
  readonly sqlstate?: string | undefined;
  /** Whether nothing came, be it because a try was short. */
  readonly isSilence?: boolean;
}

/** Judges a try that failed. @param container what the program runs in. */
export function classify(
  conn: ConnInfo,
  failed: FailedAttempt,
  container: Container | null = findContainer(),
): ConnectionFailure {
  const { error, host, stage, isTimeout, foreign } = failed;
  const server = serverOf(host);
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  const name = host.serverName ?? host.host;
  const subject: Subject = { conn, server, host: host.host, name, message, code, container };
  if (error instanceof SlipwayError) {
    const { exit, remedy } = error.failure;
    const retryPolicy = error instanceof Withheld ? error.retryPolicy : 'none';
    return {
      key: `${exit} ${server}`,
      text: `${server}: ${error.message}`,
      retryPolicy,
      backoff: 'brisk',
      exit,
      remedy,
    };
  }
  const rule = foreign
    ? speaksOtherwise(foreign)
    : isTimeout
      ? silent[stage === 'unreached' ? 'unreached' : 'accepted']
      : isOfOptions(conn, error)
        ? refusedOptions
        : ruleFor(error, code, stage);
  return {
    key: `${rule.key} ${server}`,
    text: rule.text(subject),
    retryPolicy: rule.retryPolicy,
    backoff: rule.backoff ?? 'brisk',
    exit: rule.exit,
    remedy: `${rule.remedy(subject)}${conn.hostFrom === undefined ? '' : ` The host is from ${conn.hostFrom}.`}`,
    ...(isTimeout ? { isSilence: true } : {}),
    ...(error instanceof pg.DatabaseError && !isForeign(error) ? { sqlstate: code } : {}),
  };
}

/** A file that somebody may be about to write is waited for as the server is. */
export const awaited = ({ name, message, remedy, exit }: LateFile): ConnectionFailure => ({
  key: `file ${name}`,
  text: `${name}: ${message}`,
  retryPolicy: 'deadline',
  backoff: 'brisk',
  exit,
  remedy,
});

/** What was read well at the start and cannot be read now is probably being written. */
export const unreadableNow = ({ message, failure }: SlipwayError): ConnectionFailure => ({
  key: 'configuration',
  text: message,
  retryPolicy: 'grace',
  backoff: 'brisk',
  exit: failure.exit,
  remedy: failure.remedy,
});

/** What a server, or a pooler, refuses of PGOPTIONS is final: it is said of a parameter, a value or an argument. */
const isOfOptions = ({ options }: ConnInfo, error: unknown): boolean =>
  options !== null &&
  error instanceof pg.DatabaseError &&
  (/^(?:42704|42601|22023|25001|55P02)$/.test(error.code ?? '') ||
    (/^(?:42501|08P01)$/.test(error.code ?? '') && /parameter/.test(error.message)));

function ruleFor(error: unknown, code: string, stage: FailedAttempt['stage']): Rule {
  const word = error instanceof pg.DatabaseError ? poolerMessage(error) : null;
  const known =
    (word === null ? undefined : poolers[word]) ??
    failureRules[code] ??
    failureRules[alike[code] ?? ''] ??
    failureRules[ofTheHandshake(code)] ??
    (error instanceof pg.DatabaseError ? failureRules[code.slice(0, 2)] : undefined);
  if (known) return known;
  if (error instanceof pg.DatabaseError && !isForeign(error)) {
    return {
      key: code,
      retryPolicy: 'grace',
      exit: 'config',
      text: ({ server, message }) => `${server}: ${message}`,
      remedy: serverLog,
    };
  }
  // The driver's word for a peer that hung up without an error; it has no code.
  if (error instanceof Error && /^Connection terminated/.test(error.message)) return closed;
  if (saysNoTls(error)) return noTls;
  if (stage === 'unreached') {
    return transient(`other ${code}`, ({ server, message }) => `${server}: ${message}`, serverLog);
  }
  if (error instanceof TooMuch) return excessive;
  if (isForeign(error)) return error instanceof Unreadable && error.isLogin ? unknownLogin : notPostgres;
  return {
    key: `handshake ${code}`,
    retryPolicy: 'none',
    exit: 'config',
    text: ({ server, message }) => `${server}: ${message}`,
    remedy: ({ code, conn }) =>
      /CERT|ALTNAME|SSL|TLS|SELF_SIGNED|ISSUER/.test(code) || conn.sslmode !== 'prefer'
        ? `sslmode is ${conn.sslmode}: check the server's certificate, its clock, PGSSLROOTCERT, and that the server speaks TLS.`
        : 'What answers there does not speak the PostgreSQL protocol: check host and port.',
  };
}

function errorCode(error: unknown): string {
  if (error === null || typeof error !== 'object') return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  return '';
}
