import { literal, type Session } from '../connection/session.ts';

/** Until when a setting holds: the end of the transaction, or of the session. */
export type Scope = 'LOCAL' | 'SESSION';

/**
 * One statement each, what a session of ours sets before it does anything, after RESET ALL: the name by which it is found, also behind a
 * pooler, which has its own; no limit to a transaction, which servers have from 17 on (PostgreSQL docs 20.11.1); and
 * how soon the server notices that we are gone.
 */
export function sessionSettings(session: Session, scope: Scope): string[] {
  const major = Number.parseInt(session.greeting.version, 10);
  return [
    `SET ${scope} application_name = ${literal(session.greeting.applicationName)}`,
    ...(major >= 17 ? [`SET ${scope} transaction_timeout = 0`] : []),
    noticesLoss(major, scope),
  ];
}

/** A client that is not heard of is given up after 10 s: nothing of it may keep the lock for longer. */
const whenLost: Readonly<Record<string, string>> = {
  tcp_keepalives_idle: '4s',
  tcp_keepalives_interval: '2s',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '10s',
};

/**
 * Idle servers notice by keepalives, busy ones from 14 on because they look at the connection while they work
 * (PostgreSQL docs 20.3.2). Not every system can do the latter, and it is an error to ask for it there: Linux can.
 */
function noticesLoss(major: number, scope: Scope): string {
  const settings = Object.entries({
    ...whenLost,
    ...(major >= 14 ? { client_connection_check_interval: '1s' } : {}),
  }).map(
    ([name, value]) => `pg_catalog.set_config(${literal(name)}, ${literal(value)}, ${scope === 'LOCAL'})`,
  );
  return `SELECT CASE WHEN pg_catalog.version() OPERATOR(pg_catalog.~) 'linux' THEN ARRAY[${settings.join(', ')}] END`;
}
