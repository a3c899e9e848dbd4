import { type ConnInfo, type Host, serverOf } from '../config/index.ts';
import type { ConnectionFailure } from './failure.ts';
import type { Session } from './session.ts';

/** Of PostgreSQL: what is asked of the catalogs, `pg_database_owner` for one, is there from this major on. */
export const oldestMajor = 14;

/** Why a server is too old, by the version that it reports; null: it is not. */
export function tooOld(host: Host, { greeting }: Session): ConnectionFailure | null {
  const [reported] = /^\d+(?:\.\d+)*/.exec(greeting.version) ?? [];
  if (reported === undefined || Number.parseInt(reported, 10) >= oldestMajor) return null;
  const server = serverOf(host);
  return {
    key: `old ${server}`,
    text: `${server} is PostgreSQL ${reported}, and Slipway needs ${oldestMajor} or later`,
    retryPolicy: 'none',
    backoff: 'brisk',
    exit: 'config',
    remedy: 'Upgrade that server, or name another one (PGHOST, DATABASE_URL). Nothing was touched.',
  };
}

/** Why a session that was had will not do (libpq's target_session_attrs, PostgreSQL docs 34.1.2); null: it will. */
export function unfitness(
  conn: ConnInfo,
  host: Host,
  { greeting }: Session,
  needsPrimary: boolean,
): ConnectionFailure | null {
  const { isStandby, isReadOnly } = greeting;
  const server = `${host.host}:${host.port}`;
  const wants = conn.targetSessionAttrs;
  if (isStandby && (needsPrimary || wants === 'primary' || wants === 'read-write')) {
    return {
      key: `standby ${server}`,
      text: `${server} is a standby (in recovery): it cannot be written to`,
      retryPolicy: 'deadline',
      backoff: 'brisk',
      exit: 'temporary',
      remedy: 'Name the primary, or all hosts (PGHOST=a,b); Slipway waits for a promotion.',
    };
  }
  if (isReadOnly && !isStandby && (needsPrimary || wants === 'read-write')) {
    return {
      ...readOnly(greeting),
      key: `readOnly ${server}`,
      retryPolicy: wants === 'read-write' && conn.hosts.length > 1 ? 'deadline' : 'none',
      backoff: 'brisk',
    };
  }
  if (
    !isStandby &&
    (wants === 'standby' || wants === 'prefer-standby' || (wants === 'read-only' && !isReadOnly))
  ) {
    return {
      key: `primary ${server}`,
      text: `${server} is a primary, and target_session_attrs=${wants}`,
      retryPolicy: 'deadline',
      backoff: 'brisk',
      exit: 'temporary',
      remedy: 'Name a standby, or set target_session_attrs=any.',
    };
  }
  return null;
}

/** What is said of a session that may not write: default_transaction_read_only. */
export const readOnly = ({
  host,
  user,
  database,
}: Session['greeting']): Pick<ConnectionFailure, 'text' | 'exit' | 'remedy'> => ({
  exit: 'config',
  text: `${host.host}:${host.port}: role "${user}" is read-only in database "${database}" (default_transaction_read_only)`,
  remedy: `Use a role that may write, or: ALTER ROLE "${user}" RESET default_transaction_read_only; it may also be set on the database or the server.`,
});
