/**
 * Reads the catalog of a server as a snapshot: every object of a user, with its text. The text of an object is the
 * same on every server that has it, and no secret stands in it.
 */
export { secretName } from './database.ts';
export { dependencyQuery } from './dependencies.ts';
export { lookup, objectsOf, objectsOfKind } from './lookup.ts';
export {
  isRelation,
  kindOf,
  nameOf,
  ownedObjects,
  parentOf,
  schemaOf,
  splitPart,
  splitSort,
} from './names.ts';
export type { SnapshotObject } from './object.ts';
export { matcher, named, namedIn } from './patterns.ts';
export { settleNames } from './printed-names.ts';
export { scope } from './scope.ts';
export {
  asLook,
  hashText,
  lastLook,
  type Part,
  pinnedSettings,
  readSnapshot,
  relationsOf,
  type Snapshot,
  type SnapshotOptions,
  sharing,
  snapshotIn,
  snapshotQuery,
  takeSnapshot,
  withoutPrivileges,
} from './snapshot.ts';
export { timescaleFacet } from './timescale.ts';
export { leftFacet, orderFacet, segmentFacet } from './timescale-relations.ts';
export { userOptions, userOptionsAsKept } from './user-options.ts';
