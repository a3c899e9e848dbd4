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
export type TargetSessionAttrs = (typeof sessionAttrs)[number];

/** One server to try. */
export interface Host {
  /** Where to connect: a name, an address, or a socket directory when it starts with `/`. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** The name that the certificate must carry, where PGHOSTADDR took the name's place in `host`. */
  readonly serverName?: string | undefined;
}

/** How to reach a database: libpq's parameters with libpq's meaning, files already read. */
export interface ConnInfo {
  /** At least one, in the order to try. */
  readonly hosts: readonly Host[];
  readonly user: string;
  readonly password: string | null;
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
  /** The oldest TLS version to accept, where it is above TLS 1.2. */
  readonly tlsMinVersion?: 'TLSv1.3' | undefined;
  readonly channelBinding: ChannelBinding;
  readonly targetSessionAttrs: TargetSessionAttrs;
  /** Milliseconds for each host; null: no limit was asked for. */
  readonly connectTimeoutMs: number | null;
  /** Command-line options for the server's session (`-c name=value ...`). */
  readonly options: string | null;
  readonly applicationName: string | null;
  /** Nobody named a host or a URL: `localhost` is a guess, and the wait message says so. */
  readonly isDefaulted: boolean;
}
