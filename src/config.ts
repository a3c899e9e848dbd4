import type { ConnInfo } from './conninfo.ts';

/** All that configuration is read from; nothing else is looked at. */
export interface ConfigInput {
  /** The parsed command line, keys as in `settings`' `flag`, without dashes. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file's text; null when there is no such file; throws the error of `node:fs` otherwise. */
  readonly readFile: (path: string) => string | null;
  /** Name and home directory of the operating system's user. */
  readonly user: { readonly name: string | null; readonly home: string | null };
  /** Whether stderr is a terminal. */
  readonly isTerminal: boolean;
}

export interface Config {
  readonly connection: ConnInfo;
  /** An unpooled connection, for what cannot go through a pooler. */
  readonly direct: ConnInfo | null;
  /** The server where `check` and `squash` make their temporary database. */
  readonly shadow: ConnInfo | null;
  readonly migrations: string;
  readonly baseline: string;
  readonly lockfile: string;
  /** null: the name in the lock, else `default`. */
  readonly app: string | null;
  /** The ledger's schema. */
  readonly schema: string;
  /** 0: do not wait. */
  readonly waitTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** null: no deadline. */
  readonly runTimeoutMs: number | null;
  readonly ddlLockTimeoutMs: number;
  readonly statementTimeoutMs: number | null;
  readonly onDrift: 'fail' | 'warn' | 'ignore';
  readonly onAhead: 'fail' | 'warn';
  readonly adopt: 'match' | 'never';
  readonly allowOutOfOrder: boolean;
  /** The role for `SET ROLE` before any DDL. */
  readonly role: string | null;
  /** Roles that get USAGE and SELECT on the ledger. */
  readonly readers: readonly string[];
  readonly createDatabase: boolean;
  /** `x` -> value, of `SLIPWAY_VAR_x`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly logFormat: 'json' | 'pretty';
}
