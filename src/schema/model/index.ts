/**
 * What is said of an object of a schema: its kind, its name and its text, and how a name is taken apart. It knows no
 * server, and no SQL.
 */
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
export { normalize } from './normalize.ts';
export { extensionTrigger, noFacets, type Snapshot, type SnapshotObject } from './object.ts';
export { normalizeNames } from './printed-names.ts';
