/**
 * Reads the command line, runs the command, and reports to people and programs. A command decides nothing about a
 * database: it asks a use case, prints what came of it, and returns the exit code.
 */
export type { Context } from './command.ts';
export { mostAfterAbortMs, mostAfterSignalMs } from './endings.ts';
export { type CommandLine, parseCommandLine } from './parse.ts';
export { withRunTimeout } from './run-timeout.ts';
export { writeTerminationMessage } from './termination-log.ts';
