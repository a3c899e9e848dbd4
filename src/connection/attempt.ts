import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { ConnInfo, Host } from '../config/conninfo.ts';
import { SlipwayError } from '../errors.ts';
import { guardReading } from './reading.ts';
import { Session, type Wire } from './session.ts';

/** How far a connection came before it failed. */
export type Stage = 'unreached' | 'accepted' | 'answered';

/** One try that did not become a session. */
export interface FailedAttempt {
  readonly host: Host;
  readonly error: unknown;
  readonly stage: Stage;
  /** Nothing came within the time for one try. */
  readonly isTimeout: boolean;
  /** The first of what came, printable, where no PostgreSQL server begins with that. */
  readonly foreign?: string | null;
}

export type Attempt = { readonly session: Session } | { readonly failed: FailedAttempt };

/** The name that `pg_stat_activity` shows: who holds a lock must be findable. */
export interface Identity {
  readonly applicationName: string;
  /** Ends a try that is under way. */
  readonly signal: AbortSignal;
}

/**
 * Tries one host once, over TLS and without as `sslmode` allows (PostgreSQL docs 34.19.3).
 *
 * @param timeoutMs for the whole try, milliseconds.
 */
export async function attempt(
  conn: ConnInfo,
  host: Host,
  identity: Identity,
  timeoutMs: number,
): Promise<Attempt> {
  const onSocket = host.host.startsWith('/');
  const modes = onSocket || conn.sslmode === 'disable' ? [false] : tlsModes[conn.sslmode];
  let refusal: Attempt | null = null;
  let last: Attempt | null = null;
  for (const tls of modes) {
    last = await attemptOnce(conn, host, identity, timeoutMs, tls);
    if ('session' in last) return last;
    // What was said of the preferred way is the reason, where the other one is none.
    if (refusal) return refusal;
    const { stage, isTimeout, error, foreign } = last.failed;
    if (isRefused(error)) refusal = last;
    else if (isTimeout || foreign || !tls || stage !== 'accepted') return last;
  }
  return last as Attempt;
}

const tlsModes = {
  allow: [false, true],
  prefer: [true, false],
  require: [true],
  'verify-ca': [true],
  'verify-full': [true],
} as const;

/**
 * 28000, invalid_authorization_specification: what pg_hba.conf gives where it has no line for encrypted connections,
 * or none for others (PostgreSQL docs 20.1).
 */
const isRefused = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '28000';

async function attemptOnce(
  conn: ConnInfo,
  host: Host,
  identity: Identity,
  timeoutMs: number,
  tls: boolean,
): Promise<Attempt> {
  const parameters = new Map<string, string>();
  let stage: Stage = 'unreached';
  let isTimeout = false;
  let foreign: string | null = null;
  let asked: AuthRequest = { kind: 'none' };
  const applicationName = conn.applicationName ?? identity.applicationName;
  const client = new pg.Client({
    host: host.host,
    port: host.port,
    user: conn.user,
    database: conn.database,
    password: () => releasePassword(conn, asked, tls || host.host.startsWith('/')),
    ssl: tls ? await tlsOptions(conn, host) : false,
    application_name: applicationName,
    ...(conn.options === null ? {} : { options: conn.options }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 2000,
    enableChannelBinding: tls && conn.channelBinding !== 'disable',
  });
  const wire = client as unknown as Wire;
  const answered = (): void => {
    stage = 'answered';
  };
  let lost: Error | null = null;
  client.on('error', (error) => {
    lost ??= error;
  });
  const intake = guardReading(wire);
  wire.connection
    .on('connect', () => {
      stage = 'accepted';
    })
    .on('errorMessage', answered)
    .on('parameterStatus', ({ parameterName = '', parameterValue = '' }: Record<string, string>) => {
      if (parameters.size < mostParameters || parameters.has(parameterName))
        parameters.set(parameterName, parameterValue);
    });
  for (const [event, kind] of authRequests) {
    wire.connection.prependListener(event, ({ mechanisms }: { mechanisms?: string[] }) => {
      answered();
      // The driver keeps a password that it was given once, and would hand it to whoever asks in another way after.
      if (asked.kind !== 'none') throw new Error('the server asks for the password a second time');
      asked = { kind, mechanisms: mechanisms ?? [] };
    });
  }
  const hangUp = (): void => void wire.connection.stream.destroy();
  wire.connection.stream.once('data', (first: Buffer) => {
    foreign = foreignGreeting(first, tls);
    if (foreign !== null) hangUp();
  });
  const timer = setTimeout(() => {
    isTimeout = true;
    hangUp();
  }, timeoutMs);
  identity.signal.addEventListener('abort', hangUp, { once: true });
  if (identity.signal.aborted) hangUp();
  try {
    await client.connect();
    intake.loggedIn();
    assertBound(conn, asked);
    client.removeAllListeners('error');
    const greeting = {
      host,
      database: conn.database,
      user: conn.user,
      applicationName,
      tls,
      version: parameters.get('server_version') ?? 'unknown',
      isStandby: parameters.get('in_hot_standby') === 'on',
      isReadOnly: parameters.get('default_transaction_read_only') === 'on',
    };
    return { session: new Session(client, greeting, parameters, { intake, lost }) };
  } catch (error) {
    hangUp();
    return { failed: { host, error, stage, isTimeout, foreign } };
  } finally {
    identity.signal.removeEventListener('abort', hangUp);
    clearTimeout(timer);
  }
}

/**
 * A server answers a request for TLS with one byte, S or N, or with an error; else it begins with an authentication
 * request, an error, a notice or a negotiation of the protocol (PostgreSQL docs 55.2.1, 55.2.10).
 */
function foreignGreeting(first: Buffer, askedForTls: boolean): string | null {
  const letter = String.fromCharCode(first[0] ?? 0);
  if (letter === 'E' || (askedForTls ? first.length === 1 && 'SN'.includes(letter) : 'RNv'.includes(letter)))
    return null;
  const [line = ''] = first.toString('latin1').split(/[\r\n]/, 1);
  return line.slice(0, mostSaid).replaceAll(/[^ -~]/g, '.');
}

/** Settings that a server reports: PostgreSQL 18 has 15 of them, an extension may add its own. */
const mostParameters = 200;

/** Characters of a foreign greeting that are repeated. */
const mostSaid = 40;

type AuthRequest =
  | { readonly kind: 'none' }
  | { readonly kind: 'cleartext' | 'md5' | 'sasl'; readonly mechanisms: readonly string[] };

const authRequests = [
  ['authenticationCleartextPassword', 'cleartext'],
  ['authenticationMD5Password', 'md5'],
  ['authenticationSASL', 'sasl'],
] as const;

const plus = 'SCRAM-SHA-256-PLUS';

/** The only place that gives the password away: it looks at who asks, and how. */
async function releasePassword(conn: ConnInfo, asked: AuthRequest, isPrivate: boolean): Promise<string> {
  if (conn.channelBinding === 'require') assertBound(conn, asked);
  if (asked.kind === 'cleartext' && !isPrivate) {
    throw new SlipwayError({
      exit: 'config',
      message: 'the server asks for the password in clear text on a connection that is not encrypted',
      remedy: 'Set PGSSLMODE=verify-full (or require), or let pg_hba.conf ask for scram-sha-256.',
    });
  }
  if (conn.password === null) {
    throw new SlipwayError({
      exit: 'denied',
      message: `the server asks for the password of role "${conn.user}", and none is configured`,
      remedy: 'Set PGPASSWORD, PGPASSWORD_FILE or PGPASSFILE, or put it into DATABASE_URL.',
    });
  }
  return conn.password;
}

function assertBound(conn: ConnInfo, asked: AuthRequest): void {
  if (conn.channelBinding !== 'require') return;
  if (asked.kind === 'sasl' && asked.mechanisms.includes(plus)) return;
  throw new SlipwayError({
    exit: 'config',
    message: 'channel_binding=require, but the server does not offer SCRAM-SHA-256-PLUS',
    remedy: 'It needs TLS and a scram-sha-256 password on the server; or set channel_binding=prefer.',
  });
}

async function tlsOptions(conn: ConnInfo, host: Host): Promise<ConnectionOptions> {
  const { checkServerIdentity } = await import('node:tls');
  const verifiesChain = conn.sslmode === 'verify-ca' || conn.sslmode === 'verify-full' || conn.ca !== null;
  const verifiesName = conn.sslmode === 'verify-full';
  return {
    rejectUnauthorized: verifiesChain,
    ...(conn.ca === null ? {} : { ca: conn.ca }),
    ...(conn.cert === null ? {} : { cert: conn.cert }),
    ...(conn.key === null ? {} : { key: conn.key }),
    ...(conn.keyPassphrase === null ? {} : { passphrase: conn.keyPassphrase }),
    ...(conn.tlsMinVersion === undefined ? {} : { minVersion: conn.tlsMinVersion }),
    checkServerIdentity: (name, certificate) =>
      verifiesName ? checkServerIdentity(host.serverName ?? name, certificate) : undefined,
  };
}
