import { lookup, type Snapshot } from '../../model/index.ts';
import { parentsOf, parseTable } from './alter.ts';

/** The tables that take columns from a table: its partitions, and what inherits it. */
export const heirsOf = lookup(({ kind, text }) => (kind === 'table' ? parentsOf(text) : []));

/** Whether other tables take columns from a table. */
export const hasHeirs = (table: string, snapshot: Snapshot): boolean => heirsOf(snapshot, table).length > 0;

const tablesOf = lookup(({ kind, text }) => (kind === 'table' ? [parseTable(text).of ?? []].flat() : []));

/** Whether a table is made OF a type. */
export const hasTypedTable = (type: string, snapshot: Snapshot): boolean =>
  tablesOf(snapshot, type).length > 0;
