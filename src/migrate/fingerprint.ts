import type { FingerprintUse } from '../inspect/index.ts';
import type { Run } from './run.ts';

/** What a run uses the catalog's fingerprint for; null where it is switched off, or there is no lock file. */
export const fingerprintUse = (
  { config, lateLock }: Run,
  use: Omit<FingerprintUse, 'lock'>,
): FingerprintUse | null =>
  config.fingerprint === 'off' || lateLock === null ? null : { ...use, lock: lateLock };
