import type { LockLimit } from '../core/index.ts';

/** What a statement names: a table, an index of one, a schema with all that are in it, or one partition alone. */
type NamedTarget = 'ofTable' | 'ofIndex' | 'inSchema' | 'ofPartition';

/** The relations that a statement is about, as it names them. */
export type LockTarget =
  | { readonly kind: NamedTarget; readonly name: string }
  /** All tables of the database, or all that were clustered before. */
  | { readonly kind: 'all' | 'clustered' };

/** What a statement that cannot run in a transaction does to a target. */
export interface Documented extends LockLimit {
  readonly target: LockTarget;
}

/**
 * What the statements that cannot run in a transaction lock, since no transaction of ours can be looked into: as their
 * reference pages say (PostgreSQL docs, CREATE INDEX, DROP INDEX, REINDEX, VACUUM, CLUSTER, ALTER TABLE). A test holds
 * it against what a second session sees. An index that is locked against reads hides its table: whoever plans a query
 * opens each index of it.
 *
 * @param words of a statement.
 * @returns null for every other statement; none for one that locks no table.
 */
export function documentedLocks(words: readonly string[]): readonly Documented[] | null {
  const at = new Cursor(words);
  switch (at.next()) {
    case 'CREATE':
      return createdLocks(at);
    case 'DROP':
      return droppedLocks(at);
    case 'REINDEX':
      return reindexLocks(at);
    case 'VACUUM':
      return vacuumLocks(at);
    case 'CLUSTER':
      return clusterLocks(at);
    case 'ALTER':
      return alteredLocks(at, words);
    default:
      return null;
  }
}

const online: LockLimit = { mode: 'share-update-exclusive', work: 'scan' };
const beside: LockLimit = { mode: 'share-update-exclusive', work: 'none' };
const rewriting: LockLimit = { mode: 'access-exclusive', work: 'rewrite' };
const rebuilding: LockLimit = { mode: 'access-exclusive', work: 'scan' };

function createdLocks(at: Cursor): readonly Documented[] | null {
  if (at.take('DATABASE') || at.take('TABLESPACE') || at.take('SUBSCRIPTION')) return [];
  at.take('UNIQUE');
  if (!at.take('INDEX') || !at.take('CONCURRENTLY')) return null;
  if (!at.skipTo('ON')) return null;
  at.take('ONLY');
  return named(at, 'ofTable', online);
}

function droppedLocks(at: Cursor): readonly Documented[] | null {
  if (at.take('DATABASE') || at.take('TABLESPACE')) return [];
  if (!at.take('INDEX') || !at.take('CONCURRENTLY')) return null;
  at.takeAll('IF', 'EXISTS');
  return named(at, 'ofIndex', beside);
}

function reindexLocks(at: Cursor): readonly Documented[] | null {
  const options = at.options();
  const object = at.next();
  const isConcurrent = at.take('CONCURRENTLY') || options.includes('CONCURRENTLY');
  const does = isConcurrent ? online : rebuilding;
  switch (object) {
    case 'INDEX':
      return named(at, 'ofIndex', does);
    case 'TABLE':
      return named(at, 'ofTable', does);
    case 'SCHEMA':
      return named(at, 'inSchema', does);
    case 'DATABASE':
      return [{ target: { kind: 'all' }, ...does }];
    case 'SYSTEM':
      return [];
    default:
      return null;
  }
}

function vacuumLocks(at: Cursor): readonly Documented[] {
  const options = at.options();
  const isFull = at.take('FULL') || options.includes('FULL');
  for (const word of ['FREEZE', 'VERBOSE', 'ANALYZE']) at.takeAnyCase(word);
  const does = isFull ? rewriting : online;
  const names = at.names();
  if (names.length === 0) return [{ target: { kind: 'all' }, ...does }];
  return names.map((name) => ({ target: { kind: 'ofTable', name }, ...does }));
}

function clusterLocks(at: Cursor): readonly Documented[] {
  at.options();
  at.take('VERBOSE');
  const name = at.name();
  return [{ target: name === null ? { kind: 'clustered' } : { kind: 'ofTable', name }, ...rewriting }];
}

function alteredLocks(at: Cursor, words: readonly string[]): readonly Documented[] | null {
  if (at.take('SYSTEM') || at.take('DATABASE')) return [];
  if (!at.take('TABLE') || words.at(-1) !== 'CONCURRENTLY') return null;
  at.takeAll('IF', 'EXISTS');
  at.take('ONLY');
  const table = at.name();
  if (table === null || !at.takeAll('DETACH', 'PARTITION')) return null;
  const partition = at.name();
  if (partition === null) return null;
  return [
    { target: { kind: 'ofTable', name: table }, ...beside },
    { target: { kind: 'ofPartition', name: partition }, mode: 'access-exclusive', work: 'none' },
  ];
}

function named(at: Cursor, kind: NamedTarget, does: LockLimit): readonly Documented[] | null {
  const name = at.name();
  return name === null ? null : [{ target: { kind, name }, ...does }];
}

/** Reads the words of a statement from left to right. */
class Cursor {
  private readonly words: readonly string[];
  private at = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  next(): string | undefined {
    this.at += 1;
    return this.words[this.at - 1];
  }

  take(word: string): boolean {
    return this.takeAll(word);
  }

  takeAll(...expected: readonly string[]): boolean {
    if (!expected.every((word, n) => this.words[this.at + n] === word)) return false;
    this.at += expected.length;
    return true;
  }

  takeAnyCase(word: string): boolean {
    return this.words[this.at]?.toUpperCase() === word && this.takeAll(this.words[this.at] ?? '');
  }

  /** Goes past a word, and says whether there is one. */
  skipTo(word: string): boolean {
    const found = this.words.indexOf(word, this.at);
    if (found < 0) return false;
    this.at = found + 1;
    return true;
  }

  /** The words of `(...)`, those that are switched off left out. */
  options(): string[] {
    if (!this.take('(')) return [];
    const end = this.words.indexOf(')', this.at);
    const items = this.words.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.words.length : end + 1;
    return items
      .filter((_, n) => !/^(?:false|off|0)$/i.test(items[n + 1] ?? ''))
      .map((word) => word.toUpperCase());
  }

  /** `name` or `schema.name`, as written. */
  name(): string | null {
    let name = '';
    do {
      const word = this.words[this.at];
      if (word === undefined || !/^(?:"|[A-Za-z_\u0080-\uffff])/.test(word)) return null;
      this.at += 1;
      name += `${name === '' ? '' : '.'}${word}`;
    } while (this.take('.'));
    return name;
  }

  /** Names between commas, each perhaps with its columns. */
  names(): string[] {
    const names: string[] = [];
    do {
      const name = this.name();
      if (name === null) return names;
      names.push(name);
      this.options();
    } while (this.take(','));
    return names;
  }
}
