import type { PoolerMessage } from '../../src/postgres/pooler-messages.ts';

/** What a pooler says, with the severity and the SQLSTATE that it gives, and what it means. */
export interface PoolerText {
  readonly who: string;
  readonly severity: 'FATAL' | 'ERROR';
  readonly code: string;
  readonly text: string;
  readonly word: PoolerMessage;
}

const said =
  (who: string, severity: PoolerText['severity'], code: string) =>
  (word: PoolerMessage, ...texts: readonly string[]): PoolerText[] =>
    texts.map((text) => ({ who, severity, code, text, word }));

const pgbouncer = said('PgBouncer', 'FATAL', '08P01');
const supavisor = said('Supavisor', 'FATAL', 'XX000');
const pgcat = said('pgcat', 'FATAL', '58000');
const odyssey = said('Odyssey', 'FATAL', '08006');
const odysseyFull = said('Odyssey', 'ERROR', '53300');
const rdsProxy = said('RDS Proxy', 'FATAL', '08000');
const neon = said('Neon', 'ERROR', 'XX000');

/** As their sources and manuals have them: see src/postgres/pooler-messages.ts. */
export const poolerTexts: readonly PoolerText[] = [
  ...pgbouncer(
    'full',
    'query_wait_timeout',
    'no more connections allowed (max_client_conn)',
    'client connections exceeded (max_db_client_connections)',
    'client connections exceeded (max_user_client_connections)',
    'bouncer resources exhaustion',
    'no memory for pool',
    'out of memory',
  ),
  ...pgbouncer(
    'serverDown',
    'client_login_timeout',
    'client_login_timeout (server down)',
    'server login has been failing, try again later (server_login_retry)',
    'server login has been failing, cached error: connect failed (server_login_retry)',
    'server login failed: FATAL the database system is starting up',
    'pgbouncer cannot connect to server',
    'server conn crashed?',
    'server DNS lookup failed',
    'connect timeout',
    'server idle timeout',
  ),
  ...pgbouncer(
    'stopping',
    'pooler is shutting down',
    'server shutting down',
    'pause failed',
    'suspend_timeout',
    'database "app" is disabled',
    'admin forced disconnect',
    'database configuration changed',
  ),
  ...pgbouncer(
    'setUp',
    'database "absent" does not exist',
    'database "closed" is not currently accepting connections',
    'server login failed: FATAL database "absent" does not exist',
    'server login has been failing, cached error: database "absent" does not exist (server_login_retry)',
    'bouncer config error',
  ),
  ...pgbouncer(
    'login',
    'role "ghost" does not exist',
    'role "app" is not permitted to log in',
    'permission denied for database "trading"',
    'no pg_hba.conf entry for host "10.0.0.1", user "app", database "trading", no encryption',
    'connection requires a valid client certificate',
    'server login has been failing, cached error: password authentication failed for user "app" (server_login_retry)',
  ),
  ...pgbouncer('limit', 'client_idle_timeout', 'query_timeout', 'query timeout', 'idle transaction timeout'),
  ...pgbouncer('statementMode', 'transaction blocks not allowed in statement pooling mode'),
  ...pgbouncer(
    'setUp',
    'no such database: app',
    'unsupported startup parameter: statement_timeout',
    "unsupported options startup parameter: only '-c config=val' and '--config=val' are allowed",
    'SSL required',
  ),
  ...pgbouncer('login', 'no such user: app', 'no such user', 'SASL authentication failed'),
  ...supavisor(
    'full',
    'MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size',
    'Max client connections reached',
    '(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15',
    '(EMAXCONN) max client connections reached, limit: 200',
    '(EMAXPOOLSREACHED) max pools count reached',
    '(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 60000ms in Transaction mode',
  ),
  ...supavisor(
    'serverDown',
    'DbHandler exited. Check logs for more information',
    '(EDBHANDLEREXITED) connection to database closed. Check logs for more information',
    '(ECHECKOUTRETRIES) failed to check out a connection after multiple retries',
    '(EPROXYSTARTFAILED) failed to start proxy connection',
    '(ESUBSCRIBERETRIES) failed to subscribe to tenant after multiple retries. Terminating',
  ),
  ...supavisor('setUp', 'Tenant or user not found', '(ENOTFOUND) tenant/user app.abc not found'),
  ...pgcat(
    'full',
    'could not get connection from the pool - AllServersDown',
    'checkout failure limit reached (3 / 3)',
  ),
  ...pgcat(
    'serverDown',
    'Pool down for database: "app", user: "app"',
    'error receiving data from server: SocketError',
  ),
  ...pgcat('setUp', 'No pool configured for database: "app", user: "app"'),
  ...odysseyFull(
    'full',
    'too many active clients for user (pool_size for user app.app reached 1)',
    'too many tcp connections (global client_max 100)',
    'too many client tcp connections (client_max for user app.app 10)',
  ),
  ...odyssey(
    'serverDown',
    'failed to get remote server connection',
    'failed to connect to remote server s0123456789ab',
    "can't find suitable host for tsa 'read-write' of user app.app",
  ),
  ...said(
    'Odyssey',
    'ERROR',
    '08006',
  )('serverDown', 'remote server read/write error s0123456789ab: Connection reset by peer'),
  ...odyssey('stopping', 'Odyssey is gracefully shutting down', 'Odyssey has dropped the connection'),
  ...rdsProxy('full', 'Timed-out waiting to acquire database connection.'),
  ...neon(
    'serverDown',
    "Couldn't connect to compute node",
    'Failed to connect to the compute node',
    'Control plane request failed',
    'Control plane request failed: endpoint is temporarily unavailable. Check your quotas and/or contact our support.',
  ),
  ...neon(
    'full',
    'Too many connections attempts',
    'Failed to acquire permit to connect to the database. Too many database connection attempts are currently ongoing.',
  ),
  ...neon(
    'setUp',
    'Control plane request failed: endpoint cannot be found',
    'Control plane request failed: endpoint is disabled',
  ),
];
