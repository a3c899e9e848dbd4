import type { Kind } from '../kinds.ts';

/** One object of a schema as it is described. */
export interface SnapshotObject {
  /** `table`, `column`, `index` ... */
  readonly kind: Kind;
  /** Qualified and quoted where it must be. */
  readonly name: string;
  /** The table it belongs to, for grouping; null for what stands by itself. */
  readonly parent: string | null;
  readonly text: string;
  /** Parts that exist only where something is installed, or only on some major: name -> text. */
  readonly facets: Readonly<Record<string, string>>;
  /**
   * Whose it is where it is not the files': an extension's member function is what it runs, or another app of the same
   * ledger made it. It is in no lock, and says nothing of what the object is.
   */
  readonly belongsTo?: 'extension' | 'app';
}

export const noFacets: SnapshotObject['facets'] = {};

/** What the query calls a trigger that runs an extension's member function: it is described as any other. */
export const extensionTrigger = 'extension trigger';

/** The canonical description of a live schema: `kind name` -> object. */
export type Snapshot = ReadonlyMap<string, SnapshotObject>;
