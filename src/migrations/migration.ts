import type { Script } from '../sql/index.ts';
/**
 * 14 digits, UTC `yyyymmddhhmmss`; sorts as text.
 *
 * @pattern ^\d{14}$
 */
export type Version = string;

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

/** A version that the baseline took in, and the image version that last contained its file. */
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

/** All that the image contains. */
export interface MigrationSet {
  readonly baseline: Migration | null;
  /** Sorted by version. */
  readonly migrations: readonly Migration[];
  readonly superseded: readonly Superseded[];
  /** The newest version that it brings a database to. */
  readonly head: Version;
}
