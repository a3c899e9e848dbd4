import { isLoopback, localhostIn } from './container.ts';
import type { Rule, Subject } from './failure-rule.ts';
import { giveCertificate, loginRemedy } from './login-remedy.ts';
import type { PoolerMessage } from './pooler-messages.ts';

export const transient = (key: string, text: Rule['text'], remedy: Rule['remedy']): Rule => ({
  key,
  text,
  remedy,
  retryPolicy: 'deadline',
  exit: 'temporary',
});

/** The server, or its machine, has more to do than it can: whoever waits for that must not add to it. */
const crowded = (...rule: Parameters<typeof transient>): Rule => ({
  ...transient(...rule),
  backoff: 'gentle',
});

export const serverLog = (): string => "See the server's own log.";

/** A certificate that is not taken: why, and what then helps. */
const certificate = (wrong: string, remedy: (at: Subject) => string): Rule => ({
  key: 'certificate',
  retryPolicy: 'none',
  exit: 'config',
  text: ({ server, message }) => `the certificate of ${server} ${wrong} (${message})`,
  remedy: (at) => `sslmode is ${at.conn.sslmode}: ${remedy(at)}`,
});

const unknownAuthority = certificate(
  'is not signed by an authority that is trusted here',
  () =>
    'set PGSSLROOTCERT to the certificate of the authority that signed it; for a self-signed one, to that certificate.',
);

export const closed = transient(
  'closed',
  ({ server }) => `${server} accepts connections and closes them`,
  () => "Is it a PostgreSQL server? See the server's own log.",
);

/** By the error's code: SQLSTATEs of PostgreSQL (docs, appendix A), codes of Node and OpenSSL. */
export const failureRules: Readonly<Record<string, Rule>> = {
  ENOTFOUND: transient(
    'name',
    ({ host }) => `the host name "${host}" does not resolve`,
    ({ host }) =>
      `In compose and Kubernetes the host is the service's name, and both must share a network: is "${host}" it?`,
  ),
  ECONNREFUSED: transient(
    'refused',
    ({ server }) => `${server} refuses connections`,
    ({ conn, host, container }) =>
      conn.isDefaulted
        ? 'No server is configured, so localhost was tried: set DATABASE_URL or PGHOST.'
        : `Is the server running, does it listen on TCP (listen_addresses), and is the port right?${container !== null && isLoopback(host) ? ` ${localhostIn[container]}` : ''}`,
  ),
  ENOENT: transient(
    'socket',
    ({ server }) => `there is no socket at ${server}`,
    () => 'Is the server running, and is this its unix_socket_directories? A host name uses TCP instead.',
  ),
  EHOSTUNREACH: transient(
    'route',
    ({ server }) => `${server} cannot be reached: no route`,
    () => 'See the network.',
  ),
  ECONNRESET: closed,
  CERT_NOT_YET_VALID: certificate(
    'is not valid yet',
    () =>
      'compare the clock here with the one where the certificate was made; if both are right, wait until it begins, or issue it anew.',
  ),
  CERT_HAS_EXPIRED: certificate(
    'has expired',
    () => 'have a new certificate issued; if this one is not that old, the clock here is ahead.',
  ),
  ERR_TLS_CERT_ALTNAME_INVALID: certificate(
    'is for another name',
    ({ name }) =>
      `connect by a name that stands in it (PGHOST; the address then goes into PGHOSTADDR), or issue it for "${name}".`,
  ),
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  CERT_REVOKED: certificate(
    'is revoked',
    () => 'have a new certificate issued; if this one is not revoked, renew the list of PGSSLCRL.',
  ),
  UNABLE_TO_GET_CRL: certificate(
    'cannot be checked against a revocation list',
    () =>
      'PGSSLCRL (else ~/.postgresql/root.crl) needs the list of every authority between it and the root, each still valid.',
  ),
  clientRefused: {
    key: 'clientCertificate',
    retryPolicy: 'grace',
    exit: 'denied',
    text: ({ server, conn, message }) =>
      conn.cert === null
        ? `${server} refuses a connection without a client certificate (${message})`
        : `${server} refuses the client certificate in ${conn.certFile ?? 'PGSSLCERT'} (${message})`,
    remedy: ({ conn }) =>
      conn.cert === null
        ? giveCertificate
        : "ssl_ca_file on the server must hold the authority that signed it, and it must be valid now; the server's own log says why it is refused.",
  },
  tlsVersion: {
    key: 'tlsVersion',
    retryPolicy: 'none',
    exit: 'config',
    text: ({ server, message }) => `${server} and this side have no TLS version in common (${message})`,
    remedy: () =>
      'See ssl_min_protocol_version and ssl_max_protocol_version on the server, and PGSSLMINPROTOCOLVERSION and PGSSLMAXPROTOCOLVERSION here.',
  },
  '57P03': transient(
    'starting',
    ({ server, message }) => `${server}: ${message}`,
    () =>
      "See the server's own log for how far it is: it starts, replays its log, or shuts down. If it needs longer, raise SLIPWAY_WAIT_TIMEOUT.",
  ),
  '57P01': transient('stopping', ({ server, message }) => `${server}: ${message}`, serverLog),
  '53300': crowded(
    'slots',
    ({ server, message }) => `${server} has no connection left: ${message}`,
    ({ conn }) =>
      `Close idle sessions, or raise the limit: max_connections, or what ALTER ROLE "${conn.user}" or ALTER DATABASE "${conn.database}" CONNECTION LIMIT has set.`,
  ),
  '53': crowded(
    'resources',
    ({ server, message }) => `${server} is out of resources: ${message}`,
    () => 'Make room (disk, memory) on the server; its own log says more.',
  ),
  '28P01': {
    key: 'password',
    retryPolicy: 'grace',
    backoff: 'gentle',
    exit: 'denied',
    text: ({ conn, server }) => `${server} rejects the password of role "${conn.user}", or has no such role`,
    remedy: ({ conn }) =>
      `Check user and password (${conn.ownUrl ?? 'PGUSER, PGPASSWORD, DATABASE_URL'}). A Postgres volume keeps the password of its first start: POSTGRES_PASSWORD does not change it later.`,
  },
  '28000': {
    key: 'authorization',
    retryPolicy: 'grace',
    backoff: 'gentle',
    exit: 'denied',
    text: ({ server, message }) => `${server}: ${message}`,
    remedy: (at) => loginRemedy(at),
  },
  '42501': {
    key: 'privilege',
    retryPolicy: 'grace',
    exit: 'denied',
    text: ({ server, message }) => `${server}: ${message}`,
    remedy: ({ conn }) => `GRANT CONNECT ON DATABASE "${conn.database}" TO "${conn.user}";`,
  },
  '3D000': {
    key: 'database',
    retryPolicy: 'grace',
    exit: 'config',
    text: ({ conn, server }) => `the database "${conn.database}" does not exist on ${server}`,
    remedy: ({ conn }) =>
      conn.ownUrl === undefined
        ? 'Create it, correct PGDATABASE or DATABASE_URL, or let `slipway up` create it: SLIPWAY_CREATE_DATABASE=on.'
        : `Create it, or name one that is there in ${conn.ownUrl}.`,
  },
  '55000': {
    key: 'closedDatabase',
    retryPolicy: 'grace',
    exit: 'config',
    text: ({ server, message }) => `${server}: ${message}`,
    remedy: ({ conn }) => `ALTER DATABASE "${conn.database}" ALLOW_CONNECTIONS true;`,
  },
  '08': crowded(
    'front',
    ({ server, message }) => `${server}: ${message}`,
    () => 'A pooler or proxy in front of the server could not pass the connection on: see its own log.',
  ),
  '58': transient('system', ({ server, message }) => `${server}: ${message}`, serverLog),
  XX000: transient('internal', ({ server, message }) => `${server}: ${message}`, serverLog),
};

export const alike: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'ENOTFOUND',
  ENETUNREACH: 'EHOSTUNREACH',
  ETIMEDOUT: 'EHOSTUNREACH',
  EPIPE: 'ECONNRESET',
  '57P02': '57P01',
  '57P05': '57P01',
  '53400': '53300',
  SELF_SIGNED_CERT_IN_CHAIN: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  UNABLE_TO_GET_ISSUER_CERT: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  CRL_HAS_EXPIRED: 'UNABLE_TO_GET_CRL',
  CRL_NOT_YET_VALID: 'UNABLE_TO_GET_CRL',
  CRL_SIGNATURE_FAILURE: 'UNABLE_TO_GET_CRL',
  UNABLE_TO_GET_CRL_ISSUER: 'UNABLE_TO_GET_CRL',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tlsVersion',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'tlsVersion',
};

/** Room in a pool, by the names that it has where it can be given. */
const makeRoom =
  "Wait, close idle sessions, or make room: PgBouncer's default_pool_size, max_client_conn and query_wait_timeout, Supavisor's pool size, RDS Proxy's MaxConnectionsPercent. SLIPWAY_WAIT_TIMEOUT sets how long Slipway waits for it.";

/** What a pooler says of itself. */
export const poolers: Readonly<Record<PoolerMessage, Rule>> = {
  full: crowded(
    'poolFull',
    ({ server, message }) => `the pool at ${server} is full: ${message}`,
    () => makeRoom,
  ),
  serverDown: crowded(
    'behindPooler',
    ({ server, message }) => `the pooler at ${server} does not reach its server: ${message}`,
    () => "Is the server behind it running, and does it accept the pooler? See the pooler's own log.",
  ),
  stopping: crowded(
    'poolerStopping',
    ({ server, message }) => `the pooler at ${server} accepts no connection now: ${message}`,
    () => 'It restarts, is paused (PgBouncer: RESUME, ENABLE), or its pool is being changed.',
  ),
  limit: crowded(
    'poolerLimit',
    ({ server, message }) => `the pooler at ${server} ended the connection: ${message}`,
    () => 'Raise that limit there for this role or database, or connect to the server itself.',
  ),
  statementMode: {
    key: 'statementMode',
    retryPolicy: 'none',
    exit: 'config',
    text: ({ server, message }) => `the pooler at ${server} is in statement mode: ${message}`,
    remedy: () =>
      'Slipway needs transactions: set pool_mode to session or transaction there, or connect to the server itself.',
  },
  setUp: {
    key: 'poolerSetUp',
    retryPolicy: 'grace',
    exit: 'config',
    text: ({ server, message }) => `the pooler at ${server} refuses the connection: ${message}`,
    remedy: () =>
      'A pooler says this of a database, tenant or parameter that it, or the server behind it, does not know, or where TLS is lacking: see its configuration.',
  },
  login: {
    key: 'poolerLogin',
    retryPolicy: 'grace',
    backoff: 'gentle',
    exit: 'denied',
    text: ({ server, message }) => `the pooler at ${server} refuses the login: ${message}`,
    remedy: ({ conn }) =>
      `Check user and password (PGUSER, PGPASSWORD, DATABASE_URL), and whether the pooler knows the role "${conn.user}" (PgBouncer: auth_file, auth_query) and logs in at the server as one that exists there and may connect.`,
  },
};

/**
 * Which rule an alert of the server comes under: what it says of a certificate is said of the client's (RFC 8446, 6.2;
 * `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA` and its kin).
 */
export const ofTheHandshake = (code: string): string =>
  /^ERR_SSL_\w*ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)/.test(
    code,
  )
    ? 'clientRefused'
    : '';

export const refusedOptions: Rule = {
  key: 'options',
  retryPolicy: 'none',
  exit: 'config',
  text: ({ server, message }) => `${server} refuses PGOPTIONS: ${message}`,
  remedy: () =>
    'Correct or remove it in PGOPTIONS, or in `options` of the URL: write it as `-c name=value`, several with a blank between them.',
};

export const speaksOtherwise = (foreign: string): Rule =>
  transient(
    'foreign',
    ({ server }) => `what listens on ${server} is not a PostgreSQL server: it says "${foreign}"`,
    () => 'Check host and port (PGHOST, PGPORT, DATABASE_URL).',
  );

/** For a server that answers a request for TLS with no. */
export const noTls: Rule = {
  key: 'noTls',
  retryPolicy: 'none',
  exit: 'config',
  text: ({ server, message }) => `${server}: ${message}`,
  remedy: ({ conn }) =>
    `sslmode is ${conn.sslmode}: switch TLS on there (ssl = on, with a certificate). PGSSLMODE=prefer goes without where there is none; for this server alone, write ?sslmode=prefer into its URL.`,
};

export const silent = {
  unreached: transient(
    'noAnswer',
    ({ server }) => `${server} does not answer`,
    () => 'A firewall or a wrong address swallows packets; PGCONNECT_TIMEOUT sets how long one try lasts.',
  ),
  accepted: crowded(
    'mute',
    ({ server }) => `${server} accepts connections but does not answer`,
    () => 'Is it a PostgreSQL server, and is it alive? PGCONNECT_TIMEOUT sets how long one try lasts.',
  ),
};

export const notPostgres: Rule = {
  key: 'foreign',
  retryPolicy: 'none',
  exit: 'config',
  text: ({ server }) => `${server} answers with what is not the PostgreSQL protocol`,
  remedy: () => 'Check host and port: a proxy or another kind of server may listen there.',
};

export const excessive: Rule = {
  ...notPostgres,
  key: 'excessive',
  text: ({ server, message }) => `${server} does not speak as PostgreSQL does: ${message}`,
};

export const unknownLogin: Rule = {
  key: 'login',
  retryPolicy: 'grace',
  exit: 'config',
  text: ({ server }) => `${server} asks for a way to log in that is not supported, such as GSSAPI or SSPI`,
  remedy: ({ conn }) =>
    `Let pg_hba.conf ask for scram-sha-256 of the role "${conn.user}", or for a certificate.`,
};
