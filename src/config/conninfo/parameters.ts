/**
 * What becomes of a connection parameter. `refused`: a promise, mostly about security, that cannot be kept,
 * unless its value is one of `harmless`. `ignored`: without effect here, which a note says.
 */
export type Parameter =
  | { readonly kind: 'used'; readonly variable: string | null }
  | {
      readonly kind: 'refused';
      readonly variable: string | null;
      readonly harmless: readonly string[];
      readonly remedy: string;
    }
  | { readonly kind: 'ignored'; readonly variable: string | null; readonly harmless: readonly string[] };

const used = (variable: string | null) => ({ kind: 'used', variable }) as const;
const ignored = (variable: string | null, harmless: readonly string[] = []) =>
  ({ kind: 'ignored', variable, harmless }) as const;
const refused = (variable: string | null, harmless: readonly string[], remedy: string) =>
  ({ kind: 'refused', variable, harmless, remedy }) as const;

const noGss = 'Leave it out: GSSAPI is not supported; use TLS (sslmode=verify-full).';
const noCrl = 'Leave it out, and name one file with all revocation lists in PGSSLCRL.';
const noOauth = 'Leave it out: OAuth is not supported; use a password or a client certificate.';
const noScramKeys = 'Leave it out and give the password.';

/** libpq's parameters (PostgreSQL, "Parameter Key Words") with their environment variables. */
export const parameters = {
  host: used('PGHOST'),
  hostaddr: used('PGHOSTADDR'),
  port: used('PGPORT'),
  user: used('PGUSER'),
  password: used('PGPASSWORD'),
  passfile: used('PGPASSFILE'),
  dbname: used('PGDATABASE'),
  sslmode: used('PGSSLMODE'),
  requiressl: used('PGREQUIRESSL'),
  sslrootcert: used('PGSSLROOTCERT'),
  sslcert: used('PGSSLCERT'),
  sslkey: used('PGSSLKEY'),
  sslpassword: used(null),
  sslcertmode: used('PGSSLCERTMODE'),
  sslcrl: used('PGSSLCRL'),
  ssl_min_protocol_version: used('PGSSLMINPROTOCOLVERSION'),
  ssl_max_protocol_version: used('PGSSLMAXPROTOCOLVERSION'),
  channel_binding: used('PGCHANNELBINDING'),
  require_auth: used('PGREQUIREAUTH'),
  target_session_attrs: used('PGTARGETSESSIONATTRS'),
  connect_timeout: used('PGCONNECT_TIMEOUT'),
  options: used('PGOPTIONS'),
  application_name: used('PGAPPNAME'),
  fallback_application_name: used(null),

  service: refused(
    'PGSERVICE',
    [],
    'Connection service files are not read: give its settings as PGHOST, PGDATABASE and so on.',
  ),
  gssencmode: refused('PGGSSENCMODE', ['disable', 'prefer'], noGss),
  gssdelegation: refused('PGGSSDELEGATION', ['0'], noGss),
  gsslib: refused('PGGSSLIB', [], noGss),
  krbsrvname: refused('PGKRBSRVNAME', [], noGss),
  sslcrldir: refused('PGSSLCRLDIR', [], noCrl),
  sslnegotiation: refused('PGSSLNEGOTIATION', ['postgres'], 'Leave it out: TLS is negotiated as usual.'),
  requirepeer: refused('PGREQUIREPEER', [], 'Leave it out, and connect by TCP with sslmode=verify-full.'),
  sslkeylogfile: refused(null, [], 'Leave it out: session keys are never written.'),
  min_protocol_version: refused('PGMINPROTOCOLVERSION', ['3.0'], 'Leave it out: protocol 3.0 is spoken.'),
  replication: refused(
    null,
    ['false', 'off', 'no', '0'],
    'Leave it out: migrations need an ordinary connection.',
  ),
  scram_client_key: refused(null, [], noScramKeys),
  scram_server_key: refused(null, [], noScramKeys),
  oauth_issuer: refused(null, [], noOauth),
  oauth_client_id: refused(null, [], noOauth),
  oauth_client_secret: refused(null, [], noOauth),
  oauth_scope: refused(null, [], noOauth),

  client_encoding: ignored('PGCLIENTENCODING', ['auto', 'UTF8', 'utf8', 'UTF-8', 'utf-8']),
  servicefile: ignored('PGSERVICEFILE'),
  max_protocol_version: ignored('PGMAXPROTOCOLVERSION', ['3.0']),
  sslcompression: ignored('PGSSLCOMPRESSION', ['0']),
  sslsni: ignored('PGSSLSNI', ['1']),
  load_balance_hosts: ignored('PGLOADBALANCEHOSTS', ['disable']),
  keepalives: ignored(null, ['1']),
  keepalives_idle: ignored(null),
  keepalives_interval: ignored(null),
  keepalives_count: ignored(null),
  tcp_user_timeout: ignored(null, ['0']),
} satisfies Readonly<Record<string, Parameter>>;

export type ParameterName = keyof typeof parameters;

/** Every parameter's name. */
export const parameterNames = Object.keys(parameters).filter(isParameterName);

/**
 * What holds for every connection of a process when it is set in the environment, whichever server a URL names: how the
 * server proves who it is, and what is shown to it. The password file is among them, for its lines name their hosts; a
 * password is not.
 */
export const ofEveryConnection: readonly ParameterName[] = [
  'sslmode',
  'requiressl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslcertmode',
  'sslcrl',
  'sslcrldir',
  'sslnegotiation',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
  'channel_binding',
  'require_auth',
  'requirepeer',
  'gssencmode',
  'gssdelegation',
  'krbsrvname',
  'min_protocol_version',
  'passfile',
];

/** Parameters that libpq refuses when they are set to nothing, where that would mean their weak default. */
export const neverBlank: readonly ParameterName[] = [
  'sslmode',
  'channel_binding',
  'sslcertmode',
  'target_session_attrs',
];

export function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(parameters, name);
}

/** What ORMs, drivers and poolers put into a URL for themselves, and what says nothing about security. */
const foreign = new Set([
  // Prisma, Supabase, Rails, SQLAlchemy, asyncpg, lib/pq, JDBC, Doctrine
  ...['async_fallback', 'autosave', 'binary_parameters', 'charset', 'command_timeout', 'connection_limit'],
  ...['connectionlimit', 'echo', 'encoding', 'idle_timeout', 'max', 'max_overflow', 'pgbouncer', 'pool'],
  ...['pool_mode', 'pool_pre_ping', 'pool_recycle', 'pool_size', 'pool_timeout', 'prepared_statements'],
  ...['prepared_statement_cache_size', 'preparethreshold', 'reaping_frequency', 'rewritebatchedinserts'],
  ...['serverversion', 'single_use_connections', 'socket_timeout', 'statement_cache_size', 'stringtype'],
  ...['supa', 'tcpkeepalive', 'timeout', 'uselibpqcompat', 'workaround'],
  // pgx and its pool
  ...['default_query_exec_mode', 'description_cache_capacity', 'krbspn', 'min_read_buffer_size'],
  ...['pool_health_check_period', 'pool_max_conn_idle_time', 'pool_max_conn_lifetime'],
  ...['pool_max_conn_lifetime_jitter', 'pool_max_conns', 'pool_min_conns', 'pool_min_idle_conns'],
  ...['pool_ping_timeout', 'statement_cache_capacity', 'statement_cache_mode'],
  // psycopg, its pool, and psycopg2
  ...['async_', 'autocommit', 'connection_factory', 'context', 'cursor_factory', 'executemany_mode'],
  ...['executemany_batch_page_size', 'max_idle', 'max_lifetime', 'max_size', 'max_waiting', 'min_size'],
  ...['num_workers', 'prepare_threshold', 'prepared_max', 'reconnect_timeout', 'row_factory'],
  ...['use_native_hstore', 'use_native_unicode'],
]);

/** Names of the schema that an ORM or a driver works in: what a file leaves out would go elsewhere. */
const schemas = new Set(['currentschema', 'schema']);

/** Session settings that pgx, lib/pq and JDBC take from a URL, and that decide nothing about what a migration makes. */
const settings = new Set([
  ...['datestyle', 'idle_in_transaction_session_timeout', 'intervalstyle', 'lock_timeout'],
  ...['statement_timeout', 'timezone', 'work_mem'],
]);

/** Those that decide where a migration's objects go, or how its text is read: to pass them over would be wrong. */
const decisive = new Set(['role', 'search_path', 'standard_conforming_strings']);

/** How a session's setting is given in a URL. */
const asOption = (name: string): string => `options=-c${name}%3DVALUE`;

/** What helps where a parameter is a session's setting that cannot be passed over; null where it is none. */
export const decisiveRemedy = (name: string): string | null =>
  decisive.has(name.toLowerCase())
    ? `It is a setting of the session: write ${asOption(name.toLowerCase())} in its place.`
    : null;

/**
 * What is said of a parameter that belongs to an ORM, a driver or a pooler and is passed over; null for one that is not
 * known.
 */
export function foreignNote(name: string): string | null {
  const known = name.toLowerCase();
  if (schemas.has(known)) {
    return `the parameter ${name} is ignored: write the schema's name in the SQL, or give options=-csearch_path%3DNAME in its place`;
  }
  if (settings.has(known)) {
    return `the parameter ${name} is ignored: give a session's setting as ${asOption(known)}`;
  }
  return foreign.has(known) ? `the parameter ${name} has no meaning here and is ignored` : null;
}
