import { ownSettings } from './own-settings.ts';
import type { Setting } from './setting.ts';

function plain(
  variable: string,
  fallback: string,
  summary: string,
  [flag, placeholder]: readonly [flag: string, placeholder: string] | readonly [null, null] = [null, null],
): Setting {
  return { variable, flag, placeholder, fallback, summary, isSecret: false };
}

function secret(variable: string, fallback: string, summary: string): Setting {
  return { variable, flag: null, placeholder: null, fallback, summary, isSecret: true };
}

/** How the database is reached: libpq's variables with libpq's meaning, and the URLs. */
export const connectionSettings: readonly Setting[] = [
  secret(
    'DATABASE_URL',
    '',
    'postgresql://user:password@host:port/database?parameter=value, or key=value pairs; wins over PG*',
  ),
  plain('PGHOST', 'localhost', 'host name, address or socket directory; several by comma', [
    '--host',
    'HOST',
  ]),
  plain('PGHOSTADDR', '', 'address to connect to, in place of resolving PGHOST'),
  plain('PGPORT', '5432', 'port; several by comma', ['--port', 'PORT']),
  plain('PGUSER', "the operating system's user", 'role to connect as', ['--username', 'USER']),
  secret('PGPASSWORD', '', 'its password'),
  plain('PGPASSFILE', '~/.pgpass', 'password file (mode 0600), read when no password is given'),
  plain('PGDATABASE', 'the user', 'database to connect to', ['--dbname', 'NAME']),
  plain('PGSSLMODE', 'prefer', 'disable, allow, prefer, require, verify-ca or verify-full'),
  plain('PGSSLROOTCERT', '~/.postgresql/root.crt', 'root certificates (PEM), or `system`'),
  plain('PGSSLCERT', '~/.postgresql/postgresql.crt', "the client's certificate (PEM)"),
  plain('PGSSLKEY', '~/.postgresql/postgresql.key', "the client's private key (PEM)"),
  plain('PGSSLCRL', '~/.postgresql/root.crl', 'revocation lists (PEM)'),
  plain('PGSSLMINPROTOCOLVERSION', 'TLSv1.2', 'oldest TLS version to accept'),
  plain('PGSSLMAXPROTOCOLVERSION', 'TLSv1.3', 'newest TLS version to accept'),
  plain('PGCHANNELBINDING', 'prefer', 'disable, prefer or require'),
  plain('PGTARGETSESSIONATTRS', 'any', 'any, read-write, read-only, primary, standby or prefer-standby'),
  plain('PGCONNECT_TIMEOUT', '5', 'seconds that one attempt at a host may take; 0: as if it were not set'),
  plain('PGOPTIONS', '', "options for the server's session, such as `-c name=value`"),
  plain('PGAPPNAME', '', 'application_name of the session'),
  secret(
    'SLIPWAY_DIRECT_URL',
    '',
    'unpooled connection, for what cannot go through a pooler; what it leaves out is as in DATABASE_URL',
  ),
  secret(
    'SLIPWAY_SHADOW_URL',
    'the embedded PostgreSQL where installed',
    'server where commands that build the schema make a temporary database; same: that of the database itself',
  ),
  plain('ENVIRONMENT', '', 'names the file .env.<ENVIRONMENT>, which wins over .env'),
];

/** Every setting except the open family `SLIPWAY_VAR_x`. */
export const settings: readonly Setting[] = [...connectionSettings, ...Object.values(ownSettings)];
