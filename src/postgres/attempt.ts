import { Socket } from 'node:net';
import pg from 'pg';
import { passwordFor } from '../config/conninfo/passfile.ts';
import { type ConnInfo, type Host, serverOf, socketPath } from '../config/index.ts';
import { guardReading } from './reading.ts';
import { Session } from './session.ts';
import type { Wire } from './wire.ts';
import { Withheld } from './withheld.ts';

/** How far a connection came before it failed. */
type Stage = 'unreached' | 'accepted' | 'answered';

/** One try that did not become a session. */
export interface FailedAttempt {
  readonly host: Host;
  readonly error: unknown;
  readonly stage: Stage;
  /** Nothing came within the time for one try. */
  readonly isTimeout: boolean;
  /** The first of what came, printable, where no PostgreSQL server begins with that. */
  readonly foreign?: string | null;
  /** TLS was agreed on before it failed. */
  readonly isSecured?: boolean;
}

export type Attempt = { readonly session: Session } | { readonly failed: FailedAttempt };

/** The name that `pg_stat_activity` shows: who holds a lock must be findable. */
export interface Identity {
  readonly applicationName: string;
  /** Ends a try that is under way. */
  readonly signal: AbortSignal;
}

/**
 * Tries one host once, over TLS and without as `sslmode` allows (PostgreSQL docs 34.19.3). Unlike libpq the other way is
 * tried for a login that pg_hba.conf has no line for, and for no other: a wrong password is not offered twice.
 *
 * @param timeoutMs for the whole try, milliseconds.
 */
export async function attempt(
  conn: ConnInfo,
  host: Host,
  identity: Identity,
  timeoutMs: number,
): Promise<Attempt> {
  const isPlain = socketPath(host) !== null || conn.sslmode === 'disable';
  const [way, other] = isPlain ? [false] : tlsModes[conn.sslmode];
  const first = await attemptOnce(conn, host, identity, timeoutMs, way);
  if ('session' in first || other === undefined || !isOtherTried(first.failed, way)) return first;
  const second = await attemptOnce(conn, host, identity, timeoutMs, other);
  if ('session' in second) return second;
  return { failed: moreTelling(first.failed, second.failed, other) };
}

const tlsModes = {
  allow: [false, true],
  prefer: [true, false],
  require: [true],
  'verify-ca': [true],
  'verify-full': [true],
} as const satisfies Record<string, readonly [boolean, boolean?]>;

/**
 * 28000, invalid_authorization_specification: what pg_hba.conf gives where it has no line for encrypted connections,
 * or none for others (PostgreSQL docs 20.1).
 */
const isRefused = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '28000';

/** TLS could not be agreed on. */
const isHandshake = ({ error, stage, isTimeout, foreign, isSecured }: FailedAttempt): boolean =>
  stage === 'accepted' && !isTimeout && !foreign && !isSecured && !(error instanceof Withheld);

const isOtherTried = (failed: FailedAttempt, tls: boolean): boolean =>
  isRefused(failed.error) || (tls && isHandshake(failed));

/** Of two ways that failed, the one that says what is wrong: where one is not allowed, what is wrong with the other. */
function moreTelling(first: FailedAttempt, second: FailedAttempt, secondTls: boolean): FailedAttempt {
  if (!isRefused(first.error)) return isRefused(second.error) && isOfTls(first.error) ? first : second;
  return secondTls && isHandshake(second) && isOfTls(second.error) ? second : first;
}

/** A certificate, a key or a version that one of the two sides does not take, by the codes of Node and OpenSSL. */
const isOfTls = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /CERT|SSL|TLS|CRL|ISSUER|SIGNATURE|PURPOSE/.test(`${error.code}`);

/** The driver's word, without a code, for a server that answers a request for TLS with no. */
export const saysNoTls = (error: unknown): boolean =>
  error instanceof Error && /does not support SSL/.test(error.message);

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
  let isSecured = false;
  let foreign: string | null = null;
  let asked: AuthRequest = { kind: 'none' };
  const applicationName = conn.applicationName ?? identity.applicationName;
  const path = socketPath(host);
  let ssl: pg.ClientConfig['ssl'] = false;
  try {
    refuseAbstract(path);
    if (tls) ssl = (await import('./tls.ts')).tlsOptions(conn, host);
  } catch (error) {
    return { failed: { host, error, stage, isTimeout } };
  }
  const client = new pg.Client({
    host: host.host,
    port: host.port,
    user: conn.user,
    database: conn.database,
    password: () => releasePassword(conn, host, asked, tls || path !== null),
    ssl,
    ...(path === null ? {} : { stream: () => socketTo(path) }),
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
    .on('sslconnect', () =>
      wire.connection.stream.once('secureConnect', () => {
        isSecured = true;
      }),
    )
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
    return { failed: { host, error, stage, isTimeout, foreign, isSecured } };
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

/** Node 20 pads the name of an abstract socket, and so reaches none (libuv 1.46, uv_pipe_connect2). */
function refuseAbstract(path: string | null): void {
  if (!path?.startsWith('\0') || Number.parseInt(process.versions.node, 10) >= 22) return;
  throw new Withheld({
    exit: 'config',
    message: `Node ${process.versions.node} cannot reach abstract sockets`,
    remedy:
      'Run Slipway on Node 24, as its image does, or name a socket directory or a host instead of @name.',
  });
}

/** A socket that goes where it is told to, whatever the driver makes of the host's name. */
function socketTo(path: string): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket) as (path: string) => Socket;
  socket.connect = () => connect(path);
  return socket;
}

/** The only place that gives the password away: it looks at who asks, and how. */
async function releasePassword(
  conn: ConnInfo,
  host: Host,
  asked: AuthRequest,
  isPrivate: boolean,
): Promise<string> {
  if (conn.channelBinding === 'require') assertBound(conn, asked);
  if (asked.kind === 'cleartext' && !isPrivate) {
    throw new Withheld({
      exit: 'config',
      message: 'the server asks for the password in clear text on a connection that is not encrypted',
      remedy: 'Set PGSSLMODE=verify-full (or require), or let pg_hba.conf ask for scram-sha-256.',
    });
  }
  const password = passwordFor(conn, host);
  if (password) return password;
  throw noPassword(conn, host, password === '');
}

/** None was given, and the password file has none for this host: those of other hosts are not sent. */
function noPassword({ user, database, passfile, ownUrl }: ConnInfo, host: Host, isEmpty: boolean): Withheld {
  const asks = `the server asks for the password of role "${user}", and`;
  if (passfile === null) {
    return new Withheld({
      exit: 'denied',
      message: `${asks} none is configured`,
      remedy:
        ownUrl === undefined
          ? 'Set PGPASSWORD, PGPASSWORD_FILE or PGPASSFILE, or put it into DATABASE_URL.'
          : `Put it into a password file (PGPASSFILE, else ~/.pgpass), or into ${ownUrl}: PGPASSWORD is not given to this server.`,
    });
  }
  if (passfile.kind === 'unused') {
    const { message, remedy, isLate } = passfile;
    return new Withheld(
      { exit: 'denied', message: `${asks} ${message}`, remedy },
      isLate ? 'deadline' : 'none',
    );
  }
  const name = host.serverName ?? host.host;
  return new Withheld(
    {
      exit: 'denied',
      message: isEmpty
        ? `${asks} the one that ${passfile.name} has for ${serverOf(host)} is empty`
        : `${asks} ${passfile.name} has none for ${serverOf(host)}`,
      remedy: `Its line is ${[name, host.port, database, user].map(escaped).join(':')}:PASSWORD; or ${ownUrl === undefined ? 'set PGPASSWORD or PGPASSWORD_FILE' : `put it into ${ownUrl}`}.`,
    },
    'grace',
  );
}

const escaped = (field: string | number): string => String(field).replaceAll(/[\\:]/g, '\\$&');

function assertBound(conn: ConnInfo, asked: AuthRequest): void {
  if (conn.channelBinding !== 'require') return;
  if (asked.kind === 'sasl' && asked.mechanisms.includes(plus)) return;
  throw new Withheld({
    exit: 'config',
    message: 'channel_binding=require, but the server does not offer SCRAM-SHA-256-PLUS',
    remedy: 'It needs TLS and a scram-sha-256 password on the server; or set channel_binding=prefer.',
  });
}
