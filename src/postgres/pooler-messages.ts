/**
 * What a pooler or a proxy in front of PostgreSQL says of itself, by what it means for whoever is turned away:
 * - `full`: no room for one more client, or no free connection to the server in time;
 * - `serverDown`: the server behind it cannot be reached, or broke off;
 * - `stopping`: it restarts, is paused or was told to turn clients away;
 * - `limit`: it ended a client that was silent, or a query that took long;
 * - `statementMode`: it does not let a transaction last;
 * - `setUp`: it, or the server behind it, does not know the database, the tenant or a parameter, or it wants TLS;
 * - `login`: it, or the server behind it, does not know the role or the password, or does not let the role in.
 */
export type PoolerMessage =
  | 'full'
  | 'serverDown'
  | 'stopping'
  | 'limit'
  | 'statementMode'
  | 'setUp'
  | 'login';

/**
 * Texts, since SQLSTATEs do not tell them apart: PgBouncer has 08P01 for nearly all (src/client.c, janitor.c, objects.c,
 * server.c), Supavisor XX000 (lib/supavisor/errors, and its older texts), pgcat 58000 (src/client.rs), Odyssey 08006 and
 * 53300 (sources/frontend.c), Neon XX000 (proxy/src), RDS Proxy class 08 (user guide, "Troubleshooting for RDS Proxy").
 * The first that fits counts.
 */
const sayings: readonly (readonly [PoolerMessage, RegExp])[] = [
  ['statementMode', /statement pooling/],
  [
    'setUp',
    /^unsupported (?:options )?startup parameter|^no such database|^database ".*" (?:does not exist|is not currently accepting connections)|^bouncer config error|SSL required|requires TLS|No pool configured for database|^route for .* is not found|tenant(?: or |\/)user .*not found|no tenant identifier|endpoint (?:cannot be found|is disabled|ID is not specified)/i,
  ],
  [
    'login',
    /^no such user|^role ".*" (?:does not exist|is not permitted to log in)|^permission denied for database|^no pg_hba\.conf entry|^pg_hba\.conf rejects|^connection requires a valid client certificate|^(?:password|SASL|PAM|LDAP|certificate|"trust") authentication failed|^auth failed|login rejected|host based authentication rejected|IAM authentication (?:failed|is allowed only)/i,
  ],
  [
    'full',
    /\(max_client_conn\)|client connections exceeded \(max_|query_wait_timeout|bouncer resources exhaustion|^no memory for |^out of memory$|max clients reached|max (?:client|proxy)?\s?connections? reached|max pools count reached|unable to check ?out (?:a )?connection from the pool|pool checkout failed|timed-?out waiting to acquire (?:a )?database connection|could not get connection from the pool|checkout failure limit reached|too many (?:active clients|(?:client )?tcp connections)|too many (?:database )?connections? attempts|failed to acquire permit/i,
  ],
  [
    'serverDown',
    /server login (?:has been failing|failed)|client_login_timeout|server_connect_timeout|^(?:pgbouncer )?(?:cannot|could not) connect|^connect(?: failed| timeout)$|server conn crashed|server DNS lookup failed|^(?:login failed|server (?:connection closed|closed the connection|idle timeout|lifetime over))$|DbHandler exited|connection to database (?:closed|not available)|failed to check out a connection|failed to (?:subscribe to tenant|start proxy connection)|pool terminating|worker processes .* not found|auth_query|Pool down for database|error receiving data from server|failed to get remote server connection|(?:failed to connect to )?remote server .*(?:error|full)|failed to connect to remote server|can't find suitable host|(?:couldn't|could not|failed to) connect to (?:the )?compute node|control plane request failed/i,
  ],
  [
    'stopping',
    /pooler is (?:shutting down|paused)|^(?:server|pgbouncer) (?:is )?shutting down|^database ".*" is (?:disabled|paused)|^pause failed|suspend_timeout|admin forced disconnect|database configuration changed|^evicted$|Odyssey (?:instance|has dropped|is gracefully)|(?:dropped|killed) by Odyssey/i,
  ],
  [
    'limit',
    /^(?:client_idle_timeout|query[_ ]timeout|idle[_ ]transaction[_ ]timeout|transaction[_ ]timeout|pool statement timeout)$/i,
  ],
];

/** PgBouncer hands on what its server said to it, from 1.18 on under a code of its own (src/server.c, objects.c). */
const handedOn =
  /^(?:server login failed: (?:FATAL|ERROR):? +|server login has been failing, cached error: )+/;

/** The codes that poolers give for what they say of themselves. A function that raises one of these texts has others. */
const codes = /^(?:08|XX000|58000|53200|53300)/;

/** What of an objection a pooler says of itself; null: it is the server's, or not known to be a pooler's. */
export function poolerMessage(error: {
  readonly code?: string | undefined;
  readonly message: string;
}): PoolerMessage | null {
  if (!codes.test(error.code ?? '')) return null;
  const judge = (text: string): PoolerMessage | null =>
    sayings.find(([, texts]) => texts.test(text))?.[0] ?? null;
  return judge(error.message.replace(handedOn, '')) ?? judge(error.message);
}

/** Whether it passes by itself, so that waiting helps. */
export const isPassing = (word: PoolerMessage | null): boolean =>
  word === 'full' || word === 'serverDown' || word === 'stopping';
