import { createHash } from 'node:crypto';
import { version as slipwayVersion, snapshotFormat } from '../core/index.ts';
import {
  type FingerprintWanted,
  type KeptFingerprint,
  keptFingerprint,
  type LedgerContent,
  type LedgerRow,
  mostFingerprintAgeMs,
} from '../ledger/index.ts';
import { acceptedIn } from '../ledger/rows.ts';
import type { LateLock } from '../lockfile/index.ts';
import type { Session } from '../postgres/index.ts';
import { fingerprintQuery, timescaleFacet } from '../schema/catalog/index.ts';
import { type Comparison, type Difference, hasDrift } from '../schema/compare/index.ts';
import { type Kind, kindsWith } from '../schema/kinds.ts';
import type { InspectOptions } from './inspection.ts';
import { isNotable } from './notices.ts';

/**
 * How a session asks for the catalog's fingerprint; null where it is not to: without a lock there is nothing that it
 * could spare.
 */
export function fingerprintWanted(session: Session, options: InspectOptions): FingerprintWanted | null {
  const { lock, fingerprint, ledger, role } = options;
  if (lock === null || fingerprint === null) return null;
  const { version, user } = session.greeting;
  const kinds = kindsOf(fingerprint.lock);
  const query = fingerprintQuery(kinds, Number.parseInt(version, 10), true);
  const key = digest([
    slipwayVersion,
    snapshotFormat,
    query,
    fingerprint.lock.digest,
    ledger,
    version,
    session.zone,
    // What a user mapping says is shown to some roles only.
    kinds.has('user mapping') ? (role ?? user) : null,
  ]);
  return { query, key };
}

/**
 * The kinds whose objects decide what a comparison says: those that the lock has, those of which an extra one may be
 * drift, and types, by which an extra column is judged.
 */
function kindsOf({ kinds: ofLock, lock: { options } }: LateLock): ReadonlySet<Kind> {
  const kinds = new Set<string>(
    kindsWith(({ extra, isRight }) => extra === 'drift' && (options.privileges || isRight === undefined)),
  );
  kinds.add('type');
  for (const kind of ofLock) kinds.add(kind);
  return kinds as ReadonlySet<Kind>;
}

/** What a comparison was made of, besides the catalog and what the program brings. */
export interface Compared {
  readonly rows: readonly LedgerRow[];
  readonly content: LedgerContent;
  /** The catalog's fingerprint; null where it was not taken. */
  readonly catalog: string | null;
  /** When, by the server's clock; milliseconds since 1970. */
  readonly nowMs: number;
}

const ledgerDigest = ({ rows, content: { others } }: Compared): string =>
  digest([rows.at(-1)?.version ?? null, acceptedIn(rows), [...others].sort()]);

/**
 * What was found when the schema was read, where everything that this depended on is as it was then; null where it has
 * to be read again.
 */
export function believedComparison(compared: Compared, key: string): Comparison | null {
  const { rows, content, catalog, nowMs } = compared;
  const newest = rows.at(-1);
  if (catalog === null || newest?.state !== 'done') return null;
  const kept = keptFingerprint(content.rows.find(({ version }) => version === newest.version) ?? {});
  if (kept === null || kept.key !== key || kept.catalog !== catalog) return null;
  if (kept.ledger !== ledgerDigest(compared)) return null;
  const ageMs = nowMs - kept.takenMs;
  return ageMs >= 0 && ageMs <= mostFingerprintAgeMs ? readComparison(kept.comparison) : null;
}

/**
 * What to keep of a comparison, so that the next start is spared it; null where it is not to be: something has drifted,
 * what the server lacks could come without a change of the catalog, or there is too much to tell.
 */
export function fingerprintToKeep(
  compared: Compared,
  key: string,
  comparison: Comparison | null,
): KeptFingerprint | null {
  const { catalog, nowMs } = compared;
  if (catalog === null || comparison === null || hasDrift(comparison)) return null;
  if (comparison.unverified.some((said) => said.endsWith(`: ${timescaleFacet}`))) return null;
  const kept = { ...comparison, differences: comparison.differences.map(short) };
  if (JSON.stringify(kept).length > mostKept) return null;
  return { key, ledger: ledgerDigest(compared), catalog, takenMs: Math.round(nowMs), comparison: kept };
}

/** Characters. */
const mostKept = 65_536;

/** What is extra and decides nothing is told by name alone. */
const short = (difference: Difference): Difference =>
  isNotable(difference) ? difference : { ...difference, expected: null, actual: null };

function readComparison(kept: object): Comparison | null {
  const { differences, unverified } = kept as Partial<Comparison>;
  return Array.isArray(differences) && Array.isArray(unverified) ? { differences, unverified } : null;
}

const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
