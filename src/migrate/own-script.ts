/**
 * What a use case needs that runs a script of its own, as a step is run: begin, check, run, wait, keep.
 */
export {
  type Acceptance,
  acceptDifferences,
  acceptOrder,
  adoptAs,
  matches,
  recordedVersions,
  verified,
} from './adopt.ts';
export { applyInTransaction } from './apply.ts';
export { applyUnrecorded } from './apply-unrecorded.ts';
export { bodySettings, setVariables } from './around-body.ts';
export { type Body, BodyFailure, runBody } from './body.ts';
export { assertExtensions, ExtensionLacking } from './extensions.ts';
export { LockWaiter } from './lock-waiter.ts';
export { pinned } from './own-session.ts';
export { prepareScript } from './prepare-script.ts';
export { retrying } from './retry.ts';
export type { StepResult } from './run.ts';
export type { Task, Work } from './step.ts';
export { underLock } from './transaction.ts';
export { type UndoneVersion, undo } from './undo.ts';
