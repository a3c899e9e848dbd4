/**
 * The table of the versions that a database has: its form, how it is read, judged and written. A ledger that
 * others may write to is not trusted.
 */
export {
  type CachedLedger,
  cacheAfter,
  cacheWith,
  justMade,
  type LedgerContent,
  writtenMark,
} from './cache.ts';
export {
  type FingerprintWanted,
  fingerprintIn,
  type KeptFingerprint,
  keptFingerprint,
  mostFingerprintAgeMs,
} from './fingerprint.ts';
export { goesOn, progressOf, type Resumption, resumptionOf, undoingLeft } from './progress.ts';
export {
  isKnown,
  isSameLedger,
  type KnownLedger,
  type LedgerQueryOptions,
  ledgerQuery,
  shapeQuery,
} from './query.ts';
export { isBareIn, quickQuery, readQuickly } from './quick-query.ts';
export { decidingRow, type LedgerRow, type Repeated, type StatementProgress } from './row.ts';
export { creationKey, type LedgerName, ledgerFormat, ledgerTable, rowOf } from './table.ts';
