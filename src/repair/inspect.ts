import type pg from 'pg';
import { largest, SlipwayError } from '../core/index.ts';
import {
  cheapPlans,
  type FoundRelation,
  queryWithRetries,
  readOnlyPreamble,
  whilePassing,
  withContent,
} from '../inspect/index.ts';
import { findOthers, withOthers } from '../inspect/made-by-others.ts';
import { interpretRelations, relationsQuery } from '../inspect/relations.ts';
import {
  type LedgerContent,
  type LedgerName,
  ledgerFormat,
  ledgerQuery,
  ledgerTable,
} from '../ledger/index.ts';
import { readRow } from '../ledger/rows.ts';
import { validateLedger } from '../ledger/validation.ts';
import type { Run } from '../migrate/index.ts';
import { explainRefusal } from '../plan/refusal.ts';
import { literal, type Row } from '../postgres/index.ts';
import { readSnapshot, snapshotQuery } from '../schema/catalog/index.ts';
import type { Facts, InspectedLedger } from './finding.ts';

/**
 * Finds out all that a repair is decided by. Reads only: no DDL, no DML, no advisory lock.
 *
 * @throws SlipwayError (83) where a newer Slipway wrote the ledger; (75, 77) as `inspect` does.
 */
export const inspectForRepair = (run: Run): Promise<Facts> =>
  whilePassing(run, () => queryWithRetries(run, () => readFacts(run, readOnlyPreamble(run.config.role))));

/** As `lookForRepair`, in the transaction that is under way, whose search_path is pinned. */
export const inspectUnderLock = (run: Run): Promise<Facts> => readFacts(run, `${cheapPlans}; `);

/** @param ahead statements of ours, each ended by a semicolon, ahead of each query. */
async function readFacts(run: Run, ahead: string): Promise<Facts> {
  const { session, lock, set, ledger: name, inspectOptions } = run;
  const ask = (sql: string): Promise<pg.QueryResult[]> => session.run(ahead + sql);
  const judge = async (row: Row | undefined) =>
    validateFound(await withContent(row ?? {}, session, ahead, name), name);
  const known = { lock, set, texts: inspectOptions.texts };
  if (!lock) {
    const { found, content } = await judge((await ask(ledgerQuery(name))).at(-1)?.rows[0]);
    const isLost = found.kind === 'absent' || (found.kind === 'rows' && found.rows.length === 0);
    const relations = isLost ? readRelations(await ask(relationsQuery(name)), content, run) : [];
    return { ...known, ledger: found, snapshot: null, relations };
  }
  const withPrivileges = lock.options.privileges;
  const results = await ask(`${ledgerQuery(name)}; ${snapshotQuery({ ledger: name, withPrivileges })}`);
  const { found, content } = await judge(results.at(-2)?.rows[0]);
  const snapshot = readSnapshot((results.at(-1)?.rows ?? []) as Row[]);
  const rowsOf = async (sql: string): Promise<Row[]> => ((await ask(sql)).at(-1)?.rows ?? []) as Row[];
  const others = await findOthers(lock, snapshot, content, rowsOf);
  return { ...known, ledger: found, snapshot: withOthers(snapshot, others), relations: [] };
}

function readRelations(
  results: readonly pg.QueryResult[],
  content: LedgerContent | null,
  { inspectOptions }: Run,
): readonly FoundRelation[] {
  const rows = (results.at(-1)?.rows ?? []) as Row[];
  const state = interpretRelations(rows, (content?.apps ?? []).length > 0, inspectOptions);
  return state.kind === 'unmanaged' ? state.found : [];
}

/** Judges the ledger as whoever writes to it does. */
function validateFound(
  row: Row,
  name: LedgerName,
): { found: InspectedLedger; content: LedgerContent | null } {
  const judged = validateLedger(row, name, true);
  if ('problems' in judged) {
    return { found: { kind: 'untrusted', ...judged, queries: inspectionQueries(row, name) }, content: null };
  }
  const content = judged.seen?.content ?? null;
  if (content === null) return { found: { kind: 'absent' }, content };
  const format = largest(
    content.rows.map((found) => Number(found.format)),
    0,
  );
  if (format > ledgerFormat) throw new SlipwayError(explainRefusal({ kind: 'newerLedger', format }));
  return { found: { kind: 'rows', rows: content.rows.map(readRow) }, content };
}

/** What a person asks to see what is wrong with a ledger. Nothing of it calls what was planted there. */
function inspectionQueries(row: Row, ledger: LedgerName): string[] {
  const oid = `${literal(ledgerTable(ledger))}::regclass`;
  const privileges = `SELECT relacl FROM pg_class WHERE oid = ${oid};`;
  const form = `SELECT relkind, relowner::regrole AS owner, relrowsecurity FROM pg_class WHERE oid = ${oid};`;
  const triggers = `SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = ${oid};`;
  const rules = `SELECT rulename, pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_class = ${oid};`;
  const policies = `SELECT polname, polcmd, polroles::regrole[] FROM pg_policy WHERE polrelid = ${oid};`;
  const columns = `SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = ${oid} AND attnum > 0 AND NOT attisdropped;`;
  const defaults = `SELECT adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = ${oid};`;
  const constraints = `SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ${oid};`;
  return [
    form,
    ...(row.triggers ? [triggers] : []),
    ...(row.rules ? [rules] : []),
    ...(row.has_row_security ? [policies] : []),
    ...(row.code ? [defaults, constraints] : []),
    ...(row.writers ? [privileges] : []),
    columns,
  ];
}
