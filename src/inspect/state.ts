import type { LedgerRow } from '../ledger/index.ts';
import type { Version } from '../migrations/index.ts';
import type { Comparison } from '../schema/compare/index.ts';
import type { RelationKind } from '../schema/kinds.ts';

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
  readonly kind: RelationKind | 'sequence' | 'foreign table';
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
