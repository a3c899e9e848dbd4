import type { FoundRelation, Match } from '../inspect/index.ts';
import type { LedgerRow, Resumption } from '../ledger/index.ts';
import type { Lock } from '../lockfile/index.ts';
import type { LockProblem } from '../lockfile/problems.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import type { Disagreement } from '../plan/index.ts';
import type { Snapshot } from '../schema/catalog/index.ts';
import type { Comparison, Texts } from '../schema/compare/index.ts';
import type { Effect } from './effect.ts';

/** A row as it came, judged: a ledger row, or what is wrong with it. */
export type ValidatedRow = LedgerRow | { readonly problem: string };

export type InspectedLedger =
  | { readonly kind: 'absent' }
  /** In other hands, or not of the form that Slipway makes: nothing is written to it. */
  | {
      readonly kind: 'untrusted';
      readonly problems: readonly string[];
      /** Queries that show what is wrong. */
      readonly queries: readonly string[];
      /** Statements that put it right. */
      readonly cures: readonly string[];
    }
  /** The rows of this app, oldest version first. */
  | { readonly kind: 'rows'; readonly rows: readonly ValidatedRow[] };

/** All that a repair is decided by. */
export interface Facts {
  readonly ledger: InspectedLedger;
  readonly set: MigrationSet;
  readonly lock: Lock | null;
  /** null where there is no lock to hold it against. */
  readonly snapshot: Snapshot | null;
  /** The readable text of what the lock expects; read only to explain a difference. */
  readonly texts: () => Texts;
  /** This app's relations, where there is neither a lock nor a row to judge the schema by. */
  readonly relations: readonly FoundRelation[];
}

/** What a person vouches for. */
export interface RepairOptions {
  /** Versions whose edited file says the same, or is meant to. */
  readonly acceptEdits: ReadonlySet<Version>;
  /** The version that the database is at; an empty text: none. null where nobody says. */
  readonly as: Version | '' | null;
  /** What became of the statement that was interrupted; null where nobody says. */
  readonly statement: 'done' | 'again' | null;
  readonly allowOutOfOrder: boolean;
}

/** One change of the ledger's rows. */
export type Action =
  /** Takes a file's checksum as it is now; `takenInBy` is the baseline whose row has it, null where it has its own. */
  | {
      readonly kind: 'accept';
      readonly migration: Migration;
      readonly was: string | null;
      readonly takenInBy: Version | null;
    }
  /** Marks a row that is running as done. */
  | { readonly kind: 'finish'; readonly row: LedgerRow }
  | { readonly kind: 'remove'; readonly row: LedgerRow }
  /** Notes how many statements of a file are done that is running. */
  | {
      readonly kind: 'count';
      readonly row: LedgerRow;
      readonly migration: Migration;
      readonly done: number;
    }
  /** Inserts a row, as of a version that was found there. */
  | { readonly kind: 'record'; readonly migration: Migration; readonly isVerified: boolean }
  /** Removes all rows but those of these versions; `removed` is what goes. */
  | {
      readonly kind: 'keepOnly';
      readonly versions: readonly Version[];
      readonly removed: readonly ValidatedRow[];
    };

/** One thing that is wrong. Where it has actions they put it right; where it has none it needs a person. */
export type Finding = { readonly actions: readonly Action[] } & (
  | {
      readonly kind: 'edited';
      /** The file's own, or that of the baseline which took it in. */
      readonly row: LedgerRow;
      readonly migration: Migration;
      /** `meaning`: more than comments and blank space. `unknown`: the ledger has nothing to tell by. */
      readonly extent: 'blank' | 'meaning' | 'unknown';
    }
  | {
      readonly kind: 'interrupted';
      readonly row: LedgerRow;
      readonly migration: Migration | null;
      readonly effect: Effect;
      readonly resumption: Resumption;
    }
  /** A row whose version is not in the schema. */
  | { readonly kind: 'absent'; readonly row: LedgerRow; readonly objects: readonly string[] }
  /** Rows, and nothing of the schema. */
  | { readonly kind: 'gone'; readonly rows: readonly LedgerRow[] }
  /** Versions that the schema has and the ledger does not; `isLost` where it has no row at all. */
  | {
      readonly kind: 'unrecorded';
      readonly migrations: readonly Migration[];
      readonly isLost: boolean;
    }
  /** Only data tells versions apart. `newest` is the ledger's, null where it has none. */
  | {
      readonly kind: 'unclear';
      readonly newest: Version | null;
      readonly candidates: readonly Version[];
    }
  /** The ledger is right, or might be, and the schema does not match its version. */
  | { readonly kind: 'unlike'; readonly version: Version; readonly comparison: Comparison }
  | {
      readonly kind: 'unmanaged';
      readonly found: readonly FoundRelation[];
      readonly match: Match | null;
    }
  /** What `as` brings about. */
  | {
      readonly kind: 'said';
      readonly version: Version | '';
      readonly removed: readonly LedgerRow[];
      readonly finished: readonly LedgerRow[];
      readonly recorded: readonly Migration[];
    }
  /** `as` names a version that the schema is not at. */
  | { readonly kind: 'unfit'; readonly version: Version | ''; readonly candidates: readonly Version[] }
  | {
      readonly kind: 'disagreement';
      readonly disagreement: Disagreement;
      /** The version to say with `as` where that decides it as well; null: there is none. */
      readonly knownVersion: Version | null;
    }
  | {
      readonly kind: 'contradictory';
      readonly problems: readonly string[];
      /** The versions that the schema may be at; null where the database is newer than the files. */
      readonly candidates: readonly Version[] | null;
    }
  | {
      readonly kind: 'untrusted';
      readonly problems: readonly string[];
      readonly queries: readonly string[];
      readonly cures: readonly string[];
    }
  | { readonly kind: 'lock'; readonly problem: LockProblem }
);
