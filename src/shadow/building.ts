import type { Measured } from '../impact/index.ts';
import type { Run } from '../migrate/index.ts';
import type { Migration, MigrationSet } from '../migrations/index.ts';
import type { Snapshot } from '../schema/catalog/index.ts';
import type { SchemaGraph } from '../schema/generate/index.ts';
import type { Platform } from './platform.ts';

/** A shadow, and the run that builds on it. */
export interface Building {
  readonly run: Run;
  /** What `sql/shadow.sql` made ahead of everything; null where there is no such file. */
  readonly platform: Platform | null;
  /** The schema as it is now, with all that the platform owns. */
  inspection(withPrivileges: boolean): Promise<Snapshot>;
  /** The same, with what must stand before what. */
  describe(withPrivileges: boolean): Promise<SchemaGraph>;
  /** Brings it to the head of a set, with the very code that brings databases to head. */
  bring(set: MigrationSet): Promise<void>;
  /** Applies the newest version of a set to it, where all before it is there already: nothing is inspected again. */
  add(set: MigrationSet, migration: Migration): Promise<void>;
  /** Does what brings one file to it, and tells what the statements of that lock; null where none ran. */
  measuring(work: () => Promise<void>): Promise<Measured | null>;
  /** Undoes the newest version of a set that it was brought to. */
  undo(set: MigrationSet): Promise<void>;
}
