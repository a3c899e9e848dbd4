/**
 * Reads, merges and writes the lock file: what the schema is at every version, as hashes. It knows files and text
 * alone, and asks no database.
 */
export {
  digestOf,
  expectedAt,
  formatLock,
  isListedIn,
  type Lock,
  lockedVersions,
  lockFormat,
  parseLock,
  parseLockOfAnyFormat,
  readLock,
  readLockOfAnyFormat,
  readLockText,
  requireLock,
} from './lockfile.ts';
export { formatTexts, readTexts, textsPath, withRetained } from './readable-snapshot.ts';
export { isVaryingAt, withoutVarying } from './varying.ts';
