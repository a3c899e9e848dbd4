import type { LedgerName } from '../../ledger/index.ts';
import { normalizeNames, scope, userOptions, userOptionsAsKept } from '../catalog/index.ts';
import type { OptionOrder, OptionOrders } from '../objects/common/schema-graph.ts';

/** What has options: its `kind name`, their column, what stands before them in its description. */
const holders: readonly (readonly [object: string, options: string, before: string, from: string])[] = [
  [`'options ' || r.name`, 'r.reloptions', '', `rel r WHERE r.relkind IN ('r', 'p', 'm')`],
  [`'options ' || r.name`, 't.reloptions', 'toast ', 'rel r JOIN pg_class t ON t.oid = r.reltoastrelid'],
  [`'view ' || r.name`, 'r.reloptions', '', `rel r WHERE r.relkind = 'v'`],
  [
    `'column options ' || r.name || '.' || quote_ident(a.attname)`,
    'a.attoptions',
    '',
    'rel r JOIN pg_attribute a ON a.attrelid = r.oid WHERE a.attnum > 0 AND NOT a.attisdropped',
  ],
  [
    `'index options ' || r.name || '.' || quote_ident(c.relname)`,
    'c.reloptions',
    '',
    'rel r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid',
  ],
];

/** The query for `readOptionOrders`. */
export const optionOrdersQuery = (ledger: LedgerName): string => `WITH ${scope(ledger, null)}
  SELECT q.object, q.described, q.kept FROM (${holders
    .map(
      ([object, options, before, from]) =>
        `SELECT ${object} AS object, '${before}' || ${userOptions(options)} AS described, '${before}' || ${userOptionsAsKept(options)} AS kept FROM ${from}`,
    )
    .join('\n    UNION ALL ')}) AS q WHERE q.described <> q.kept`;

/** Reads the rows that `optionOrdersQuery` gives. */
export function readOptionOrders(rows: readonly Readonly<Record<string, unknown>>[]): OptionOrders {
  const orders = new Map<string, OptionOrder[]>();
  for (const { object, described, kept } of rows) {
    const key = normalizeNames(String(object));
    orders.set(key, [...(orders.get(key) ?? []), { described: String(described), kept: String(kept) }]);
  }
  return orders;
}
