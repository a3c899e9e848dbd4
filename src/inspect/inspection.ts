import type { CachedLedger, KeptFingerprint, LedgerName } from '../ledger/index.ts';
import type { LateLock, Lock } from '../lockfile/index.ts';
import type { MigrationSet } from '../migrations/index.ts';
import type { Session } from '../postgres/index.ts';
import type { Texts } from '../schema/compare/index.ts';
import type { DatabaseState } from './state.ts';

export interface InspectOptions {
  readonly ledger: LedgerName;
  /** Whether the ledger must be in trusted hands: asked by whoever is going to write to it. */
  readonly isWriter: boolean;
  /** Whether the current role is trusted with the ledger: it is not where it asks for what depends on the schema. */
  readonly isSelfTrusted: boolean;
  /** The role that reads and writes; null: the one that logged in. */
  readonly role: string | null;
  /** The roles that are to read the ledger, where this run can grant it. */
  readonly readers: readonly string[];
  readonly lock: Lock | null;
  /** The readable text of what the lock expects; read only to explain a difference. */
  readonly texts: () => Texts;
  /** Whether a managed database's schema is held against the lock. */
  readonly withDrift: boolean;
  /** What the catalog's fingerprint is used for; null: for nothing, the schema is read. */
  readonly fingerprint: FingerprintUse | null;
  /** A query as it is to be sent in that session. */
  readonly shortest: (session: Session, query: string) => string;
  /** Relations that make no database somebody's, by `relationKey`: what a platform owns. */
  readonly passedOver: ReadonlySet<string>;
  /** The relations that the image's files create by name; asked only where another app shares the database. */
  readonly ownRelations: () => readonly { readonly schema: string | null; readonly name: string }[];
}

export interface FingerprintUse {
  /** The lock file, of which all is read only where the fingerprint is not believed. */
  readonly lock: LateLock;
  /** Whether the schema need not be read where the fingerprint is the one that the ledger keeps. */
  readonly isBelieved: boolean;
  /** Whether one is taken where the schema is read, to be kept. */
  readonly isTaken: boolean;
  /** The files, which tell what a ledger at head says, so that not all of its rows need come; null: all come. */
  readonly files: (() => MigrationSet) | null;
}

interface LastRun {
  readonly id: string;
  /** Milliseconds since then, by the server's clock. */
  readonly quietMs: number;
}

export interface Publication {
  readonly name: string;
  /** FOR ALL TABLES, FOR TABLES IN SCHEMA, or by the table's name. */
  readonly by: 'all' | 'schema' | 'table';
}

/** A schema whose owner is not trusted with the ledger in it. */
export interface OtherHands {
  readonly owner: string;
  /** Who owns the ledger. */
  readonly ledgerOwner: string;
}

export interface Inspection {
  readonly state: DatabaseState;
  readonly hasLedger: boolean;
  readonly hasSchema: boolean;
  /** The server process that does the work, behind a pooler too. */
  readonly backendPid: number;
  /**
   * Which transactions were over (PostgreSQL docs 9.27.6, pg_current_snapshot): while that is the same, so is all that
   * an inspection sees.
   */
  readonly asOf: string;
  /** The run that completed this app's newest version; null: none did. */
  readonly last: LastRun | null;
  /** What other apps of the ledger made inside relations that the lock knows, by `kind name`. */
  readonly others: ReadonlySet<string>;
  readonly isStandby: boolean;
  /** The publications that the ledger is in: what is published is a subscriber's ledger too. */
  readonly publications: readonly Publication[];
  /** Whoever owns the ledger's schema may drop the ledger; null where that is somebody who is trusted with it. */
  readonly schemaInOtherHands: OtherHands | null;
  /** Whether a role that is there and is to read the ledger may not. */
  readonly isReaderLacking: boolean;
  /** The fingerprint to keep, by which the next start knows this schema; null where none was taken, or none is to be kept. */
  readonly toKeep: KeptFingerprint | null;
  /**
   * Whether rows of the state were not read, but are those of the files by a digest: what nobody judges of them is left
   * empty. It is enough to see that there is nothing to do.
   */
  readonly isAbridged: boolean;
  /** The ledger, as it was seen; null where there is none, or none that can be trusted. */
  readonly seen: CachedLedger | null;
}
