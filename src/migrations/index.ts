/**
 * Reads the files of a project as a set of migrations, or says what is wrong with them. A file is judged by its
 * text without BOM and with line ends as LF.
 */
export type { Listing } from './listing.ts';
export type { Migration, MigrationSet, Superseded, TakenIn, Version } from './migration.ts';
