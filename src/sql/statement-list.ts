import type { Statement } from './statement.ts';

const firstRoom = 64;

/** Numbers and words of statements, shared by a list and the parts of it. */
interface Store {
  starts: Uint32Array;
  ends: Uint32Array;
  /** Where among `words` a statement's are: thousands that fill one table have the same. */
  wordsAt: Uint32Array;
  readonly words: (readonly string[])[];
}

/** Statements in order. A dump has hundreds of thousands: they are kept as numbers, and are objects only when read. */
export class StatementList implements Iterable<Statement> {
  readonly #store: Store;
  readonly #from: number;
  #length: number;

  constructor(store: Store = emptyStore(), from = 0, length = 0) {
    this.#store = store;
    this.#from = from;
    this.#length = length;
  }

  static of(statements: Iterable<Statement>): StatementList {
    const list = new StatementList();
    for (const statement of statements) list.push(statement);
    return list;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds one at the end; only to a list that is no part of another. */
  push({ start, end, words }: Statement): void {
    const store = this.#store;
    const at = this.#length;
    if (at === store.starts.length) grow(store);
    const last = store.words.at(-1);
    const isSame = last?.length === words.length && words.every((word, n) => word === last[n]);
    if (!isSame) store.words.push(words);
    store.starts[at] = start;
    store.ends[at] = end;
    store.wordsAt[at] = store.words.length - 1;
    this.#length += 1;
  }

  /** As of an array: a negative index counts from the end. */
  at(index: number): Statement | undefined {
    const n = index < 0 ? index + this.#length : index;
    if (n < 0 || n >= this.#length) return undefined;
    const { starts, ends, wordsAt, words } = this.#store;
    const place = this.#from + n;
    return { start: starts[place] ?? 0, end: ends[place] ?? 0, words: words[wordsAt[place] ?? 0] ?? [] };
  }

  /** A part of it, which shares its memory. */
  slice(from: number, end = this.#length): StatementList {
    return new StatementList(this.#store, this.#from + from, Math.max(0, Math.min(end, this.#length) - from));
  }

  *[Symbol.iterator](): Generator<Statement> {
    for (let n = 0; n < this.#length; n += 1) yield this.at(n) as Statement;
  }

  some(test: (statement: Statement) => boolean): boolean {
    return this.find(test) !== undefined;
  }

  find(test: (statement: Statement) => boolean): Statement | undefined {
    for (const statement of this) if (test(statement)) return statement;
    return undefined;
  }

  filter(test: (statement: Statement) => boolean): Statement[] {
    return this.flatMap((statement) => (test(statement) ? [statement] : []));
  }

  map<T>(work: (statement: Statement) => T): T[] {
    return this.flatMap((statement) => [work(statement)]);
  }

  flatMap<T>(work: (statement: Statement) => readonly T[] | T): T[] {
    const results: T[] = [];
    for (const statement of this) {
      const result = work(statement);
      if (Array.isArray(result)) for (const one of result as readonly T[]) results.push(one);
      else results.push(result as T);
    }
    return results;
  }
}

const emptyStore = (): Store => ({
  starts: new Uint32Array(firstRoom),
  ends: new Uint32Array(firstRoom),
  wordsAt: new Uint32Array(firstRoom),
  words: [],
});

function grow(store: Store): void {
  const wider = (numbers: Uint32Array): Uint32Array => {
    const room = new Uint32Array(numbers.length * 2);
    room.set(numbers);
    return room;
  };
  store.starts = wider(store.starts);
  store.ends = wider(store.ends);
  store.wordsAt = wider(store.wordsAt);
}
