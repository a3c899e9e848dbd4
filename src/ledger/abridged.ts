import { checksumOf } from '../core/checksum.ts';
import type { MigrationSet, Version } from '../migrations/index.ts';
import { literal } from '../postgres/index.ts';
import { selectOthers } from './cache.ts';
import { decidingRow, type LedgerRow } from './row.ts';
import { type LedgerName, ledgerFormat, ledgerTable } from './table.ts';
import { startOf } from './taken-in.ts';

/** Hexadecimal digits of a file's checksum. */
const checksumLength = 64;

/**
 * Whether a row `l` is that of a migration that is done, and its version and checksum are all that is judged of it. Both
 * are as long as in every other such row, so that no row can pass for two.
 */
const isPlainRow = (
  ledger: LedgerName,
): string => `(l.kind COLLATE "C" = 'migration' AND l.state COLLATE "C" = 'done'
    AND l.origin COLLATE "C" IN ('applied', 'adopted') AND l.format = ${ledgerFormat} AND length(l.version) = 14 AND length(l.checksum) = ${checksumLength}
    AND NOT coalesce(l.accepted ?| '{objects,takenIn}', false)
    AND l.version COLLATE "C" <> (SELECT r.version FROM ONLY ${ledgerTable(ledger)} r WHERE r.app = ${literal(ledger.app)} ORDER BY r.version DESC LIMIT 1)) IS TRUE`;

/**
 * Selects the ledger's content, but of the plain rows below the newest only a digest: as `selectAll` does, with `digest`.
 * The table must have every column of ours.
 */
export const selectAbridged = (ledger: LedgerName): string =>
  `SELECT encode(sha256(convert_to(coalesce(string_agg(l.version || l.checksum, '' ORDER BY l.version COLLATE "C") FILTER (WHERE p.is_plain), ''), 'UTF8')), 'hex') AS digest,
    encode(convert_to(json_build_object(
      'rows', coalesce(json_agg(to_json(l) ORDER BY l.version COLLATE "C") FILTER (WHERE NOT p.is_plain), '[]'),
      'apps', json_build_array(${literal(ledger.app)}),
      'others', ${selectOthers(ledger)})::text, 'UTF8'), 'hex') AS content
    FROM ONLY ${ledgerTable(ledger)} l CROSS JOIN LATERAL (SELECT ${isPlainRow(ledger)} AS is_plain OFFSET 0) AS p WHERE l.app = ${literal(ledger.app)}`;

/**
 * The plain rows that a ledger at head has by these files: what they say that nobody judges is left empty.
 *
 * @param apart the rows that came whole.
 */
export function plainRowsOf(set: MigrationSet, apart: readonly LedgerRow[]): LedgerRow[] {
  const { version: start } = startOf(apart);
  const came = new Set(apart.map(({ version }) => version));
  const floor = set.baseline?.version ?? '';
  const rows: LedgerRow[] = [];
  const add = (version: Version, checksum: string): void => {
    if (version > start && !came.has(version)) rows.push(plainRow(version, checksum));
  };
  for (const { version, checksum = '' } of set.superseded) add(version, checksum);
  for (const { version, source } of set.migrations) if (version > floor) add(version, source.checksum);
  return rows.sort(byVersion);
}

/** As PostgreSQL sorts texts by COLLATE "C". */
export const byVersion = (a: { readonly version: Version }, b: { readonly version: Version }): number =>
  a.version < b.version ? -1 : 1;

const plainRow = (version: Version, checksum: string): LedgerRow =>
  decidingRow({ version, kind: 'migration', origin: 'applied', checksum });

/** The digest of plain rows, as the server takes it. */
export const digestOf = (rows: readonly LedgerRow[]): string =>
  checksumOf(rows.map(({ version, checksum }) => `${version}${checksum}`).join(''));
