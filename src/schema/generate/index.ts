/**
 * Turns descriptions of a schema into SQL: a whole schema, or the changes from one to another. The statements come
 * in an order that works; what cannot be written is left for a person, with the reason. A start at head loads
 * nothing of it.
 */

export { parseColumn } from '../objects/column/parts.ts';
export { dependentsOf } from '../objects/common/dependents.ts';
export type { SchemaGraph } from '../objects/common/schema-graph.ts';
export { describeWarnings, losesData, warning } from '../objects/common/warnings.ts';
export { ownerOf } from '../objects/sequence/create.ts';
export { parentsOf, parseTable } from '../objects/table/alter.ts';
export { heirsOf } from '../objects/table/heirs.ts';
export { hypertableSettings, isOfTimescale } from '../objects/timescale/create.ts';
export { timescaleSchema } from '../objects/timescale/intent.ts';
export type { Change } from './changes/change.ts';
export { changesBetween, forPerson, type Renames } from './changes/changes.ts';
export { isSame } from './changes/dispositions.ts';
export { renamed, renameStatements } from './changes/renames.ts';
export { formatChanges } from './changes/text.ts';
export { describeSchema } from './describe-schema.ts';
export { dropObject } from './drop.ts';
export { joinAlters } from './joined-alters.ts';
export { keepRights, withoutDefaults } from './kept-rights.ts';
export {
  absentFrom,
  asRenames,
  type CandidateRename,
  candidateRenames,
  type GivenRenames,
  inverse,
  possibleRenames,
  type Rename,
  readRenames,
  renameTarget,
} from './renames.ts';
export { excludeObjects } from './restrict.ts';
export { stepwise } from './stepwise.ts';
export { type WrittenSchema, writeSchema } from './whole.ts';
