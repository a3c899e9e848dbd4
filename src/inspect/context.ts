import type { Config } from '../config/index.ts';
import type { Deadline } from '../core/index.ts';
import type { LedgerName } from '../ledger/index.ts';
import type { Lock } from '../lockfile/index.ts';
import type { Log } from '../log/index.ts';
import type { Session } from '../postgres/index.ts';
import type { InspectOptions } from './inspection.ts';

/** The session of whoever asks, and how it is had again after a loss. */
export interface SessionContext {
  /** The one connection; another one after a loss. */
  readonly session: Session;
  /** How long the server is waited for from now; milliseconds. */
  waitMs(): number;
  /** Waits for the server again after a loss, until it has answered a query; `waitMs` long if not told otherwise. */
  reconnect(deadline?: Deadline): Promise<void>;
}

/** What an inspection needs of whoever asks for it. */
export interface InspectContext extends SessionContext {
  readonly config: Pick<Config, 'role' | 'onDrift'>;
  /** What the schema must be at every version; null where there is no lock file. */
  readonly lock: Lock | null;
  readonly ledger: LedgerName;
  readonly log: Log;
  /** Aborted by SIGTERM, SIGINT, SIGHUP or the run deadline; its reason is the SlipwayError to end with. */
  readonly signal: AbortSignal;
  readonly inspectOptions: InspectOptions;
  /** The server has forgotten what the session had prepared: it is to be prepared again. */
  forgetPrepared(): void;
}
