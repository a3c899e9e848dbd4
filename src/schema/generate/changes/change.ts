import type { Warning } from '../../objects/common/warnings.ts';

/** One step from a schema to another. */
export type Change =
  | {
      readonly kind: 'statement';
      /** Without the semicolon at its end. */
      readonly sql: string;
      /** The `kind name` that it makes, changes or removes. */
      readonly object: string;
      /** What it may cost, or need of the rows or of a person. */
      readonly warnings: readonly Warning[];
    }
  | {
      readonly kind: 'manual';
      readonly object: string;
      /** What is, and what should be. */
      readonly difference: string;
      readonly reason: string;
      /** What would do it, were it asked for. */
      readonly sql?: readonly string[];
    };
