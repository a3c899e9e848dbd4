/**
 * Takes SQL text apart: tokens, statements, what cannot work, the place of an error. It reads text alone, and no
 * file and no database.
 */
export { commentLines, commitMarker, commitMarks } from './commit-marks.ts';
export { linesOf, placeAt } from './place.ts';
export {
  discardsSettings,
  isSetting,
  openingWords,
  type Partitioning,
  type Question,
  questionOf,
  type Renewed,
} from './question.ts';
export { parseSql, type Segment, type SqlScript } from './script.ts';
export type { Directives, Isolation, Repeat, Script, Source } from './source.ts';
export type { Statement } from './statement.ts';
export {
  createdExtensions,
  createdRelations,
  destructiveStatements,
  type NamedIndex,
  namedConcurrentIndex,
} from './statements.ts';
export type { Text } from './text.ts';
export { TokenReader } from './tokens.ts';
export { foldName, type QualifiedName } from './words.ts';
