import type { Request as AppRequest } from '../app/index.ts';

/** An app, and how a fix is asked for. */
export type ReconcileRequest = AppRequest<{
  /** The version that a fix is to lead to, where one is adopted. */
  readonly as?: string | undefined;
  /** Renames, as `readRenames` takes them. */
  readonly rename?: string | undefined;
  /** Whether each statement of a fix has a transaction to itself. */
  readonly stepwise?: boolean | undefined;
}>;
