import type { SlipwayError } from '../core/index.ts';
import type { LargeFile } from './large-file.ts';
import type { Listing } from './listing.ts';

/** A file of a migration, or the baseline, with its bytes. */
export interface FoundFile {
  readonly path: string;
  /** What it is called in the layout of one folder: `VERSION_NAME.sql`, `VERSION_NAME.down.sql`; that of a baseline is empty. */
  readonly name: string;
  readonly bytes: Buffer | LargeFile;
}

export interface FilePaths {
  readonly migrations: string;
  readonly baseline: string;
}

/**
 * Where the files of a project are, and which of them are migrations. Another layout of files is another one of these:
 * it tells by `name` what each file is.
 */
export interface MigrationSource {
  /** The names of what lies where the migrations are; nothing is opened. @throws SlipwayError (66) for what is no folder. */
  list(): Listing;
  /** Whether there is a baseline; it is not opened. @throws SlipwayError (66) where something else stands there. */
  hasBaseline(): boolean;
  /** The baseline; null where there is none. @throws SlipwayError (66) for what is unreadable. */
  baseline(): FoundFile | null;
  /**
   * The migrations and what undoes them; each is read when its bytes are asked for.
   *
   * @throws SlipwayError (66), with those bytes, for what is unreadable.
   */
  files(listing: Listing): readonly FoundFile[];
  /** What to say of each migration that lies where none is read (65). */
  misplaced(listing: Listing): readonly SlipwayError[];
}
