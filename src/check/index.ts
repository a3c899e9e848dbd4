/**
 * Holds files, lock and baseline against each other, and builds the lock. What it says was seen on a throw-away
 * database that the very code of `up` brought to each version.
 */

export { againstProblems, type Base } from './against.ts';
export { readBase } from './against-source.ts';
export { keptImpact, type Proven, renewedLock } from './build-lock.ts';
export { type Changing, changingIn } from './changing.ts';
export { placeOfChanging } from './changing-place.ts';
export {
  describeLocks,
  describeUntold,
  limitProblems,
  lineOfLocks,
  type StatementLocks,
  statementLocks,
  type UntoldLocks,
  untoldLocks,
} from './impacts.ts';
export {
  asProblem,
  describeProblem,
  isOfServer,
  type Problem,
  problemsOf,
  remarksOn,
  undoProblems,
} from './problems.ts';
export { readAll } from './read-all.ts';
