/**
 * What every use case is handed: settings, log, signal, progress. It knows no command and no database.
 */
export type { App, Request } from './app.ts';
export { prepareToWrite } from './files-to-write.ts';
export { noProgress, type Progress } from './progress.ts';
