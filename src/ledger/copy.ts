import { type CopiedRow, copyTable } from '../postgres/copy-table.ts';
import type { Row, Session } from '../postgres/index.ts';
import type { LedgerContent } from './cache.ts';
import { type LedgerName, ledgerTable } from './table.ts';

/** A ledger is small: a row for each version. */
const mostBytes = 256 * 1024 * 1024;

/**
 * The content of a ledger that `ledgerQuery` did not read, because somebody who is not trusted might have had a hand in
 * it.
 *
 * @param ahead statements of ours, each ended by a semicolon.
 */
export async function copyContent(
  session: Session,
  ahead: string,
  ledger: LedgerName,
): Promise<LedgerContent> {
  return contentOf(
    await copyTable(session, ahead, { table: ledgerTable(ledger), columns: null }, mostBytes),
    ledger,
  );
}

/** The rows as `to_json` would have given them. */
function contentOf(rows: readonly CopiedRow[], { app }: LedgerName): LedgerContent {
  return {
    rows: rows
      .filter((row) => row.app === app)
      .map(typed)
      .sort((a, b) => (String(a.version) < String(b.version) ? -1 : 1)),
    others: [...new Set(rows.filter((row) => row.app !== app).map(transactionOf))],
    apps: [...new Set(rows.map((row) => String(row.app)))].sort(),
  };
}

function transactionOf({ transaction_id, accepted }: CopiedRow): string {
  const { cluster } = ((accepted == null ? null : readJson(accepted)) ?? {}) as { cluster?: unknown };
  return typeof cluster === 'string' ? `${transaction_id}@${cluster}` : String(transaction_id);
}

const typed = (row: CopiedRow): Row => ({
  ...row,
  ...Object.fromEntries(
    ['started_at', 'finished_at'].map((name) => [name, row[name] == null ? null : moment(row[name])]),
  ),
  ...Object.fromEntries(
    ['format', 'duration_ms'].map((name) => [name, row[name] == null ? null : Number(row[name])]),
  ),
  accepted: row.accepted == null ? null : readJson(row.accepted),
});

/** `2025-01-01 00:00:00.5+00` as `2025-01-01T00:00:00.5+00:00`. */
const moment = (printed: string): string => printed.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00');

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
