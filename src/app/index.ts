/**
 * What every use case is handed: settings, log, signal. It knows no command and no database.
 */
export type { App, Request } from './app.ts';
