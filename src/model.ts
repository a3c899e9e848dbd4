import type { Comparison } from './diff.ts';
import type { Text } from './files/text.ts';

/** 14 digits, UTC `yyyymmddhhmmss`; sorts as text. */
export type Version = string;

/** A file as it is judged: UTF-8 without BOM, line ends as LF. */
export interface Source {
  /** As the person would type it, relative to the working directory. */
  readonly path: string;
  readonly text: Text;
  /** SHA-256 of `text`, hexadecimal. */
  readonly checksum: string;
}

/** What the first comment lines of a file ask for (`-- slipway: ...`). */
export interface Directives {
  readonly noTransaction: boolean;
  /** Milliseconds; null where the file does not say. */
  readonly lockTimeoutMs: number | null;
  readonly irreversible: boolean;
  /** The file is to hold no statement. */
  readonly isEmpty?: true;
}

export interface Script {
  readonly format: 'sql' | 'module';
  readonly source: Source;
  readonly directives: Directives;
}

export interface Migration extends Script {
  readonly kind: 'baseline' | 'migration';
  readonly version: Version;
  /** The part of the file name after the version; `baseline` for the baseline. */
  readonly name: string;
  /** How to undo it; a module may bring its own `down`, which is only known once it is loaded. */
  readonly down: Script | null;
  /** Of a baseline: what it took in; absent where nobody knows. */
  readonly takenIn?: TakenIn;
}

/** A version that the baseline took in, and the image version that last carried its file. */
export interface Superseded {
  readonly version: Version;
  readonly carriedBy: string;
  /** Of the migration, as it was taken in; absent where there was none, or an older Slipway wrote the lock. */
  readonly checksum?: string | undefined;
  /** Of the baseline that had this version, likewise. */
  readonly baseline?: string | undefined;
}

/** By version, how the checksums of the files begin that a baseline took in; absent where they are not known. */
export type TakenIn = Readonly<
  Record<Version, { readonly migration?: string | undefined; readonly baseline?: string | undefined }>
>;

/** All that the image carries. */
export interface MigrationSet {
  readonly baseline: Migration | null;
  /** Sorted by version. */
  readonly migrations: readonly Migration[];
  readonly superseded: readonly Superseded[];
  /** The newest version that it brings a database to. */
  readonly head: Version;
}

/** One row of the ledger. */
export interface LedgerRow {
  readonly version: Version;
  readonly name: string;
  readonly kind: 'baseline' | 'migration';
  readonly origin: 'applied' | 'adopted';
  readonly state: 'running' | 'done';
  readonly checksum: string | null;
  /** As `tokenDigest` makes it; null where it is not known. */
  readonly tokens: string | null;
  /** ISO 8601, server's clock. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  /** The role that ran it. */
  readonly appliedBy: string;
  /** Version of Slipway that ran it. */
  readonly slipway: string;
  /** What was accepted as different when it was adopted: object -> hash of what is there, null where nothing is. */
  readonly accepted: Readonly<Record<string, string | null>>;
  /** Objects that an older Slipway accepted as different, by hashes that cannot be compared with those of now. */
  readonly outdated?: readonly string[];
  /** Of a baseline: what it took in; null where the ledger does not say, and of a migration. */
  readonly takenIn: TakenIn | null;
}

/**
 * How an unmanaged database compares with the versions that the lock knows. What still differs where it matches
 * stands in no one's way: what is extra and decides nothing, the order of columns, an extension's version.
 */
export type Match =
  | { readonly kind: 'one'; readonly version: Version; readonly comparison: Comparison }
  /** Only data lies between them. */
  | { readonly kind: 'several'; readonly versions: readonly Version[]; readonly comparison: Comparison }
  | { readonly kind: 'none'; readonly closest: Version; readonly comparison: Comparison };

/** A user's relation that stands in the database. */
export interface FoundRelation {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view' | 'sequence' | 'foreign table';
}

/** What a database is, as seen from one app. */
export type DatabaseState =
  | { readonly kind: 'empty'; readonly found: readonly FoundRelation[] }
  | {
      readonly kind: 'unmanaged';
      readonly found: readonly FoundRelation[];
      /** null where there is no lock to compare with. */
      readonly match: Match | null;
    }
  | {
      readonly kind: 'managed';
      readonly rows: readonly LedgerRow[];
      /** The schema, held against what the lock says of the newest version; null where it was not. */
      readonly comparison: Comparison | null;
    }
  /** `cures`: the SQL that puts it right. */
  | { readonly kind: 'corrupt'; readonly problems: readonly string[]; readonly cures: readonly string[] }
  | { readonly kind: 'newer'; readonly format: number };

/** One thing that files and ledger disagree about. */
export interface Disagreement {
  readonly kind:
    | 'edited'
    | 'missing'
    | 'outOfOrder'
    | 'belowBaseline'
    | 'behindBaseline'
    | 'notTakenIn'
    /** A database that was left behind still needs it, and it is not what the baseline took in. */
    | 'editedSuperseded';
  readonly version: Version;
  readonly name: string;
  /** The file, where there is one. */
  readonly path: string | null;
  /** For `behindBaseline`: the image version that still carries the file, where the lock names it. */
  readonly carriedBy?: string | undefined;
  /** The baseline that the database began with, where it is held against what that took in. */
  readonly start?: Version | undefined;
}

export interface Step {
  /** `resume`: the ledger says that it was begun, and it can be finished safely. */
  readonly kind: 'apply' | 'resume';
  readonly migration: Migration;
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
      /** Versions in the ledger that this image does not carry. */
      readonly ahead: readonly Version[];
      /**
       * The baseline that the database began with, where it is newer than files of this image and the ledger does not
       * say that it took them in.
       */
      readonly newerBaseline: Version | null;
    }
  /** The schema is that of a version: record it, then look again. */
  | { readonly kind: 'adopt'; readonly version: Version; readonly steps: readonly Step[] }
  | { readonly kind: 'run'; readonly from: Version | null; readonly steps: readonly Step[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
