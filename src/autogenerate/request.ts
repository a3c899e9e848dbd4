import type { Request as AppRequest } from '../app/index.ts';

/** An app, and how a generated migration is asked for. */
export type GenerateRequest = AppRequest<{
  readonly from?: string | undefined;
  readonly 'from-command'?: string | undefined;
  /** Renames, as `readRenames` takes them. */
  readonly rename?: string | undefined;
  /** Patterns of objects that are left as they are, joined by commas. */
  readonly keep?: string | undefined;
}>;
