import { identifier, literal } from '../postgres/index.ts';
import { type LedgerName, ledgerTable } from './table.ts';

/**
 * A column of a query, with its comma: whether one of these roles may not read the ledger that is there. A role that
 * does not exist lacks nothing. Nothing where there are no such roles.
 */
export function isReaderLacking(ledger: LedgerName, readers: readonly string[]): string {
  if (readers.length === 0) return '';
  const table = `to_regclass(${literal(ledgerTable(ledger))})`;
  return `EXISTS (SELECT FROM pg_roles o, pg_namespace n WHERE o.rolname IN (${readers.map(literal).join(', ')})
      AND n.oid = to_regnamespace(${literal(identifier(ledger.schema))}) AND ${table} IS NOT NULL
      AND NOT (has_schema_privilege(o.oid, n.oid, 'USAGE') AND has_table_privilege(o.oid, ${table}, 'SELECT'))) AS reader_lacking,`;
}
