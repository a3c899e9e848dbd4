/**
 * What tests and tools call in place of the command: `up`, `status` and `templateDatabase`, by the same code. Everything
 * comes by options; nothing of the process is read or touched.
 */
export { SlipwayError } from '../core/index.ts';
export {
  askStatus as status,
  type BroughtUp as UpOutcome,
  bringUp as up,
  type StatusOptions,
} from './commands.ts';
export { optionsFromEnvironment } from './from-environment.ts';
export type { SlipwayEvent, SlipwayOptions } from './options.ts';
export { type DatabaseClone, type TemplateDatabase, templateDatabase } from './template-database.ts';
