import type { TakenIn, Version } from '../migrations/index.ts';
/** How far a file is that is repeated. */
export interface Repeated {
  /** How many batches are committed that touched rows. */
  readonly batches: number;
  /** How many rows they touched. */
  readonly rows: number;
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
  /** Of a file that is repeated: how far it is; absent of any other. */
  readonly repeated?: Repeated;
  /** Of a baseline: what it took in; null where the ledger does not say, and of a migration. */
  readonly takenIn: TakenIn | null;
  /** Of a no-transaction file that is running: how many of its statements are done; absent where that is not counted. */
  readonly steps?: StatementProgress;
}

/** How far a no-transaction file has come, whose statements are done one after the other. */
export interface StatementProgress {
  /** How many statements the file had. */
  readonly of: number;
  /** How many of them are done, from the first on. */
  readonly done: number;
  /** The number of the one that was begun and may not be done; null: none is under way. */
  readonly begun: number | null;
  /** As `digestOfFirst` of the statements up to `begun`, or else up to `done`. */
  readonly digest: string;
  /** It is the file that undoes the version. */
  readonly undoing?: true;
}

/** What is known of a row that nobody has read: what is recorded for people alone is left empty. */
type Known = Pick<LedgerRow, 'version' | 'kind' | 'origin' | 'checksum'> & Partial<LedgerRow>;

/** The row of a version that is done, as far as anything is decided by it. */
export const decidingRow = (known: Known): LedgerRow => ({
  state: 'done',
  name: '',
  tokens: null,
  startedAt: '',
  finishedAt: null,
  durationMs: null,
  appliedBy: '',
  slipway: '',
  accepted: {},
  takenIn: null,
  ...known,
});
