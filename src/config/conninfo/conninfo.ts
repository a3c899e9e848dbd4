import type { ConfigProblem } from '../../core/index.ts';
export const sslmodes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export const channelBindings = ['disable', 'prefer', 'require'] as const;
export const sessionAttrs = [
  'any',
  'read-write',
  'read-only',
  'primary',
  'standby',
  'prefer-standby',
] as const;

export type SslMode = (typeof sslmodes)[number];
export type ChannelBinding = (typeof channelBindings)[number];
type TargetSessionAttrs = (typeof sessionAttrs)[number];

/** One server to try. */
export interface Host {
  /** Where to connect: a name, an address, or a socket directory when it starts with `/`. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** The name that the certificate must have, where PGHOSTADDR took the name's place in `host`. */
  readonly serverName?: string | undefined;
}

/** A file that is named and is not there yet, or is still empty: others may be about to write it. */
export interface LateFile extends ConfigProblem {
  /** How it ends when nobody has written it in time. */
  readonly exit: 'config' | 'denied';
}

/** A password file: its text, or why it is not used and what to do about it. */
export type Passfile =
  | { readonly kind: 'read'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'unused';
      readonly name: string;
      /** Whether it may yet come. */
      readonly isLate: boolean;
      readonly message: string;
      readonly remedy: string;
    };

/** How to reach a database: libpq's parameters with libpq's meaning, files already read. */
export interface ConnInfo {
  /** At least one, in the order to try. */
  readonly hosts: readonly Host[];
  readonly user: string;
  /** What was given for all hosts; null: each host's is looked up in the password file. */
  readonly password: string | null;
  readonly passfile: Passfile | null;
  readonly database: string;
  readonly sslmode: SslMode;
  /** PEM text of the root certificates. */
  readonly ca: string | null;
  /** The system's root certificates are to be used (`sslrootcert=system`). */
  readonly systemCa: boolean;
  /** PEM text of the client's certificate. */
  readonly cert: string | null;
  /** PEM text of the client's private key. */
  readonly key: string | null;
  readonly keyPassphrase: string | null;
  /** PEM texts of the revocation lists, one each. */
  readonly crls?: readonly string[] | undefined;
  /** How messages call the files of the client's certificate and key. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** The oldest TLS version to accept, where it is above TLS 1.2. */
  readonly tlsMinVersion?: 'TLSv1.3' | undefined;
  /** The newest one, where it is below TLS 1.3. */
  readonly tlsMaxVersion?: 'TLSv1.2' | undefined;
  readonly channelBinding: ChannelBinding;
  readonly targetSessionAttrs: TargetSessionAttrs;
  /** Milliseconds for each host; null: no limit was asked for. */
  readonly connectTimeoutMs: number | null;
  /** Command-line options for the server's session (`-c name=value ...`). */
  readonly options: string | null;
  readonly applicationName: string | null;
  /** Nobody named a host or a URL: `localhost` is a guess, and the wait message says so. */
  readonly isDefaulted: boolean;
  /** The line of an .env file that names the host, such as `.env: PGHOST`: it came with the folder, not with who calls. */
  readonly hostFrom?: string | undefined;
  /** What names this server where its login is its own, such as `SLIPWAY_SHADOW_URL`: PGPASSWORD is another's. */
  readonly ownUrl?: string | undefined;
  /** Why it is of no use as it is, as long as nobody asks for it: a list of URLs, say, needs no login beside theirs. */
  readonly lacking?: ConfigProblem | undefined;
  /** Without this file nothing can be tried. */
  readonly late?: LateFile | undefined;
  /**
   * Reads it again, with the files as they are now: agents write secrets late, and renew them.
   *
   * @throws ConfigError that lists every problem found.
   */
  readonly renewed?: (() => ConnInfo) | undefined;
}

/** The same server and login, another database. */
export const atDatabase = (conn: ConnInfo, database: string): ConnInfo => ({
  ...conn,
  database,
  ...(conn.renewed && { renewed: () => atDatabase((conn.renewed as () => ConnInfo)(), database) }),
});

/** The path of a host's socket, which for `@name` is an abstract one (Linux); null where the host is reached by TCP. */
export function socketPath({ host, port }: Host): string | null {
  if (!/^[/@]/.test(host)) return null;
  return `${host.replace(/^@/, '\0')}/.s.PGSQL.${port}`;
}

/** How messages call a host: `db:5432`, `[::1]:5432`, or the path of its socket. */
export const serverOf = (host: Host): string =>
  socketPath(host)?.replace('\0', '@') ?? `${host.host}:${host.port}`;
