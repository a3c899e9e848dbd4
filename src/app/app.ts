import type { Config, ConnInfo } from '../config/index.ts';
import type { Log } from '../log/index.ts';
import type { Progress } from './progress.ts';

/** What every use case is handed by the program that it runs in. */
export interface App {
  /** The command's name, by which the server shows its sessions. */
  readonly name: string;
  readonly config: Config;
  readonly log: Log;
  /** Aborted by SIGTERM, SIGINT, SIGHUP or a deadline; its reason is the error to end with. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** An app whose command says more than its settings: `Flags` are the options that a use case reads from it. */
export interface Request<Flags extends object = object> extends App {
  /** By their names without dashes. */
  readonly flags: Flags;
  /** Asks the person who sits at the terminal a question of yes or no; null where nobody does. */
  readonly ask: ((question: string) => Promise<boolean>) | null;
  /**
   * Reads a connection string that stands on the command line as `name`; libpq's files are read for what it leaves out.
   *
   * @throws ConfigError (78) that lists every problem; no message holds a secret.
   */
  connectionOf(name: string, text: string): ConnInfo;
}
