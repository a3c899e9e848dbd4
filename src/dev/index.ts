/**
 * Answers each save of the newest migration: what it makes of the schema, what its down file does, or where it fails.
 * It works on a throw-away database alone, writes no file, and leaves nothing behind.
 */
export type { Answer } from './answer.ts';
export { dev } from './dev.ts';
export { answerLines, buildingLine, eventOfAnswer, watchingLine } from './words.ts';
