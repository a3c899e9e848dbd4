import type { Version } from '../migrations/index.ts';
import { literal, type Row } from '../postgres/index.ts';
import { type LedgerName, ledgerTable } from './table.ts';

/** What the query for the ledger's rows gives, for one app. */
export interface LedgerContent {
  readonly rows: readonly Row[];
  /** All apps that have rows. */
  readonly apps: readonly string[];
  /**
   * The transactions in which other apps applied their versions: identifier (PostgreSQL docs 9.27.6), `@`, and that of the
   * cluster that gave it.
   */
  readonly others: readonly string[];
}

/** What a ledger was seen to hold, and the marks that it bears as long as nobody changes it. */
export interface CachedLedger {
  /** Of its rows. */
  readonly mark: string;
  /** Of the table itself: columns, defaults, constraints, triggers, rules, indexes; null where it was not asked for. */
  readonly shape: string | null;
  readonly content: LedgerContent;
}

/** A digest of which transaction wrote a row. */
const rowMark = (alias: string): string =>
  `hashtextextended(concat_ws(' ', ${alias}.version, ${alias}.xmin::text), 0)`;

/**
 * A digest of which transactions wrote an app's rows: it is another one when a row comes, changes or goes.
 *
 * @param besides a version whose row is left out, as an expression of SQL; null: none is.
 */
export const markOf = (ledger: LedgerName, besides: string | null = null): string =>
  `SELECT count(*) || '/' || coalesce(sum(${rowMark('l')}), 0)
    FROM ONLY ${ledgerTable(ledger)} l WHERE l.app = ${literal(ledger.app)}${besides === null ? '' : ` AND l.version <> ${besides}`}`;

/** The mark once a row has come, by the row's own. */
function markWith(mark: string, row: string): string {
  const [count = 0n, sum = 0n] = mark.split('/').map(BigInt);
  return `${count + 1n}/${sum + BigInt(row)}`;
}

/** The mark of a ledger without rows. */
const noMark = '0/0';

/** A ledger that was just made, as nobody else can have seen it. */
export const justMade = (shape: string): CachedLedger => ({
  mark: noMark,
  shape,
  content: { rows: [], apps: [], others: [] },
});

/** The content as hexadecimal text, which no client encoding changes. */
const asText = (ledger: LedgerName): string =>
  `encode(convert_to((${selectContent(ledger)})::text, 'UTF8'), 'hex')`;

/** The content of that text. */
export const readHex = (hex: string): LedgerContent =>
  JSON.parse(Buffer.from(hex, 'hex').toString('utf8')) as LedgerContent;

/** Selects the content, without a mark. */
export const selectAll = (ledger: LedgerName): string => `SELECT ${asText(ledger)} AS content`;

/**
 * Selects the content, as hexadecimal text, unless the app's rows bear the mark still; and the mark. Without a row of
 * its own it always comes: no mark tells what other apps there are.
 */
export const selectUnseen = (ledger: LedgerName, seen: CachedLedger | null): string =>
  `SELECT m.mark, CASE WHEN m.mark = ${literal(seen && seen.content.rows.length > 0 ? seen.mark : '')} THEN NULL
      ELSE ${asText(ledger)} END AS content
    FROM (${markOf(ledger)}) AS m(mark)`;

/** What to return of a row that is written: the row, and its part of the mark. */
export const writtenColumns = `${rowMark('ledger')}::text AS mark, to_json(ledger) AS written`;

/**
 * What a ledger holds once a version got its row, provided that nobody else wrote to it: if somebody did, it does not
 * bear the mark that is said here. Null, so that it is read again, where the row is not a new one.
 *
 * @param before what it was seen to hold; null: it was not there yet.
 * @param answer of `writtenColumns`.
 */
export function cacheAfter(
  before: CachedLedger | null,
  { app }: LedgerName,
  version: Version,
  answer: Row,
): CachedLedger | null {
  const { rows, apps, others } = before?.content ?? { rows: [], apps: [], others: [] };
  const written = (answer.written ?? null) as Row | null;
  // Rows come in the order of their versions, and a new one mostly is the last.
  const at = rows.findLastIndex((row) => String(row.version) < version) + 1;
  if (written === null || rows[at]?.version === version) return null;
  return {
    mark: markWith(before?.mark ?? noMark, String(answer.mark)),
    shape: before?.shape ?? null,
    content: {
      rows: [...rows.slice(0, at), written, ...rows.slice(at)],
      apps: apps.includes(app) ? apps : [...apps, app],
      others,
    },
  };
}

/** What `cacheWith` is told of, besides the row: the mark of all rows, once one of them was written. */
export const writtenMark = (ledger: LedgerName): string =>
  `SELECT m.mark FROM (${markOf(ledger)}) AS m(mark)`;

/**
 * What a ledger holds once a version's row was written, a new one or one that was there.
 *
 * @param before what it was seen to hold.
 * @param written the row.
 * @param mark of all rows, as `writtenMark` asks for it in the same transaction.
 */
export function cacheWith(
  before: CachedLedger,
  { app }: LedgerName,
  written: Row,
  mark: string,
): CachedLedger {
  const { rows, apps, others } = before.content;
  const version = String(written.version);
  const isBefore = (row: Row): boolean => String(row.version) < version;
  const isAfter = (row: Row): boolean => String(row.version) > version;
  return {
    mark,
    shape: before.shape,
    content: {
      rows: [...rows.filter(isBefore), written, ...rows.filter(isAfter)],
      apps: apps.includes(app) ? apps : [...apps, app],
      others,
    },
  };
}

/** Selects one JSON document, `LedgerContent`; reads whole rows, so that a column more or less is no error. */
function selectContent(ledger: LedgerName): string {
  const table = `ONLY ${ledgerTable(ledger)}`;
  return `SELECT json_build_object(
    'rows', (SELECT coalesce(json_agg(to_json(l) ORDER BY l.version COLLATE "C"), '[]') FROM ${table} l WHERE l.app = ${literal(ledger.app)}),
    'apps', (SELECT coalesce(json_agg(DISTINCT l.app), '[]') FROM ${table} l),
    'others', ${selectOthers(ledger)})`;
}

/** An expression of SQL: the transactions of other apps, as `LedgerContent` has them. */
export const selectOthers = (ledger: LedgerName): string =>
  `(SELECT coalesce(json_agg(DISTINCT concat_ws('@', to_json(l)->>'transaction_id', to_json(l)->'accepted'->>'cluster')), '[]') FROM ONLY ${ledgerTable(ledger)} l WHERE l.app <> ${literal(ledger.app)})`;
