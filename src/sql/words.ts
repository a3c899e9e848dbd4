/** A name as a statement gives it, without its quotes, folded as PostgreSQL folds names. */
export interface QualifiedName {
  /** null where `search_path` decides. */
  readonly schema: string | null;
  readonly name: string;
}

/** Reads a statement's words from left to right. */
export class WordReader {
  private readonly words: readonly string[];
  private at = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  /** The word that is next; undefined at the end. */
  peek(): string | undefined {
    return this.words[this.at];
  }

  /** Goes past these words if they are next. */
  take(...expected: string[]): boolean {
    if (!expected.every((word, index) => this.words[this.at + index] === word)) return false;
    this.at += expected.length;
    return true;
  }

  /** Goes past the next word, whatever it is. */
  word(): string | undefined {
    this.at += 1;
    return this.words[this.at - 1];
  }

  /** Goes past the next such word, or to the end. */
  takePast(word: string): void {
    const found = this.words.indexOf(word, this.at);
    this.at = found < 0 ? this.words.length : found + 1;
  }

  /** A name without its quotes, folded; null, and nothing is passed, where none is next. */
  name(): string | null {
    const word = this.peek();
    if (word === undefined || !/^(?:"|[uU]&"|[A-Za-z_\u0080-\uffff])/.test(word)) return null;
    this.at += 1;
    return foldName(word);
  }

  /** `name`, `schema.name` or `database.schema.name`. */
  qualifiedName(): QualifiedName | null {
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
 * The name that an identifier stands for: PostgreSQL documentation, 4.1.1 Identifiers and Key WordReader. Bare letters
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
