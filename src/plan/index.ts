/**
 * Decides from the state of a database and the files what is to be done; to refuse is a plan. It is pure: it reads
 * nothing, and the same state and files give the same plan.
 */
export { type PlanOptions, plan } from './plan.ts';
export type { Disagreement, Plan, Refusal, Step } from './types.ts';
