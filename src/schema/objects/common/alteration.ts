import type { Kind } from '../../kinds.ts';
import type { SnapshotObject } from '../../model/index.ts';
import type { SchemaGraph } from './schema-graph.ts';
import type { Warning } from './warnings.ts';

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
  /** What it may cost, or need of a person. */
  readonly warnings: readonly Warning[];
  /** Whether it comes before everything that is made (`first`), or after (`last`). */
  readonly when?: 'first' | 'last';
}

/** How one object becomes another. */
export type Alteration =
  | {
      readonly way: 'steps';
      readonly steps: readonly AlterStep[];
      /**
       * Whether what depends on it must be dropped first and made again after, by the kind and text of what depends on
       * it.
       */
      readonly disturbs?: (kind: string, text: string) => boolean;
    }
  /** It is dropped and made again. */
  | { readonly way: 'recreate'; readonly warnings?: readonly Warning[] }
  | {
      readonly way: 'manual';
      readonly reason: string;
      /** What would do it, for a person to decide on. */
      readonly sql?: readonly string[];
    };

export const step = (sql: string, ...warnings: readonly Warning[]): AlterStep => ({ sql, warnings });

export const steps = (...list: readonly (AlterStep | string)[]): Alteration => ({
  way: 'steps',
  steps: list.map((one) => (typeof one === 'string' ? step(one) : one)),
});

export const recreate: Alteration = { way: 'recreate' };

export const manual = (reason: string, sql: readonly string[] = []): Alteration => ({
  way: 'manual',
  reason,
  sql,
});

export const sqlOf = (alteration: Alteration): readonly string[] | null =>
  alteration.way === 'steps' ? alteration.steps.map(({ sql }) => sql) : null;
