import type { Row } from './connection/session.ts';
import { eternalColumns, type LedgerName, ledgerColumns, ledgerFormat } from './ledger.ts';
import type { LedgerContent, SeenLedger } from './ledger-seen.ts';

/**
 * Judges what `ledgerQuery` gave: the ledger's content and mark, null where there is no ledger, or why it is not to be
 * trusted.
 *
 * @param isWriter whether it is going to be written to: it must then be in trusted hands, with every column there.
 */
export function judgeLedger(
  row: Row,
  ledger: LedgerName,
  isWriter: boolean,
  seen: SeenLedger | null = null,
): { readonly problems: readonly string[] } | { readonly seen: SeenLedger | null } {
  if (row.relkind === null || row.relkind === undefined) return { seen: null };
  const name = `${ledger.schema}.ledger`;
  const problems = [
    ...(row.relkind === 'r' ? [] : [`${name} is not a plain table`]),
    ...(row.has_triggers ? [`${name} has triggers, which would run with Slipway's privileges`] : []),
    ...(row.has_rules ? [`${name} has rules, which would run with Slipway's privileges`] : []),
    ...(row.has_row_security ? [`${name} has row security, which hides rows`] : []),
    ...(row.has_code ? [`${name} calls functions of a user, which would run with Slipway's privileges`] : []),
    ...(row.has_foreign_types
      ? [`${name} has columns of a user's types, whose casts are a user's code`]
      : []),
    ...(row.columns === eternalColumns.length
      ? []
      : [`${name} does not have the columns of Slipway's ledger`]),
    ...(isWriter && !row.is_trusted
      ? [
          `${name} belongs to "${String(row.owner)}", who is neither this role, a role it is a member of, the database's owner nor a superuser`,
        ]
      : []),
  ];
  if (problems.length > 0) return { problems };
  const now = readContent(row, seen);
  const { content } = now;
  const isOurFormat = content.rows.every(({ format }) => Number(format) <= ledgerFormat);
  return isWriter && isOurFormat && row.written !== Object.keys(ledgerColumns).length
    ? { problems: [`${name} lacks columns of Slipway's ledger, or has them with other types`] }
    : { seen: now };
}

function readContent(row: Row, seen: SeenLedger | null): SeenLedger {
  const xml = String(row.content);
  const shape = typeof row.shape === 'string' ? row.shape : null;
  const mark = /<mark>([^<]*)<\/mark>/.exec(xml)?.[1] ?? '';
  const hex = /<content>([0-9a-f]*)<\/content>/.exec(xml)?.[1];
  if (hex === undefined && seen) return { ...seen, shape };
  const content = JSON.parse(Buffer.from(hex ?? '', 'hex').toString('utf8')) as LedgerContent;
  return { mark, shape, content };
}
