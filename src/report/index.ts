/**
 * Writes what a command found as a report for a review: Markdown, or one page of HTML that needs nothing else. Whatever
 * a name or a message holds, it is shown as text: it begins no table, no tag, no diagram and no command of its own.
 */
export { type SchemaChange, schemaChanges, summaryOf } from './changes.ts';
export type { MigrationReport, ReportContent, VersionLine } from './content.ts';
export { openReport, type ReportWriter } from './report-writer.ts';
export { byTable } from './sections.ts';
export { tablesOf, touchedIn } from './tables.ts';
export { code, type Words } from './words.ts';
