/**
 * Finds out what a database is: its ledger, its schema held against the lock, and what other tools left in it. It
 * never writes, takes no advisory lock, and waits for no lock longer than a second.
 */
export type { InspectContext } from './context.ts';
export { inspect, queryWithRetries, whilePassing } from './inspect.ts';
export { inspectOnce, withContent } from './inspect-once.ts';
export type { FingerprintUse, Inspection } from './inspection.ts';
export { cheapPlans, readOnlyPreamble } from './queries.ts';
export type { DatabaseState, FoundRelation, Match } from './state.ts';
