import type pg from 'pg';
import type { ExitName, LockLimit } from '../core/index.ts';
import type { Inspection } from '../inspect/index.ts';
import type { LedgerWrite } from '../ledger/write.ts';
import type { Version } from '../migrations/index.ts';
import type { Script } from '../sql/index.ts';
import type { OwnStatement } from './batch.ts';
import type { Body } from './body.ts';
import type { Run } from './run.ts';

/** Holds what a body has made against what it had to make, before it is kept. */
export interface Proof {
  /**
   * What to ask once the body has run and its deferred triggers have, one statement each, made anew for each try. It
   * is asked in our own role, names and settings.
   */
  readonly query: () => readonly OwnStatement[];
  /**
   * Judges the answer.
   *
   * @param exit of the failure: 65 inside of a transaction, which is rolled back then; 84 where there was none.
   * @param answer what came of each statement of the question; null where there was no transaction to ask it in.
   * @throws SlipwayError where the body made something else.
   */
  readonly hold: (run: Run, exit: ExitName, answer: readonly pg.QueryResult[] | null) => Promise<void>;
}

/** A body to be run under the app's lock. */
export interface Task {
  /** For the log and messages: what is under way, e.g. `2 of 4: 20251204093000_add_fee_tier`. */
  readonly title: string;
  readonly script: Script;
  readonly body: Body;
  /** The most that it may lock of what this run did not make, where its file allows no more; null: everything. */
  readonly limit: LockLimit | null;
  readonly isStillRight: (inspection: Inspection) => boolean;
  /** Called when the lock is held and the body is about to run; at each try. */
  readonly begin: () => void;
}

/** A body with the ledger's statements around it. */
export interface Work extends Task {
  /** Whose row in the ledger the bracket closes. */
  readonly version: Version;
  readonly ledgerWrite: LedgerWrite;
  /** Null where nothing says what the body has to make. */
  readonly proof: Proof | null;
  /** The ledger's statement that so many of the body's statements are done, and whether the next one is begun. */
  readonly reach: (done: number, isBegun: boolean) => string;
  /** The ledger's statement for when the server refused a body that ran outside of a transaction. */
  readonly revert: string;
}
