import type { Source } from './source.ts';
import type { Statement } from './statement.ts';
import { concurrentIndex, type NamedIndex } from './statements.ts';
import { TokenReader } from './tokens.ts';
import { type QualifiedName, WordReader } from './words.ts';

/** What REINDEX renews. */
export type Renewed =
  | { readonly object: 'INDEX' | 'TABLE'; readonly relation: QualifiedName }
  | { readonly object: 'SCHEMA'; readonly schema: string }
  | { readonly object: 'DATABASE' };

/** A relation, and one that is made its partition, or is no more one. */
export interface Partitioning {
  readonly parent: QualifiedName;
  readonly partition: QualifiedName;
}

/** By what it can be told how far a statement came that was interrupted outside of a transaction. */
export type Question =
  /** Whether the index is there, and valid. */
  | { readonly kind: 'index'; readonly index: NamedIndex }
  /** What REINDEX has left; it may run again. */
  | { readonly kind: 'renewed'; readonly renewed: Renewed }
  /** Whether the index is gone. */
  | { readonly kind: 'droppedIndex'; readonly index: QualifiedName }
  /** Whether the type has the value; `literal` is the string constant as the file has it. */
  | { readonly kind: 'enumValue'; readonly type: QualifiedName; readonly literal: string }
  /** Whether one relation is a partition of the other. */
  | ({ readonly kind: 'attached' } & Partitioning)
  | ({ readonly kind: 'detached' } & Partitioning)
  /** Nothing: it may run again, however far it came. */
  | { readonly kind: 'repeatable' };

/**
 * What to ask the catalogs of a statement that was interrupted.
 *
 * @returns null where nothing in the catalogs tells how far it came.
 */
export function questionOf(source: Source, statement: Statement): Question | null {
  const built = concurrentIndex(statement);
  if (built) return built.index === null ? null : { kind: 'index', index: { ...built, index: built.index } };
  const words = new WordReader(statement.words);
  switch (statement.words[0]) {
    case 'VACUUM':
    case 'ANALYZE':
    case 'CLUSTER':
    case 'CHECKPOINT':
    case 'REFRESH':
      return { kind: 'repeatable' };
    case 'REINDEX':
      return ofReindex(words);
    case 'DROP':
      return ofDrop(words);
    case 'ALTER':
      return ofAlter(words, source, statement);
    default:
      return null;
  }
}

function ofReindex(words: WordReader): Question | null {
  words.take('REINDEX');
  if (words.take('(')) words.takePast(')');
  const object = words.word();
  words.take('CONCURRENTLY');
  switch (object) {
    case 'INDEX':
    case 'TABLE': {
      const relation = words.qualifiedName();
      return relation && { kind: 'renewed', renewed: { object, relation } };
    }
    case 'SCHEMA': {
      const schema = words.name();
      return schema === null ? null : { kind: 'renewed', renewed: { object, schema } };
    }
    case 'DATABASE':
    case 'SYSTEM':
      return { kind: 'renewed', renewed: { object: 'DATABASE' } };
    default:
      return null;
  }
}

function ofDrop(words: WordReader): Question | null {
  if (!words.take('DROP', 'INDEX', 'CONCURRENTLY')) return null;
  words.take('IF', 'EXISTS');
  const index = words.qualifiedName();
  // Only one can be dropped CONCURRENTLY (PostgreSQL docs, DROP INDEX).
  return index && words.peek() !== ',' ? { kind: 'droppedIndex', index } : null;
}

function ofAlter(words: WordReader, source: Source, statement: Statement): Question | null {
  words.take('ALTER');
  if (words.take('SYSTEM')) return { kind: 'repeatable' };
  if (words.take('TYPE')) {
    const type = words.qualifiedName();
    const literal = firstLiteral(source, statement);
    return type && literal !== null && words.take('ADD', 'VALUE')
      ? { kind: 'enumValue', type, literal }
      : null;
  }
  if (!words.take('TABLE') && !words.take('INDEX')) return null;
  words.take('IF', 'EXISTS');
  words.take('ONLY');
  const parent = words.qualifiedName();
  words.take('*');
  const kind = words.take('ATTACH', 'PARTITION')
    ? 'attached'
    : words.take('DETACH', 'PARTITION')
      ? 'detached'
      : null;
  const partition = kind && words.qualifiedName();
  return parent && kind && partition ? { kind, parent, partition } : null;
}

function firstLiteral(source: Source, { start, end }: Statement): string | null {
  const reader = new TokenReader(source, start);
  while (reader.next() && reader.start < end)
    if (reader.kind === 'literal') return source.text.slice(reader.start, reader.end);
  return null;
}

/** As pg_dump begins: a value until the session ends (PostgreSQL docs 9.28.1, set_config). */
const callsSetConfig = /^SELECT (?:pg_catalog \. )?set_config \( '\.\.\.' , '\.\.\.' , false \)$/i;

/** Whether a statement only sets something in the session, which is set anew ahead of each statement after it. */
export function isSetting({ words }: Statement): boolean {
  const [head, what] = words;
  if (head === 'SELECT') return callsSetConfig.test(words.join(' '));
  return (
    (head === 'SET' || head === 'RESET') &&
    what !== 'CONSTRAINTS' &&
    what !== 'TRANSACTION' &&
    what !== 'LOCAL'
  );
}

/** Whether a statement undoes all that was set in the session (PostgreSQL docs, DISCARD). */
export const discardsSettings = ({ words: [head, what] }: Statement): boolean =>
  head === 'DISCARD' && what === 'ALL';

const mostWords = 8;

/** How a statement begins, for a person; no value of it is shown. */
export const openingWords = ({ words }: Statement): string =>
  `${words
    .slice(0, mostWords)
    .join(' ')
    .replaceAll(/ ?([.,()]) ?/g, (_, mark: string) =>
      mark === ',' ? ', ' : mark === '(' ? ' (' : mark,
    )}${words.length > mostWords ? ' ...' : ''}`;
