import type { Host } from '../config/index.ts';

/** What the server said of itself while the session was set up. */
export interface Greeting {
  readonly host: Host;
  readonly database: string;
  readonly user: string;
  /** What pg_stat_activity shows of the session. */
  readonly applicationName: string;
  readonly tls: boolean;
  /** `server_version`, e.g. `18.4`. */
  readonly version: string;
  /** `in_hot_standby` (PostgreSQL docs 55.2.7): a standby cannot be written to. */
  readonly isStandby: boolean;
  /** `default_transaction_read_only`: set for the role, the database or the server. */
  readonly isReadOnly: boolean;
}
