import type { Kind } from '../../kinds.ts';
import type { SnapshotObject } from '../../model/index.ts';
import type { SchemaGraph } from './schema-graph.ts';

/** What a set of changes is for: a migration may cost what its author accepts, a fix never costs a row. */
export type ChangePurpose = 'migration' | 'fix';

/** What a change of one object is decided from. */
export interface AlterContext {
  readonly before: SchemaGraph;
  readonly after: SchemaGraph;
  readonly purpose: ChangePurpose;
  /** Whether the changes undo others: what they make was there before. */
  readonly isUndoing?: boolean | undefined;
}

/** One object, as it is and as it is to be. */
export interface ObjectChange {
  readonly kind: Kind;
  readonly name: string;
  readonly before: SnapshotObject;
  readonly after: SnapshotObject;
}

/** One statement, without its semicolon. */
export interface AlterStep {
  readonly sql: string;
  /** What it may cost; null for nothing. */
  readonly remark: string | null;
  /** Whether it comes before everything that is made (`first`), or after (`last`). */
  readonly when?: 'first' | 'last';
}

/** How one object becomes another. */
export type Alteration =
  | {
      readonly way: 'steps';
      readonly steps: readonly AlterStep[];
      /** Whether what leans on it must be dropped first and made again after, by the kind and text of what leans on it. */
      readonly disturbs?: (kind: string, text: string) => boolean;
    }
  /** It is dropped and made again. */
  | { readonly way: 'recreate'; readonly remark?: string }
  | { readonly way: 'left'; readonly reason: string };

/** How the remark begins on a statement that needs something of a person besides. */
export const leftToYou = 'left to you: ';

/** Marks a statement of which a person decides by itself whether it is to run. */
export const takesAway = 'takes away what is extra: ';

export const step = (sql: string, remark: string | null = null): AlterStep => ({ sql, remark });

export const steps = (...list: readonly (AlterStep | string)[]): Alteration => ({
  way: 'steps',
  steps: list.map((one) => (typeof one === 'string' ? step(one) : one)),
});

export const recreate: Alteration = { way: 'recreate' };

export const manual = (reason: string): Alteration => ({ way: 'left', reason });

export const sqlOf = (alteration: Alteration): readonly string[] | null =>
  alteration.way === 'steps' ? alteration.steps.map(({ sql }) => sql) : null;
