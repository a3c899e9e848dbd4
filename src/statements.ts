import type { SqlScript, Statement } from './sql.ts';

/** A `CREATE INDEX CONCURRENTLY`; names without quotes, folded as PostgreSQL folds them. */
export interface ConcurrentIndex {
  readonly unique: boolean;
  /** null where the server is to choose a name. */
  readonly index: string | null;
  /** The table's schema; null where `search_path` decides. */
  readonly schema: string | null;
  readonly table: string;
  readonly ifNotExists: boolean;
}
export interface CreatedExtension {
  readonly name: string;
  readonly ifNotExists: boolean;
  readonly statement: Statement;
}
export interface CreatedRelation {
  readonly schema: string | null;
  readonly name: string;
}

export declare function concurrentIndex(statement: Statement): ConcurrentIndex | null;
export declare function destructiveStatements(script: SqlScript): Statement[];
export declare function createdExtensions(script: SqlScript): CreatedExtension[];
export declare function createdRelations(script: SqlScript): CreatedRelation[];
