import type { ConnInfo } from '../config/index.ts';
import type { Backoff, Container, ExitName } from '../core/index.ts';

/**
 * How long a reason is put up with: until the wait deadline; for 10 s, because operators create roles and databases
 * late; or not at all.
 */
export type RetryPolicy = 'deadline' | 'grace' | 'none';

/** What is said of a failure, and how long it is put up with. */
export interface Rule {
  readonly key: string;
  readonly retryPolicy: RetryPolicy;
  /** Brisk, where it does not say otherwise. */
  readonly backoff?: Backoff;
  readonly exit: ExitName;
  readonly text: (at: Subject) => string;
  readonly remedy: (at: Subject) => string;
}

/** What a rule may name. */
export interface Subject {
  readonly conn: ConnInfo;
  readonly server: string;
  readonly host: string;
  /** By which a certificate has to know it. */
  readonly name: string;
  readonly message: string;
  readonly code: string;
  /** What the program runs in; null: the machine itself. */
  readonly container: Container | null;
}
