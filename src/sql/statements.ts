import type { SqlScript } from './script.ts';
import type { Statement } from './statement.ts';
import type { StatementList } from './statement-list.ts';
import { type QualifiedName, WordReader } from './words.ts';

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

/** What a statement's words say when it is a `CREATE [UNIQUE] INDEX CONCURRENTLY`, else null. */
export function concurrentIndex(statement: Statement): ConcurrentIndex | null {
  const words = new WordReader(statement.words);
  if (!words.take('CREATE')) return null;
  const unique = words.take('UNIQUE');
  if (!words.take('INDEX') || !words.take('CONCURRENTLY')) return null;
  const ifNotExists = words.take('IF', 'NOT', 'EXISTS');
  const index = words.peek() === 'ON' ? null : words.name();
  if (!words.take('ON')) return null;
  words.take('ONLY');
  const table = words.qualifiedName();
  return table && { unique, index, schema: table.schema, table: table.name, ifNotExists };
}

/** A concurrent index whose name the file gives, so that what became of it can be looked up. */
export type NamedIndex = ConcurrentIndex & { readonly index: string };

/** The index that a script of one statement builds CONCURRENTLY under a name; null for every other script. */
export function namedConcurrentIndex(statements: StatementList): NamedIndex | null {
  const [statement, ...more] = statements;
  const built = statement && more.length === 0 ? concurrentIndex(statement) : null;
  return built?.index ? { ...built, index: built.index } : null;
}

/** The statements that begin with DROP, TRUNCATE or DELETE. */
export function destructiveStatements(script: SqlScript): Statement[] {
  return script.statements.filter(({ words }) => /^(?:DROP|TRUNCATE|DELETE)$/.test(words[0] ?? ''));
}

/** The extensions that a script creates, in its order. */
export function createdExtensions(script: SqlScript): CreatedExtension[] {
  return script.statements.flatMap((statement) => {
    const words = new WordReader(statement.words);
    if (!words.take('CREATE', 'EXTENSION')) return [];
    const ifNotExists = words.take('IF', 'NOT', 'EXISTS');
    const name = words.name();
    return name === null ? [] : [{ name, ifNotExists, statement }];
  });
}

/**
 * The tables, views, materialized views, sequences and foreign tables that a script's statements create by name;
 * temporary ones are left out. What a function, a DO block or the elements of a CREATE SCHEMA create is not seen.
 */
export const createdRelations = (script: SqlScript): QualifiedName[] =>
  script.statements.flatMap((statement) => createdRelation(statement) ?? []);

/** As `createdRelations`, of one statement. */
export function createdRelation(statement: Statement): QualifiedName | null {
  const words = new WordReader(statement.words);
  if (!words.take('CREATE')) return null;
  words.take('OR', 'REPLACE');
  words.take('GLOBAL');
  words.take('LOCAL');
  if (words.take('TEMP') || words.take('TEMPORARY')) return null;
  words.take('UNLOGGED');
  words.take('RECURSIVE');
  const isRelation =
    words.take('TABLE') ||
    words.take('VIEW') ||
    words.take('MATERIALIZED', 'VIEW') ||
    words.take('SEQUENCE') ||
    words.take('FOREIGN', 'TABLE');
  if (!isRelation) return null;
  words.take('IF', 'NOT', 'EXISTS');
  return words.qualifiedName();
}
