/**
 * Writes what a run says: as JSON or for people, without secrets and without what a terminal obeys. What writes is
 * opened with the first line, so that a start stays short.
 */
export type { EventAt } from './events.ts';
export { LiveLine } from './live-line.ts';
export { atLeast, createLog, type Log, logOf } from './log.ts';
export { Output, stderr, stdout } from './output.ts';
export { painter, type Styler, showsColors, unstyled } from './paint.ts';
export { redacting } from './redact.ts';
export { styler, toTerminal } from './style.ts';
export { inertJson, inertText, isInActions } from './workflow-commands.ts';
