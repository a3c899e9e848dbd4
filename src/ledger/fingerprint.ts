import type { Version } from '../migrations/index.ts';
import { clusterIdentifier, literal, type Row } from '../postgres/index.ts';
import { json } from './json.ts';
import { type LedgerName, ledgerTable, rowOf } from './table.ts';

/** What a version's row keeps of the catalog in which the schema was last found to be that of the version. */
export interface KeptFingerprint {
  /** Digest of all that the program brings to a comparison: itself, the lock file, how it asks. */
  readonly key: string;
  /** Digest of what the ledger brings to it: the version, and what is accepted as different. */
  readonly ledger: string;
  /** The fingerprint of the catalog. */
  readonly catalog: string;
  /** When it was taken, by the server's clock; milliseconds since 1970. */
  readonly takenMs: number;
  /** What was found then, to be told again: as `Comparison`. */
  readonly comparison: object;
}

/** So long a fingerprint is good; milliseconds: a comparison that went wrong once is not believed for ever. */
export const mostFingerprintAgeMs = 30 * 24 * 3600 * 1000;

/** How the catalog's fingerprint is asked for. */
export interface FingerprintWanted {
  /** The query that takes it: one row with one column `fingerprint`, a text. */
  readonly query: string;
  /** What a fingerprint must have been kept under to be compared with. */
  readonly key: string;
}

/** The query whose fingerprint is short, and says of which database it is: copies of one share the rest. */
export const shortFingerprint = (query: string): string =>
  `SELECT encode(sha256(convert_to(concat_ws(' ', whole.fingerprint, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()), ${clusterIdentifier}), 'UTF8')), 'hex') AS fingerprint
    FROM (${query}) AS whole`;

/** Selects the key that the newest row's fingerprint is kept under; null where it keeps none. */
export const selectKept = (ledger: LedgerName): string =>
  `SELECT to_json(l) -> 'accepted' -> 'fingerprint' ->> 'key' AS key
    FROM (SELECT * FROM ONLY ${ledgerTable(ledger)} r WHERE r.app = ${literal(ledger.app)} ORDER BY r.version DESC LIMIT 1) AS l`;

/** The fingerprint in what the server gave as XML; null where it was not taken. */
export const fingerprintIn = (xml: unknown): string | null =>
  /<fingerprint>([0-9a-f]+)<\/fingerprint>/.exec(String(xml))?.[1] ?? null;

/** What a row of the ledger keeps, as it came; null where that is nothing that can be read. */
export function keptFingerprint({ accepted }: Row): KeptFingerprint | null {
  const kept = (accepted as { readonly fingerprint?: unknown } | null)?.fingerprint as
    | Partial<KeptFingerprint>
    | null
    | undefined;
  return typeof kept?.key === 'string' &&
    typeof kept.ledger === 'string' &&
    typeof kept.catalog === 'string' &&
    typeof kept.takenMs === 'number' &&
    typeof kept.comparison === 'object' &&
    kept.comparison !== null
    ? (kept as KeptFingerprint)
    : null;
}

/** Keeps a fingerprint with a version's row, unless another run has just kept the same. */
export function keepFingerprint(ledger: LedgerName, version: Version, kept: KeptFingerprint): string {
  const { takenMs, ...rest } = kept;
  return `UPDATE ONLY ${ledgerTable(ledger)} SET accepted = coalesce(accepted, '{}') || jsonb_build_object('fingerprint', ${json(kept)})
    WHERE ${rowOf(ledger, version)} AND state = 'done'
      AND NOT CASE WHEN jsonb_typeof(accepted -> 'fingerprint') = 'object' THEN (accepted -> 'fingerprint') - 'takenMs' = ${json(rest)}
        AND accepted -> 'fingerprint' -> 'takenMs' BETWEEN to_jsonb(${takenMs - recentMs}) AND to_jsonb(${takenMs + besideMs}) ELSE false END`;
}

/** One that was taken no longer ago need not be kept again; milliseconds. */
const recentMs = 24 * 3600 * 1000;
/** So much later another start may have taken its own; milliseconds. */
const besideMs = 60_000;
