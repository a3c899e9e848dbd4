import { passwordFor } from '../config/conninfo/passfile.ts';
import { type ConnInfo, type Host, serverOf } from '../config/index.ts';
import { Withheld } from './withheld.ts';

/** How a server asks for a password. */
export type AuthRequest =
  | { readonly kind: 'none' }
  | { readonly kind: 'cleartext' | 'md5' | 'sasl'; readonly mechanisms: readonly string[] };

/** The driver's event -> how the server asks. */
export const authRequests = [
  ['authenticationCleartextPassword', 'cleartext'],
  ['authenticationMD5Password', 'md5'],
  ['authenticationSASL', 'sasl'],
] as const;

const plus = 'SCRAM-SHA-256-PLUS';

/**
 * The only place that gives the password away: it inspects who asks, and how.
 *
 * @param isPrivate whether nobody can listen: the connection is encrypted, or a socket of this machine.
 * @throws Withheld (77, 78) where there is none, or the server must not have it.
 */
export async function releasePassword(
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

/** @throws Withheld (78) where the connection is to be bound to its channel, and the server asks in another way. */
export function assertBound(conn: ConnInfo, asked: AuthRequest): void {
  if (conn.channelBinding !== 'require') return;
  if (asked.kind === 'sasl' && asked.mechanisms.includes(plus)) return;
  throw new Withheld({
    exit: 'config',
    message: 'channel_binding=require, but the server does not offer SCRAM-SHA-256-PLUS',
    remedy: 'It needs TLS and a scram-sha-256 password on the server; or set channel_binding=prefer.',
  });
}
