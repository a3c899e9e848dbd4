/**
 * Reads the rows of a schema, finds those that are others each time, and writes them as INSERT. A row that is
 * written makes the same row again.
 */
export { setSequence, writeRows } from './insert.ts';
export { type Reading, type ReadTable, readRows } from './read.ts';
export { columnName, type RowColumn, type RowTable } from './tables.ts';
export { type Volatile, volatileIn } from './volatile.ts';
