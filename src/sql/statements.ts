import type { SqlScript } from './script.ts';
import type { Statement } from './statement.ts';
import type { StatementList } from './statement-list.ts';

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
  /** null where `search_path` decides. */
  readonly schema: string | null;
  readonly name: string;
}

/** What a statement's words say when it is a `CREATE [UNIQUE] INDEX CONCURRENTLY`, else null. */
export function concurrentIndex(statement: Statement): ConcurrentIndex | null {
  const words = new Words(statement.words);
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
    const words = new Words(statement.words);
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
export const createdRelations = (script: SqlScript): CreatedRelation[] =>
  script.statements.flatMap((statement) => createdRelation(statement) ?? []);

/** As `createdRelations`, of one statement. */
export function createdRelation(statement: Statement): CreatedRelation | null {
  const words = new Words(statement.words);
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

/** Reads a statement's words from left to right. */
class Words {
  private readonly words: readonly string[];
  private at = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  peek(): string | undefined {
    return this.words[this.at];
  }

  /** Goes past these words if they are next. */
  take(...expected: string[]): boolean {
    if (!expected.every((word, index) => this.words[this.at + index] === word)) return false;
    this.at += expected.length;
    return true;
  }

  name(): string | null {
    const word = this.peek();
    if (word === undefined || !/^(?:"|[uU]&"|[A-Za-z_\u0080-\uffff])/.test(word)) return null;
    this.at += 1;
    return foldName(word);
  }

  /** `name`, `schema.name` or `database.schema.name`. */
  qualifiedName(): CreatedRelation | null {
    const parts: string[] = [];
    do {
      const part = this.name();
      if (part === null) return null;
      parts.push(part);
    } while (this.take('.'));
    const name = parts.at(-1);
    return name === undefined ? null : { schema: parts.at(-2) ?? null, name };
  }
}

/**
 * The name that an identifier stands for: PostgreSQL documentation, 4.1.1 Identifiers and Key Words. Bare letters
 * beyond ASCII stay as they are, as in every database with a multi-byte encoding.
 */
export function foldName(written: string): string {
  if (written.startsWith('"')) return written.slice(1, -1).replaceAll('""', '"');
  if (/^u&"/i.test(written)) {
    return written
      .slice(3, -1)
      .replaceAll('""', '"')
      .replace(/\\(?:\+([0-9a-f]{6})|([0-9a-f]{4})|(\\))/gi, (written, six?: string, four?: string) => {
        const hex = six ?? four;
        if (hex === undefined) return '\\';
        const code = Number.parseInt(hex, 16);
        // Beyond Unicode there is no character: the server refuses the whole statement.
        return code > 0x10ffff ? written : String.fromCodePoint(code);
      });
  }
  return written.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
