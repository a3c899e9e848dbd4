import type { FoundRelation, Match } from '../inspect/index.ts';
import type { LedgerRow, Repeated, StatementProgress } from '../ledger/index.ts';
import type { Migration, Version } from '../migrations/index.ts';
import type { Comparison } from '../schema/compare/index.ts';
/** One thing that files and ledger disagree about. */
export interface Disagreement {
  readonly kind:
    | 'edited'
    | 'missing'
    | 'outOfOrder'
    | 'belowBaseline'
    | 'behindBaseline'
    | 'notTakenIn'
    /** A database that lags still needs it, and it is not what the baseline took in. */
    | 'editedSuperseded';
  readonly version: Version;
  readonly name: string;
  /** The file, where there is one. */
  readonly path: string | null;
  /** For `behindBaseline`: the image version that still has the file, where the lock names it. */
  readonly carriedBy?: string | undefined;
  /** The baseline that the database began with, where it is held against what that took in. */
  readonly start?: Version | undefined;
  /** Of `edited`: how far the file is, where it is repeated and not finished. */
  readonly repeated?: Repeated | undefined;
}

export interface Step {
  /** `resume`: the ledger says that it was begun, and it can be finished safely. */
  readonly kind: 'apply' | 'resume';
  readonly migration: Migration;
  /** With `resume`: how many of its statements are done; absent where that is not counted. */
  readonly steps?: StatementProgress;
}

export type Refusal =
  | { readonly kind: 'unmanaged'; readonly found: readonly FoundRelation[]; readonly match: Match | null }
  | {
      readonly kind: 'drift';
      readonly version: Version;
      readonly comparison: Comparison;
      /** What of it an older Slipway accepted as different; absent where nothing is. */
      readonly outdated?: readonly string[];
    }
  | { readonly kind: 'corrupt'; readonly problems: readonly string[]; readonly cures: readonly string[] }
  | { readonly kind: 'newerLedger'; readonly format: number }
  | {
      readonly kind: 'disagree';
      readonly disagreements: readonly Disagreement[];
      /** Whether this image knows not one of the versions in the ledger, as where they are another application's. */
      readonly isStranger: boolean;
    }
  | {
      readonly kind: 'ahead';
      readonly head: Version;
      readonly versions: readonly Version[];
      /** As in `upToDate`. */
      readonly newerBaseline: Version | null;
    }
  | { readonly kind: 'interrupted'; readonly row: LedgerRow; readonly migration: Migration | null }
  | { readonly kind: 'droppingBaseline'; readonly found: readonly FoundRelation[] };

/** What `up` will do. To refuse is a plan, not an exception. */
export type Plan =
  | {
      readonly kind: 'upToDate';
      readonly version: Version | null;
      /** Versions in the ledger that this image does not contain. */
      readonly ahead: readonly Version[];
      /**
       * The baseline that the database began with, where it is newer than files of this image and the ledger does not
       * say that it took them in.
       */
      readonly newerBaseline: Version | null;
    }
  /** The schema matches a version: record it, then inspect again. */
  | { readonly kind: 'adopt'; readonly version: Version; readonly steps: readonly Step[] }
  | {
      readonly kind: 'run';
      readonly from: Version | null;
      readonly steps: readonly Step[];
      /** How far the first step is, where it is repeated and has begun. */
      readonly repeated?: Repeated;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
