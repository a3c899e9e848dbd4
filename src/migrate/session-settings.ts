import { literal, type Session } from '../postgres/index.ts';
/** Until when a setting holds: the end of the transaction, or of the session. */
export type Scope = 'LOCAL' | 'SESSION';

/** Settings by name. */
type Settings = Readonly<Record<string, string>>;

/**
 * An expression that sets all of them, as short as can be: pg_stat_activity shows the first kilobyte of a message, which
 * is to have the migration in it.
 */
const assignments = (settings: Settings, scope: Scope): string =>
  `(SELECT pg_catalog.count(pg_catalog.set_config(n, v, ${scope === 'LOCAL'})) FROM (VALUES ${Object.entries(
    settings,
  )
    .map(([name, value]) => `(${literal(name)}, ${literal(value)})`)
    .join(', ')}) AS s(n, v))`;

/** Sets all of them in one statement: the server takes as long for it as for two of SET. */
export const setting = (settings: Settings, scope: Scope): string => `SELECT ${assignments(settings, scope)}`;

/**
 * What a session of ours sets before it does anything, after RESET ALL, in one statement: the name by which it is
 * found, also behind a pooler, which has its own; no limit to a transaction, which servers have from 17 on (PostgreSQL
 * docs 20.11.1); how soon the server notices that we are gone; a tablespace in which tables can be made; and what else
 * is wanted.
 */
export function sessionSettings(session: Session, scope: Scope, others: Settings = {}): string {
  const major = majorOf(session);
  const settings = {
    application_name: session.greeting.applicationName,
    ...unlimited(session),
    ...others,
  };
  return `${setting(settings, scope)}, ${noticesLoss(major, scope)}, ${usableTablespace(scope)}`;
}

/** Where a role's tables are made is its own affair, but nobody can make one in pg_global (PostgreSQL docs 23.6). */
const usableTablespace = (scope: Scope): string =>
  `CASE WHEN pg_catalog.current_setting('default_tablespace') OPERATOR(pg_catalog.=) 'pg_global' THEN pg_catalog.set_config('default_tablespace', '', ${scope === 'LOCAL'}) END`;

const majorOf = ({ greeting }: Session): number => Number.parseInt(greeting.version, 10);

/** No limit to a transaction, where the server has one. */
export const unlimited = (session: Session): Settings =>
  majorOf(session) >= 17 ? { transaction_timeout: '0' } : {};

/** A client that is not heard of is given up after 10 s: nothing of it may keep the lock for longer. */
const whenLost: Settings = {
  tcp_keepalives_idle: '4s',
  tcp_keepalives_interval: '2s',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '10s',
};

/**
 * Idle servers notice by keepalives, busy ones from 14 on because they inspect the connection while they work
 * (PostgreSQL docs 20.3.2). Not every system can do the latter, and it is an error to ask for it there: Linux can.
 */
function noticesLoss(major: number, scope: Scope): string {
  const settings = { ...whenLost, ...(major >= 14 ? { client_connection_check_interval: '1s' } : {}) };
  return `CASE WHEN pg_catalog.version() OPERATOR(pg_catalog.~) 'linux' THEN ${assignments(settings, scope)} END`;
}
