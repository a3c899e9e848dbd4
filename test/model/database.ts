import type { Contents } from './contents.ts';
import type { TakenIn } from './image.ts';

/** A row of the ledger, as far as the model knows it. */
export interface Row {
  readonly version: string;
  readonly kind: 'baseline' | 'migration';
  readonly state: 'running' | 'done';
  /** The file's text when it was applied: what its checksum is of. */
  readonly text: string;
  /** What the file did then, whatever its comments. */
  readonly meaning: string;
  /** Objects that were accepted as different: what they were then, null for not there. */
  readonly accepted: ReadonlyMap<string, string | null>;
  /** What the row says that its baseline took in; null where it says nothing. */
  readonly takenIn: TakenIn | null;
}

/** A database: what it holds, and the ledger's rows in the order of their versions. */
export interface Database extends Contents {
  readonly rows: readonly Row[];
}

export const emptyDatabase: Database = { objects: new Map(), traces: [], rows: [] };

/** With a row more, or another one in the place of that version. */
export const withRow = (database: Database, row: Row): Database => ({
  ...database,
  rows: [...database.rows.filter(({ version }) => version !== row.version), row].sort((a, b) =>
    a.version < b.version ? -1 : 1,
  ),
});

export const withoutRow = (database: Database, version: string): Database => ({
  ...database,
  rows: database.rows.filter((row) => row.version !== version),
});

/** Everything that the ledger accepted as different; a later version's word counts. */
export const acceptedIn = ({ rows }: Database): Map<string, string | null> =>
  new Map(rows.flatMap(({ accepted }) => [...accepted]));
