import type { FingerprintUse } from '../inspect/index.ts';
import type { Run } from './run.ts';

/** What a run uses the catalog's fingerprint for; null where it is switched off, or there is no lock file. */
export const fingerprintUse = (
  { config, lockDigest }: Run,
  use: Omit<FingerprintUse, 'lockDigest'>,
): FingerprintUse | null =>
  config.fingerprint === 'off' || lockDigest === null ? null : { ...use, lockDigest };
