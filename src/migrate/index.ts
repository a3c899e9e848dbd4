/**
 * Runs the steps of a plan: transactions, locks, retries, progress. It is the only room that runs a user's SQL on
 * a user's database, and a ledger row is committed with its migration or not at all.
 */
export { fingerprintUse } from './fingerprint.ts';
export type { WaitBudget } from './opener.ts';
export { type StepOutcome, Tally } from './outcome.ts';
export type { Run } from './run.ts';
export { readShared, type SharedFiles, withRun } from './start.ts';
