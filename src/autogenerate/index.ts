/**
 * Writes a migration and its down file that lead from the files to a desired schema. What it writes was run on
 * tables with rows, forth and back, and says in its first lines what was not shown.
 */
export { autogenerate, generateOn, readHead } from './autogenerate.ts';
export { findDesiredSchema } from './desired-schema.ts';
export type { GenerateRequest } from './request.ts';
