/**
 * Reads, merges and writes the lock file: what the schema is at every version, as hashes. It knows files and text
 * alone, and asks no database.
 */
export { hasItsKinds, type LateLock, readLate } from './late-lock.ts';
export {
  expectedAt,
  formatLock,
  isListedIn,
  type Lock,
  lockedVersions,
  lockFormat,
  parseLockOfAnyFormat,
  readLock,
  readLockOfAnyFormat,
  readLockText,
  requireLock,
} from './lockfile.ts';
export { formatTexts, readTexts, textsPath, withRetained } from './readable-snapshot.ts';
export { isVaryingAt, withoutVarying } from './varying.ts';
