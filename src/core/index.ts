/**
 * Errors and exit codes, time, files, text for terminals: what every room may need. It imports nothing of ours
 * from outside of it.
 */
export { type Backoff, backoffMs } from './backoff.ts';
export { nowMs } from './clock.ts';
export { type Container, findContainer, isInImage } from './container.ts';
export { type Deadline, deadlineIn, nextTurn, pause } from './deadline.ts';
export { type ExitName, exitCodes, type Failure, type Place } from './errors.ts';
export { Heartbeat, heartbeatMs } from './heartbeat.ts';
export {
  type Allowance,
  greaterWork,
  isLockMode,
  type LockLimit,
  type LockMode,
  lockModes,
  noAllowance,
  parseAllowance,
  parseLockLimit,
  strongerMode,
  type TableWork,
  tableWorks,
} from './lock-modes.ts';
export { largest } from './numbers.ts';
export { printable, printableJson, printableName } from './printable.ts';
export { Problems, throwAll } from './problems.ts';
export {
  contentsOf,
  modeOf,
  mostBytes,
  namesWithin,
  openRegular,
  readBytes,
  readSmall,
  readText,
  readTextIfThere,
  reasonOf,
  regularFile,
  UnreadableFile,
} from './read-file.ts';
export { maskRanges, maskSecrets } from './redact-sql.ts';
export { ConfigError, type ConfigProblem, formatPlace, SlipwayError } from './slipway-error.ts';
export { snapshotFormat } from './snapshot-format.ts';
export { version } from './version.ts';
export { Waiting } from './waiting.ts';
export { count, grouped, sayBatches, seconds } from './words.ts';
