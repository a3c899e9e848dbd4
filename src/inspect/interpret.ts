import { largest, SlipwayError } from '../core/index.ts';
import { byVersion, digestOf, plainRowsOf } from '../ledger/abridged.ts';
import {
  type CachedLedger,
  fingerprintIn,
  isBareIn,
  type LedgerName,
  type LedgerRow,
  ledgerFormat,
  readQuickly,
} from '../ledger/index.ts';
import { acceptedIn, contradictions, curesOf, readRow, showRows } from '../ledger/rows.ts';
import { validateLedger } from '../ledger/validation.ts';
import { expectedAt, type Lock, lockedVersions, withoutVarying } from '../lockfile/index.ts';
import type { Version } from '../migrations/index.ts';
import type { Row } from '../postgres/index.ts';
import { readSnapshot, type Snapshot } from '../schema/catalog/index.ts';
import { type Comparison, diff, type Texts } from '../schema/compare/index.ts';
import { believedComparison, fingerprintToKeep } from './fingerprint.ts';
import type { Inspection, InspectOptions } from './inspection.ts';
import { findOthers, withOthers } from './made-by-others.ts';
import { findMatch, ownObjects, relationsAmong } from './match.ts';
import { snapshotOf } from './queries.ts';
import { interpretRelations, relationsQuery } from './relations.ts';
import type { DatabaseState } from './state.ts';

/** What is known besides the answer to the query. */
interface Beside {
  /** The rows of a snapshot of the schema, where one was taken along; a managed database is only compared where it was. */
  readonly objects?: readonly Row[] | null;
  /** What the ledger was seen to hold, if the query was told so. */
  readonly before?: CachedLedger | null;
  /** What the catalog's fingerprint was asked by; null where it was not. */
  readonly key?: string | null;
}

/**
 * As `inspect`, of the answer to `ledgerQuery`.
 *
 * @param ask sends one more query, where the answer alone does not tell.
 * @param beside what is known besides the answer.
 * @throws SlipwayError (78) where the answer lacks what every server knows of itself.
 */
export async function interpret(
  row: Row,
  options: InspectOptions,
  ask: (sql: string) => Promise<Row[]>,
  { objects = null, before = null, key = null }: Beside = {},
): Promise<Inspection> {
  const { lock, ledger } = options;
  const facts = factsOf(row);
  const judged = validateLedger(row, ledger, options.isWriter, before);
  if ('problems' in judged) return { ...facts, state: { kind: 'corrupt', ...judged } };
  const { seen } = judged;
  const content = seen?.content ?? null;
  const taken = objects && readSnapshot(objects);
  const others = lock && taken ? await findOthers(lock, taken, content, ask) : none;
  const snapshot = taken && withOthers(taken, others);
  if (content && content.rows.length > 0) {
    const nowMs = Number(row.now_ms);
    const interpreted = interpretRows(content.rows, nowMs, ledger, (rows) =>
      compare(rows, options, snapshot),
    );
    const { state } = interpreted;
    const catalog = fingerprintIn(row.fingerprint);
    const toKeep =
      key !== null && state.kind === 'managed'
        ? fingerprintToKeep({ rows: state.rows, content, catalog, nowMs }, key, state.comparison)
        : null;
    return { ...facts, others, seen, toKeep, ...interpreted };
  }
  if (lock) {
    if (snapshot) return { ...facts, others, seen, state: interpretSchema(lock, snapshot, options) };
    const read = readSnapshot(await ask(snapshotOf(options)));
    const found = await findOthers(lock, read, content, ask);
    const state = interpretSchema(lock, withOthers(read, found), options);
    return { ...facts, others: found, seen, state };
  }
  const relations = await ask(relationsQuery(ledger));
  const isShared = (content?.apps ?? []).length > 0;
  return { ...facts, seen, state: interpretRelations(relations, isShared, options) };
}

/** What came of an answer without the schema. */
export type Unread =
  | { readonly kind: 'inspected'; readonly inspection: Inspection }
  /** Every row has to be read: the ledger is not as the files tell. */
  | { readonly kind: 'rowsWanted' }
  /**
   * The schema has to be read: the ledger is not as Slipway makes it, has no row of this app, or does not know the
   * catalog by its fingerprint.
   */
  | { readonly kind: 'schemaWanted' };

/**
 * Finds out what the database is where the schema was not read, and maybe not every row of the ledger. What nobody has
 * made anything in need not be read.
 *
 * @param row the answer to `quickQuery`.
 * @param key what that was asked by.
 * @throws as `interpret`; SlipwayError (65, 66) of the files.
 */
export function interpretUnread(
  row: Row,
  { ledger, lock, fingerprint }: InspectOptions,
  key: string,
): Unread {
  const facts = factsOf(row);
  if (isBareIn(row))
    return { kind: 'inspected', inspection: { ...facts, state: { kind: 'empty', found: [] } } };
  const known = readQuickly(row);
  if (known === null || known.content.rows.length === 0) return { kind: 'schemaWanted' };
  const { content, catalog, digest } = known;
  const nowMs = Number(row.now_ms);
  const { state, last } = interpretRows(content.rows, nowMs, ledger, (rows) =>
    believedComparison({ rows, content, catalog, nowMs }, key),
  );
  const found = { ...facts, hasLedger: true, last };
  if (state.kind !== 'managed')
    return digest === null ? { kind: 'inspected', inspection: { ...found, state } } : { kind: 'rowsWanted' };
  if (state.comparison === null && comparableVersion(state.rows, lock) !== null)
    return { kind: 'schemaWanted' };
  if (digest === null) return { kind: 'inspected', inspection: { ...found, state } };
  const plain = fingerprint?.files ? plainRowsOf(fingerprint.files(), state.rows) : [];
  if (digest !== digestOf(plain)) return { kind: 'rowsWanted' };
  const rows = [...plain, ...state.rows].sort(byVersion);
  return { kind: 'inspected', inspection: { ...found, isAbridged: true, state: { ...state, rows } } };
}

/** What the answer to `ledgerQuery` says of the server and the table, whatever the ledger holds. */
function factsOf(row: Row): Omit<Inspection, 'state'> {
  if (row.backend_pid === undefined || row.as_of === undefined) throw notAnAnswer();
  return {
    hasLedger: row.relkind !== null && row.relkind !== undefined,
    hasSchema: row.has_schema === true,
    backendPid: Number(row.backend_pid),
    asOf: String(row.as_of),
    isStandby: row.standby === true,
    isReaderLacking: row.reader_lacking === true,
    publications: (row.publications ?? []) as Inspection['publications'],
    schemaInOtherHands:
      typeof row.schema_owner === 'string'
        ? { owner: row.schema_owner, ledgerOwner: String(row.owner) }
        : null,
    others: none,
    isAbridged: false,
    seen: null,
    last: null,
    toKeep: null,
  };
}

const none: ReadonlySet<string> = new Set();

/** What takes every query and answers something else is not to be taken for an empty database. */
const notAnAnswer = (): SlipwayError =>
  new SlipwayError({
    exit: 'config',
    message:
      'the server does not answer queries as PostgreSQL does: the columns that Slipway reads are missing',
    remedy: 'Check host and port, and what answers there.',
  });

/** The version that the schema of a managed database is held against; null where the lock does not know it. */
function comparableVersion(rows: readonly LedgerRow[], lock: Lock | null): Version | null {
  const newest = rows.at(-1);
  if (!lock || newest?.state !== 'done') return null;
  return lockedVersions(lock).includes(newest.version) ? newest.version : null;
}

/** Holds the schema of a managed database against the lock; null where the lock does not know its version. */
function compare(
  rows: readonly LedgerRow[],
  { lock, texts }: InspectOptions,
  snapshot: Snapshot | null,
): Comparison | null {
  const version = comparableVersion(rows, lock);
  if (!lock || !snapshot || version === null) return null;
  const accepted = acceptedIn(rows);
  const wanted = expectedAt(lock, version);
  const { ignore } = lock.options;
  const compared = (known: Texts): Comparison =>
    withoutVarying(diff(wanted, snapshot, { ignore, texts: known, accepted }), lock, version);
  const comparison = compared(() => null);
  return comparison.differences.length === 0 ? comparison : compared(texts());
}

function interpretSchema(lock: Lock, snapshot: Snapshot, { texts }: InspectOptions): DatabaseState {
  const own = ownObjects(lock, snapshot);
  if (own.length === 0) return { kind: 'empty', found: relationsAmong(snapshot.keys()) };
  return { kind: 'unmanaged', found: relationsAmong(own), match: findMatch(lock, snapshot, texts()) };
}

function interpretRows(
  raw: readonly Row[],
  nowMs: number,
  ledger: LedgerName,
  compareWith: (rows: readonly LedgerRow[]) => Comparison | null,
): Pick<Inspection, 'state' | 'last'> {
  const format = largest(
    raw.map((row) => Number(row.format)),
    0,
  );
  if (format > ledgerFormat) return { state: { kind: 'newer', format }, last: null };
  const rows: LedgerRow[] = [];
  const problems: string[] = [];
  for (const row of raw.map(readRow)) {
    if ('problem' in row) problems.push(row.problem);
    else rows.push(row);
  }
  for (const problem of contradictions(rows)) problems.push(problem);
  const finishedMs = (row: Row): number =>
    typeof row.finished_at === 'string' ? Date.parse(row.finished_at) : 0;
  const last = raw.reduce((a, b) => (finishedMs(b) > finishedMs(a) ? b : a));
  // Where the server's clock was set back, a time that is yet to come tells nothing, and must not be waited for.
  const quietMs = finishedMs(last) > 0 ? nowMs - finishedMs(last) : -1;
  return {
    state:
      problems.length > 0
        ? { kind: 'corrupt', problems, cures: [showRows(ledger), ...curesOf(raw, ledger)] }
        : { kind: 'managed', rows, comparison: compareWith(rows) },
    last: quietMs >= 0 ? { id: String(last.run), quietMs } : null,
  };
}
