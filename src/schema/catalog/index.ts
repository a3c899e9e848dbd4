/**
 * Reads the catalog of a server as a snapshot: every object of a user, with its text. The text of an object is the
 * same on every server that has it, and no secret stands in it.
 */

export type { Snapshot, SnapshotObject } from '../model/index.ts';
export {
  isRelation,
  kindOf,
  nameOf,
  normalizeNames,
  objectsOf,
  objectsOfKind,
  ownedObjects,
  parentOf,
  schemaOf,
  splitPart,
  splitSort,
} from '../model/index.ts';
export { userOptions, userOptionsAsKept } from '../objects/common/user-options.ts';
export { secretName } from '../objects/database/read.ts';
export { timescaleFacet } from '../objects/timescale/read.ts';
export { leftFacet } from '../objects/timescale/read-relations.ts';
export { fingerprintQuery } from './fingerprint.ts';
export { matcher, named, namedIn } from './patterns.ts';
export { scope } from './scope.ts';
export {
  asInspection,
  hashText,
  lastInspection,
  type Part,
  pinnedSettings,
  readSnapshot,
  relationNames,
  type SnapshotOptions,
  sharing,
  snapshotIn,
  snapshotQuery,
  takeSnapshot,
  takeSnapshotAgain,
  withoutPrivileges,
} from './snapshot.ts';
