import type { DatabaseState } from '../inspect/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { heldAgainstStart, startOf } from '../ledger/taken-in.ts';
import type { MigrationSet } from '../migrations/index.ts';
import { counted } from './report.ts';
import type { StatusLine } from './results.ts';

/** Every version that the ledger or the image knows, in order. */
export function statusLines(state: DatabaseState, set: MigrationSet): StatusLine[] {
  const lines = new Map<string, StatusLine>();
  const rows = state.kind === 'managed' ? state.rows : [];
  const held = heldAgainstStart(set, new Map(rows.map((row) => [row.version, row])), startOf(rows));
  const folded = new Set([
    ...set.superseded.map(({ version }) => version),
    ...held.filter(({ fate }) => fate !== 'notTakenIn').map(({ migration }) => migration.version),
  ]);
  // The baseline comes last: it may have the version of the newest file that it took in.
  for (const { version, name, kind } of [...set.migrations, ...(set.baseline ? [set.baseline] : [])]) {
    const isOwnBaseline = kind === 'baseline' && !held.some(({ migration }) => migration.kind === 'baseline');
    const state = folded.has(version) && !isOwnBaseline ? 'superseded' : 'pending';
    lines.set(version, { version, name, kind, state, finishedAt: null, durationMs: null, by: null });
  }
  for (const row of rows) lines.set(row.version, lineOf(row));
  return [...lines.values()].sort((a, b) => (a.version < b.version ? -1 : 1));
}

const lineOf = (row: LedgerRow): StatusLine => ({
  version: row.version,
  name: row.name,
  kind: row.kind,
  state: row.state === 'running' ? 'running' : row.origin,
  finishedAt: row.finishedAt,
  durationMs: row.durationMs,
  by: row.appliedBy,
  ...(row.steps && { statements: counted(row.steps) }),
  ...(row.repeated ? { repeated: row.repeated } : {}),
});
