import type { Alteration, AlterStep } from '../../objects/common/alteration.ts';
import type { Warning } from '../../objects/common/warnings.ts';

/** What becomes of one object. */
export type Disposition =
  | { readonly way: 'create' }
  /** It has gone with something that is made again, and is made again after it. */
  | { readonly way: 'renew' }
  | {
      readonly way: 'drop';
      /** Whether a fix takes it away; nothing that stays may depend on it then. */
      readonly takesAway?: true;
    }
  /** `warnings`: null for those that making it again has by itself. */
  | { readonly way: 'recreate'; readonly warnings: readonly Warning[] | null }
  | {
      readonly way: 'steps';
      readonly steps: readonly AlterStep[];
      readonly disturbs: ((kind: string, text: string) => boolean) | null;
    }
  /** It comes, goes or changes with another object. */
  | { readonly way: 'implied' }
  | { readonly way: 'manual'; readonly reason: string; readonly sql: readonly string[] };

/** `kind name` -> what becomes of it; what is not in it stays. */
export type Dispositions = Map<string, Disposition>;

export const stepsDisposition = (list: readonly AlterStep[]): Disposition => ({
  way: 'steps',
  steps: list,
  disturbs: null,
});

export const manualDisposition = (alteration: Alteration): Disposition => ({
  way: 'manual',
  reason: alteration.way === 'manual' ? alteration.reason : 'it cannot be written from its description',
  sql: [],
});
