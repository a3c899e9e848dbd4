/** One object of a schema as it is described. */
export interface SnapshotObject {
  /** `table`, `column`, `index` ... */
  readonly kind: string;
  /** Qualified and quoted where it must be. */
  readonly name: string;
  /** The table it belongs to, for grouping; null for what stands by itself. */
  readonly parent: string | null;
  readonly text: string;
  /** Parts that exist only where something is installed, or only on some major: name -> text. */
  readonly facets: Readonly<Record<string, string>>;
}

export const noFacets: SnapshotObject['facets'] = {};
