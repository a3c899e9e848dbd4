/** An event of the log, with the fields that docs/events.md lists. */
export interface SlipwayEvent {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  /** The same in words. */
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** All that a call takes: neither the environment nor a file of settings is read. */
export interface SlipwayOptions {
  /** How the database is reached: `postgresql://user:password@host:port/database`, or key=value pairs as libpq has them. */
  readonly url: string;
  /** The project's folder, which paths in the settings are relative to; the folder of the process without it. */
  readonly folder?: string | undefined;
  /**
   * Settings by the names of their variables, as docs/configuration.md lists them:
   * `{ SLIPWAY_ON_DRIFT: 'warn', PGSSLMODE: 'verify-full', SLIPWAY_VAR_app_role: 'app' }`.
   */
  readonly settings?: Readonly<Record<string, string | undefined>> | undefined;
  /** Ends the call: what was running is rolled back, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Is told what happens, as it happens; nothing is written anywhere. Where it throws or rejects, the call is ended, and
   * rejects with that error.
   */
  readonly onEvent?: ((event: SlipwayEvent) => void | Promise<void>) | undefined;
}
