/**
 * What tests and tools call in place of the command: `up`, `status` and `templateDatabase`, by the same code. Everything
 * comes by options; nothing of the process is read or touched.
 */
export { SlipwayError } from '../core/index.ts';
export { type StatusOptions, status, type UpOutcome, up } from './commands.ts';
export { optionsFromEnvironment } from './from-environment.ts';
export type { SlipwayEvent, SlipwayOptions } from './options.ts';
export { type DatabaseClone, type TemplateDatabase, templateDatabase } from './template-database.ts';
