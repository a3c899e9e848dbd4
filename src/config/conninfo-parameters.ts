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
const noCrl = 'Leave it out: revocation lists are not supported; revoke by renewing the root certificate.';
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
  ssl_min_protocol_version: used('PGSSLMINPROTOCOLVERSION'),
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
  sslcrl: refused('PGSSLCRL', [], noCrl),
  sslcrldir: refused('PGSSLCRLDIR', [], noCrl),
  sslnegotiation: refused('PGSSLNEGOTIATION', ['postgres'], 'Leave it out: TLS is negotiated as usual.'),
  ssl_max_protocol_version: refused(
    'PGSSLMAXPROTOCOLVERSION',
    ['TLSv1.3'],
    'Leave it out: the newest version that both sides know is used.',
  ),
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

export function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(parameters, name);
}

/** What ORMs, drivers and poolers put into a URL for themselves, and what says nothing about security. */
const foreign = new Set([
  'async_fallback',
  'binary_parameters',
  'command_timeout',
  'connection_limit',
  'connectionlimit',
  'currentschema',
  'default_query_exec_mode',
  'description_cache_capacity',
  'echo',
  'encoding',
  'idle_timeout',
  'max',
  'max_overflow',
  'pgbouncer',
  'pool',
  'pool_max_conn_idle_time',
  'pool_max_conn_lifetime',
  'pool_max_conns',
  'pool_min_conns',
  'pool_mode',
  'pool_pre_ping',
  'pool_recycle',
  'pool_size',
  'pool_timeout',
  'prepared_statement_cache_size',
  'prepared_statements',
  'preparethreshold',
  'schema',
  'serverversion',
  'charset',
  'single_use_connections',
  'socket_timeout',
  'statement_cache_capacity',
  'statement_cache_size',
  'supa',
  'timeout',
  'uselibpqcompat',
  'workaround',
]);

/** Whether a parameter belongs to an ORM, a driver or a pooler and may be passed over with a note. */
export function isForeign(name: string): boolean {
  return foreign.has(name.toLowerCase());
}
