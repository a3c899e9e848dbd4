/**
 * Writes a SQL file that cannot run in one transaction as several that run, in the order of its statements. Each
 * statement is in one of them, as it was written; where that would change what it does, nothing is written.
 */
export { type SplitFile, splitFile } from './split.ts';
