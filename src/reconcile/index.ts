/**
 * Writes and runs the SQL that brings one database to the schema of a version. A fix is kept only where the schema
 * is then that of the version; no row is lost.
 */
export { adoptByFix, writeAdoptionFix } from './adoption.ts';
export { repairByFix, writeDriftFix } from './drift.ts';
export type { FixedBy } from './run.ts';
export type { WrittenFix } from './write.ts';
