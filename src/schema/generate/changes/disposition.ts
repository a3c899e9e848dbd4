import type { AlterStep } from '../../objects/shared/alteration.ts';

/** What becomes of one object. */
export type Disposition =
  | { readonly way: 'create' }
  /** It has gone with something that is made again, and is made again after it. */
  | { readonly way: 'renew' }
  | {
      readonly way: 'drop';
      /** Why, where it is a fix that takes it away; nothing that stays may lean on it then. */
      readonly takesAway?: string;
    }
  | { readonly way: 'recreate'; readonly remark: string | null }
  | {
      readonly way: 'steps';
      readonly steps: readonly AlterStep[];
      readonly disturbs: ((kind: string, text: string) => boolean) | null;
    }
  /** It comes, goes or changes with another object. */
  | { readonly way: 'implied' }
  | { readonly way: 'left'; readonly reason: string; readonly sql: readonly string[] };

/** `kind name` -> what becomes of it; what is not in it stays. */
export type Dispositions = Map<string, Disposition>;
