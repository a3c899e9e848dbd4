/**
 * Says what a statement locks, whom that blocks, and how the same is done with less. It is pure: what was measured is
 * handed to it, and a limit is held against that.
 */
export { effectInWords, locksInWords } from './describe.ts';
export { type Documented, documentedLocks, type LockTarget } from './documented.ts';
export {
  fileImpact,
  formatImpact,
  type ImpactText,
  type Measured,
  parseImpact,
  type RelationImpact,
  type StatementImpact,
} from './impact.ts';
export { allowsAll, describeExcess, excessOf, formatLockLimit } from './limit.ts';
export { describeLockedTable, type LockedTable } from './locked-table.ts';
export { blockedBy, modeOfServer, sqlOfMode } from './modes.ts';
export { safeWayOf } from './safe-way.ts';
