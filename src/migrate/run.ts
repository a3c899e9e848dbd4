import type { Config } from '../config/index.ts';
import type { InspectContext } from '../inspect/index.ts';
import type { Author } from '../ledger/write.ts';
import type { LateLock } from '../lockfile/index.ts';
import type { MigrationSet } from '../migrations/index.ts';
import type { PlanOptions } from '../plan/index.ts';
import type { Session } from '../postgres/index.ts';
import type { BodyRunner } from './body.ts';
import type { Memory } from './memory.ts';

/** What one run of a command works with. */
export interface Run extends InspectContext {
  readonly config: Config;
  /** What the image contains; read when it is first asked for, and then SlipwayError (65, 66) may be thrown. */
  readonly set: MigrationSet;
  /** TimeZone of its first session, as role, database or server set it; null where the server does not report it. */
  readonly zone: string | null;
  readonly memory: Memory;
  /** Null where there is no lock file, where it is not read late, and where a shadow is made. */
  readonly lateLock: LateLock | null;
  readonly author: Author;
  readonly planOptions: PlanOptions;
  /** Runs a body, where something else does than `runBody`: a shadow measures each statement. */
  readonly bodyRunner?: BodyRunner | undefined;
  /** One more connection to the same server, for looking on while the first is busy. */
  open(target: 'same' | 'direct'): Promise<Session>;
  /** As `open`, in one try and without a word: for what is a courtesy. */
  openQuietly(): Promise<Session>;
}

/** What became of one attempt at a step. */
export type StepResult =
  | { readonly kind: 'done'; readonly ms: number }
  /** Another run holds the lock. */
  | { readonly kind: 'busy' }
  /** Under the lock the plan was no longer the same: inspect again. */
  | { readonly kind: 'changed' };
