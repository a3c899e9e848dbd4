/**
 * Finds what is wrong with ledger and files, and puts right what the schema proves. The ledger is changed in one
 * transaction, and what nothing proves is asked of a person.
 */
export { diagnose, repair } from './apply.ts';
export type { Finding, RepairOptions } from './finding.ts';
export { describeFinding } from './text.ts';
