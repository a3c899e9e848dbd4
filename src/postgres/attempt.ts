import { Socket } from 'node:net';
import pg from 'pg';
import { type ConnInfo, type Host, socketPath } from '../config/index.ts';
import { type AuthRequest, assertBound, authRequests, releasePassword } from './password.ts';
import { guardReading } from './reading.ts';
import { Session } from './session.ts';
import { takeTlsAnswer } from './tls-answer.ts';
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
  /** The server has no TLS, and the connection went on without. */
  readonly isInClear?: boolean;
}

export type Attempt = { readonly session: Session } | { readonly failed: FailedAttempt };

/** The name that `pg_stat_activity` shows: who holds a lock must be findable. */
export interface Identity {
  readonly applicationName: string;
  /** Ends a try that is under way. */
  readonly signal: AbortSignal;
  /** Called each time that a host takes the connection: it is told in that moment who is there, and works on it. */
  readonly accepted?: () => void;
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
  const first = await attemptOnce(conn, host, identity, {
    timeoutMs,
    tls: way,
    isClearTaken: other === false,
  });
  if ('session' in first || other === undefined || !isOtherTried(first.failed, way)) return first;
  const second = await attemptOnce(conn, host, identity, { timeoutMs, tls: other, isClearTaken: false });
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
  !failed.isInClear && (isRefused(failed.error) || (tls && isHandshake(failed)));

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

/** One way to a host. */
interface Way {
  readonly timeoutMs: number;
  readonly tls: boolean;
  /** Whether the connection goes on without TLS where the server has none. */
  readonly isClearTaken: boolean;
}

/** What is seen of a connection while it is made. */
interface Progress {
  stage: Stage;
  isTimeout: boolean;
  isSecured: boolean;
  isInClear: boolean;
  foreign: string | null;
  asked: AuthRequest;
  lost: Error | null;
  readonly parameters: Map<string, string>;
}

async function attemptOnce(conn: ConnInfo, host: Host, identity: Identity, way: Way): Promise<Attempt> {
  const isLate = way.isClearTaken && !namesTlsFiles(conn);
  let ssl: pg.ClientConfig['ssl'] = false;
  try {
    refuseAbstract(socketPath(host));
    if (way.tls) ssl = isLate ? true : await tlsOptionsOf(conn, host);
  } catch (error) {
    return { failed: { host, error, stage: 'unreached', isTimeout: false } };
  }
  const progress: Progress = {
    stage: 'unreached',
    isTimeout: false,
    isSecured: false,
    isInClear: false,
    foreign: null,
    asked: { kind: 'none' },
    lost: null,
    parameters: new Map(),
  };
  const applicationName = conn.applicationName ?? identity.applicationName;
  const isTls = (): boolean => way.tls && !progress.isInClear;
  const isPrivate = (): boolean => isTls() || socketPath(host) !== null;
  const client = new pg.Client({
    ...clientConfig(conn, host),
    application_name: applicationName,
    password: () => releasePassword(conn, host, progress.asked, isPrivate()),
    ssl,
    enableChannelBinding: way.tls && conn.channelBinding !== 'disable',
  });
  const wire = client as unknown as Wire;
  Object.assign(wire.connectionParameters, { options: conn.options ?? '', replication: '', binary: false });
  if (way.tls && way.isClearTaken) {
    takeTlsAnswer(wire, {
      refused: () => {
        progress.isInClear = true;
        wire.enableChannelBinding = false;
      },
      agreed: async () => (isLate ? tlsOptionsOf(conn, host) : ssl),
    });
  }
  client.on('error', (error) => {
    progress.lost ??= error;
  });
  const intake = guardReading(wire);
  observe(wire, progress);
  if (identity.accepted) wire.connection.on('connect', identity.accepted);
  const letGo = hangUpInTime(wire, progress, identity.signal, way);
  try {
    await client.connect();
    intake.loggedIn();
    assertBound(conn, progress.asked);
    client.removeAllListeners('error');
    const { parameters, lost } = progress;
    const greeting = {
      host,
      database: conn.database,
      user: conn.user,
      applicationName,
      tls: isTls(),
      version: parameters.get('server_version') ?? 'unknown',
      isStandby: parameters.get('in_hot_standby') === 'on',
      isReadOnly: parameters.get('default_transaction_read_only') === 'on',
    };
    return { session: new Session(client, greeting, parameters, { intake, lost }) };
  } catch (error) {
    wire.connection.stream.destroy();
    const { stage, isTimeout, foreign, isSecured, isInClear } = progress;
    return { failed: { host, error, stage, isTimeout, foreign, isSecured, isInClear } };
  } finally {
    letGo();
  }
}

const tlsOptionsOf = async (conn: ConnInfo, host: Host): Promise<pg.ClientConfig['ssl']> =>
  (await import('./tls.ts')).tlsOptions(conn, host);

/** Whether something is read for TLS that may be wrong, and is then told before anybody is connected to. */
const namesTlsFiles = ({ ca, cert, key, crls }: ConnInfo): boolean =>
  ca !== null || cert !== null || key !== null || crls !== undefined;

/** What the driver is told of the server, whatever the way to it. */
function clientConfig(conn: ConnInfo, host: Host): pg.ClientConfig {
  const path = socketPath(host);
  return {
    host: host.host,
    port: host.port,
    user: conn.user,
    database: conn.database,
    ...(path === null ? {} : { stream: () => socketTo(path) }),
    ...(conn.options === null ? {} : { options: conn.options }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 2000,
  };
}

/** Notes how far the connection comes, what the server reports, and how it asks for the password. */
function observe({ connection }: Wire, progress: Progress): void {
  const answered = (): void => {
    progress.stage = 'answered';
  };
  const { parameters } = progress;
  connection
    .on('connect', () => {
      progress.stage = 'accepted';
    })
    .on('sslconnect', () =>
      connection.stream.once('secureConnect', () => {
        progress.isSecured = true;
      }),
    )
    .on('errorMessage', answered)
    .on('parameterStatus', ({ parameterName = '', parameterValue = '' }: Record<string, string>) => {
      if (parameters.size < mostParameters || parameters.has(parameterName))
        parameters.set(parameterName, parameterValue);
    });
  for (const [event, kind] of authRequests) {
    connection.prependListener(event, ({ mechanisms }: { mechanisms?: string[] }) => {
      answered();
      // The driver keeps a password that it was given once, and would hand it to whoever asks in another way after.
      if (progress.asked.kind !== 'none') throw new Error('the server asks for the password a second time');
      progress.asked = { kind, mechanisms: mechanisms ?? [] };
    });
  }
}

/**
 * Ends the connection where no PostgreSQL server answers, once its time is over, and when the run is ended.
 *
 * @returns ends that: the connection is then its session's.
 */
function hangUpInTime(
  { connection }: Wire,
  progress: Progress,
  signal: AbortSignal,
  { timeoutMs, tls }: Way,
): () => void {
  const hangUp = (): void => void connection.stream.destroy();
  connection.stream.once('data', (first: Buffer) => {
    progress.foreign = foreignGreeting(first, tls);
    if (progress.foreign !== null) hangUp();
  });
  const timer = setTimeout(() => {
    progress.isTimeout = true;
    hangUp();
  }, timeoutMs);
  signal.addEventListener('abort', hangUp, { once: true });
  if (signal.aborted) hangUp();
  return () => {
    signal.removeEventListener('abort', hangUp);
    clearTimeout(timer);
  };
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
