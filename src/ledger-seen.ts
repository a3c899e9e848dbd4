import { literal, type Row } from './connection/session.ts';
import { type LedgerName, ledgerTable, rowOf } from './ledger.ts';
import type { Version } from './model.ts';

/** What the query for the ledger's rows gives, for one app. */
export interface LedgerContent {
  readonly rows: readonly Row[];
  /** All apps that have rows. */
  readonly apps: readonly string[];
}

/** What a ledger was seen to hold, and the marks that it bears as long as nobody changes it. */
export interface SeenLedger {
  /** Of its rows. */
  readonly mark: string;
  /** Of the table itself: columns, defaults, constraints, triggers, rules, indexes; null where it was not asked for. */
  readonly shape: string | null;
  readonly content: LedgerContent;
}

/**
 * A digest of which transaction wrote which row: it is another one when a row comes, changes or goes.
 *
 * @param but the version whose row does not count.
 */
export const markOf = (ledger: LedgerName, but: Version | null = null): string =>
  `SELECT count(*) || '/' || coalesce(sum(hashtextextended(concat_ws(' ', app, version, xmin::text), 0)), 0)
    FROM ONLY ${ledgerTable(ledger)}${but === null ? '' : ` WHERE NOT (${rowOf(ledger, but)})`}`;

/** The mark of a ledger without rows. */
const noMark = '0/0';

/** The content as hexadecimal text, which no client encoding changes. */
const asText = (ledger: LedgerName): string =>
  `encode(convert_to((${selectContent(ledger)})::text, 'UTF8'), 'hex')`;

/** Selects the content, without a mark. */
export const selectAll = (ledger: LedgerName): string => `SELECT ${asText(ledger)} AS content`;

/** Selects the content, as hexadecimal text, unless the ledger bears the mark still; and the mark. */
export const selectUnseen = (ledger: LedgerName, mark: string | null): string =>
  `SELECT m.mark, CASE WHEN m.mark = ${literal(mark ?? '')} THEN NULL
      ELSE ${asText(ledger)} END AS content
    FROM (${markOf(ledger)}) AS m(mark)`;

/** Selects what has become of a version's row, and the marks with and without it, for whoever wrote to it. */
export const selectWritten = (ledger: LedgerName, version: Version): string =>
  `SELECT (${markOf(ledger)}) AS mark, (${markOf(ledger, version)}) AS others,
    (SELECT to_jsonb(l) FROM ONLY ${ledgerTable(ledger)} l WHERE ${rowOf(ledger, version)}) AS written`;

/**
 * What is known of a ledger once a version got its row; pure. Null, so that it is read again, where that is not all
 * that became of it since it was seen.
 *
 * @param before what it was seen to hold; null: it was not there yet.
 * @param answer to `selectWritten`.
 */
export function seenAfter(
  before: SeenLedger | null,
  { app }: LedgerName,
  version: Version,
  answer: Row,
): SeenLedger | null {
  const { rows, apps } = before?.content ?? { rows: [], apps: [] };
  const written = answer.written as Row | null;
  const isNew = written !== null && !rows.some((row) => row.version === version);
  if (!isNew || answer.others !== (before?.mark ?? noMark)) return null;
  const at = rows.findLastIndex((row) => String(row.version) < version) + 1;
  return {
    mark: String(answer.mark),
    shape: before?.shape ?? null,
    content: {
      rows: [...rows.slice(0, at), written, ...rows.slice(at)],
      apps: apps.includes(app) ? apps : [...apps, app],
    },
  };
}

/** Selects one JSON document, `LedgerContent`; reads whole rows, so that a column more or less is no error. */
function selectContent(ledger: LedgerName): string {
  const table = `ONLY ${ledgerTable(ledger)}`;
  return `SELECT json_build_object(
    'rows', (SELECT coalesce(json_agg(to_jsonb(l) ORDER BY l.version), '[]') FROM ${table} l WHERE l.app = ${literal(ledger.app)}),
    'apps', (SELECT coalesce(json_agg(DISTINCT l.app), '[]') FROM ${table} l))`;
}
