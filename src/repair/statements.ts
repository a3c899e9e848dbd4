import { type LedgerName, ledgerTable, progressOf, rowOf } from '../ledger/index.ts';
import { json } from '../ledger/json.ts';
import { beginningOf } from '../ledger/taken-in.ts';
import { type Author, insertAdopted, reach } from '../ledger/write.ts';
import type { Version } from '../migrations/index.ts';
import { literal } from '../postgres/index.ts';
import { tokenDigest } from '../sql/token-digest.ts';
import type { Action, ValidatedRow } from './finding.ts';

/** A statement, and how many rows it must touch; null: any number. */
export interface LedgerChange {
  readonly sql: string;
  readonly rows: number | null;
}

/**
 * The statements that carry a repair out. Each row that stays says in `accepted`, under `repairs`, what was done to it,
 * when and by whom; rows that went are told in the newest that is left.
 */
export function changesOf(ledger: LedgerName, actions: readonly Action[], author: Author): LedgerChange[] {
  // What empties the ledger goes first: a row may be inserted in the place of one that was removed.
  const emptying = actions.filter(({ kind }) => kind === 'keepOnly' || kind === 'remove');
  const filling = actions.filter((action) => !emptying.includes(action));
  const changes = [...emptying, ...filling].flatMap((action) => change(ledger, action, author));
  const removed = actions.flatMap((action): readonly ValidatedRow[] =>
    action.kind === 'remove' ? [action.row] : action.kind === 'keepOnly' ? action.removed : [],
  );
  if (removed.length === 0) return changes;
  const what = removed.map((row) =>
    'problem' in row
      ? row
      : { version: row.version, name: row.name, checksum: row.checksum, state: row.state },
  );
  return [...changes, { sql: note(ledger, isNewest(ledger), author, { removed: what }), rows: null }];
}

function change(ledger: LedgerName, action: Action, author: Author): LedgerChange[] {
  const table = ledgerTable(ledger);
  switch (action.kind) {
    case 'accept': {
      const { migration, was, takenInBy } = action;
      const { version, kind, source } = migration;
      const row = rowOf(ledger, takenInBy ?? version);
      const accepted = `coalesce(accepted, '{}')`;
      const tokens = json({ tokens: tokenDigest(migration) });
      const file = `ARRAY['takenIn', ${literal(version)}, ${literal(kind)}]`;
      const set =
        takenInBy === null
          ? `checksum = ${literal(source.checksum)}, accepted = ${accepted} || ${tokens} || ${countedAnew}`
          : `accepted = jsonb_set(${accepted}, ${file}, to_jsonb(${literal(beginningOf(source.checksum))}::text))`;
      return [
        { sql: `UPDATE ONLY ${table} SET ${set} WHERE ${row}`, rows: 1 },
        {
          sql: note(ledger, row, author, {
            edit: 'accepted',
            ...(takenInBy === null ? {} : { version }),
            was,
          }),
          rows: 1,
        },
      ];
    }
    case 'finish': {
      const row = rowOf(ledger, action.row.version);
      return [
        {
          sql: `UPDATE ONLY ${table} SET state = 'done', finished_at = clock_timestamp(), accepted = accepted - 'steps' WHERE ${row} AND state = 'running'`,
          rows: 1,
        },
        { sql: note(ledger, row, author, { state: 'done', was: 'running' }), rows: 1 },
      ];
    }
    case 'count': {
      const { migration, done } = action;
      const row = rowOf(ledger, migration.version);
      return [
        { sql: reach(ledger, migration, progressOf(migration, done, false)), rows: 1 },
        { sql: note(ledger, row, author, { statements: done, was: action.row.steps ?? null }), rows: 1 },
      ];
    }
    case 'remove':
      return [{ sql: `DELETE FROM ONLY ${table} WHERE ${rowOf(ledger, action.row.version)}`, rows: 1 }];
    case 'record': {
      const { migration, isVerified } = action;
      return [
        { sql: insertAdopted(ledger, migration, author, { verified: isVerified, objects: {} }), rows: 1 },
        { sql: note(ledger, rowOf(ledger, migration.version), author, { row: 'recorded' }), rows: 1 },
      ];
    }
    case 'keepOnly':
      return [{ sql: keepOnly(ledger, action.versions), rows: null }];
  }
}

/** What the text before has touched does not tell whether the new one would never end. */
const countedAnew = `CASE WHEN state = 'running' AND accepted ? 'repeat' THEN '{"repeat": {"batches": 0, "rows": 0}}' ELSE '{}' END::jsonb`;

function keepOnly(ledger: LedgerName, versions: readonly Version[]): string {
  const others =
    versions.length === 0
      ? ''
      : ` AND (version IS NULL OR version NOT IN (${versions.map(literal).join(', ')}))`;
  return `DELETE FROM ONLY ${ledgerTable(ledger)} WHERE app = ${literal(ledger.app)}${others}`;
}

const isNewest = (ledger: LedgerName): string =>
  `app = ${literal(ledger.app)} AND version = (SELECT max(version) FROM ONLY ${ledgerTable(ledger)} WHERE app = ${literal(ledger.app)})`;

/** Adds an entry to what a row keeps of its repairs. */
function note(ledger: LedgerName, row: string, { slipway, run }: Author, entry: object): string {
  const who = `jsonb_build_object('at', clock_timestamp(), 'by', session_user)`;
  const added = `jsonb_build_array(${json({ ...entry, slipway, run })} || ${who})`;
  return `UPDATE ONLY ${ledgerTable(ledger)}
    SET accepted = coalesce(accepted, '{}') || jsonb_build_object('repairs', coalesce(accepted -> 'repairs', '[]') || ${added})
    WHERE ${row}`;
}
