import { SlipwayError } from '../core/index.ts';
import { keywords } from './keywords.ts';
import { placeAt } from './place.ts';
import { psqlCommandError } from './psql-command.ts';
import type { Source } from './source.ts';
import type { Statement } from './statement.ts';
import { StatementList } from './statement-list.ts';
import type { Text } from './text.ts';
import { TokenReader } from './tokens.ts';

/** How many words of a statement are kept. */
export const wordLimit = 24;

/** A part of a script that goes to the server in one message. */
export type Segment =
  | {
      /** Sent as one simple query: the text from `start` to `end`. */
      readonly kind: 'sql';
      readonly start: number;
      readonly end: number;
      readonly statements: StatementList;
    }
  | {
      /** `COPY ... FROM stdin` and its data: whole lines, without the final `\.`. */
      readonly kind: 'copy';
      readonly statement: Statement;
      readonly dataStart: number;
      readonly dataEnd: number;
    };

export interface SqlScript {
  readonly source: Source;
  /** The source's text with its `\restrict` and `\unrestrict` lines blanked: same length, same offsets. */
  readonly text: Text;
  readonly segments: readonly Segment[];
  /** Of all segments, in order. */
  readonly statements: StatementList;
}

/**
 * Splits a file into statements, and those into what can be sent in one message each. It judges no grammar: the
 * server does that.
 *
 * Taken from psql: `COPY ... FROM stdin` with its data (pg_dump writes it), `\restrict` and `\unrestrict`, semicolons
 * inside `CREATE RULE ... DO (...)` and `BEGIN ATOMIC ... END`.
 *
 * @throws SlipwayError (65) with the place, for any other psql command, for a quote or comment that is never closed,
 *   and for COPY data without its end.
 */
export function parseSql(source: Source): SqlScript {
  const known = parsed.get(source);
  if (known) return known;
  const script = new Splitter(source).split();
  parsed.set(source, script);
  return script;
}

/** A source does not change, and several ask what is in it. */
const parsed = new WeakMap<Source, SqlScript>();

class Splitter {
  private readonly source: Source;
  private readonly reader: TokenReader;
  private readonly segments: Segment[] = [];
  private readonly statements = new StatementList();
  /** How many stood before the first one since the last COPY block. */
  private runFrom = 0;
  private readonly blanked: { start: number; end: number }[] = [];

  // The statement that is being read.
  private start = -1;
  private end = -1;
  private words: string[] = [];
  private depth = 0;
  /** Of BEGIN ATOMIC and of CASE within it. */
  private bodyDepth = 0;
  /** The token before, where the statement is a CREATE. */
  private previous = '';

  constructor(source: Source) {
    this.source = source;
    this.reader = new TokenReader(source);
  }

  split(): SqlScript {
    const { reader, source } = this;
    while (reader.next()) {
      const code = reader.kind === 'character' ? source.text.slice(reader.start, reader.end) : '';
      if (code === '\\') this.psqlCommand();
      else if (code === ';' && !this.insideBody()) this.finish(reader.start);
      else this.take(code);
    }
    this.finish(null);
    this.flush();
    return { source, text: this.blankedText(), segments: this.segments, statements: this.statements };
  }

  private take(character: string): void {
    const { reader, words } = this;
    if (this.start < 0) this.start = reader.start;
    this.end = reader.end;
    if (character === '(') this.depth += 1;
    else if (character === ')') this.depth -= 1;
    if (words[0] === 'INSERT' && words.at(-1) === 'VALUES') return;
    if (words.length >= wordLimit && words[0] !== 'CREATE') return;
    const word = this.word();
    if (words.length < wordLimit) words.push(word);
    if (words[0] === 'CREATE') this.followBody(word);
  }

  private word(): string {
    const { reader } = this;
    if (reader.kind === 'literal') return "'...'";
    const text = this.source.text.slice(reader.start, reader.end);
    if (reader.kind !== 'word') return text;
    const upper = text.toUpperCase();
    return keywords.has(upper) ? upper : text;
  }

  /** CREATE FUNCTION, section "sql_body": statements between BEGIN ATOMIC and END; CASE has an END of its own. */
  private followBody(word: string): void {
    const isName = this.previous === '.' || this.previous === 'AS';
    if (this.bodyDepth === 0) {
      if (word === 'ATOMIC' && this.previous === 'BEGIN' && isRoutine(this.words)) this.bodyDepth = 1;
    } else if (word === 'CASE' && !isName) this.bodyDepth += 1;
    else if (word === 'END' && !isName) this.bodyDepth -= 1;
    this.previous = word;
  }

  private insideBody(): boolean {
    return this.bodyDepth > 0 || (this.depth > 0 && isRule(this.words));
  }

  /** @param semicolon its offset; null at the end of the text. */
  private finish(semicolon: number | null): void {
    if (this.start >= 0) {
      const statement: Statement = { start: this.start, end: this.end, words: this.words };
      if (this.words[0] === 'COPY' && this.readsStdin(statement)) this.copyBlock(statement, semicolon);
      else this.statements.push(statement);
    }
    this.start = -1;
    this.words = [];
    this.depth = 0;
    this.bodyDepth = 0;
    this.previous = '';
  }

  private flush(): void {
    const run = this.statements.slice(this.runFrom);
    this.runFrom = this.statements.length;
    const [first, last] = [run.at(0), run.at(-1)];
    if (first && last)
      this.segments.push({ kind: 'sql', start: first.start, end: last.end, statements: run });
  }

  /** FROM STDIN outside of parentheses; the server takes FROM STDOUT for the same. */
  private readsStdin(statement: Statement): boolean {
    const reader = new TokenReader(this.source, statement.start);
    let depth = 0;
    let afterFrom = false;
    while (reader.next() && reader.start < statement.end) {
      const token = this.source.text.slice(reader.start, reader.end).toUpperCase();
      if (token === '(') depth += 1;
      else if (token === ')') depth -= 1;
      else if (afterFrom) return token === 'STDIN' || token === 'STDOUT';
      else afterFrom = depth === 0 && token === 'FROM';
    }
    return false;
  }

  private copyBlock(statement: Statement, semicolon: number | null): void {
    const { text } = this.source;
    const lineEnd = semicolon === null ? -1 : text.indexOf('\n', semicolon);
    const trailing = semicolon === null ? '' : text.slice(semicolon + 1, lineEnd < 0 ? undefined : lineEnd);
    if (!/^\s*(?:--.*)?$/.test(trailing)) {
      throw this.problem(
        (semicolon ?? 0) + 1 + trailing.search(/\S/),
        'text after COPY ... FROM stdin on the same line',
        'Data begin on the next line. Move the text beneath the line \\. that ends them.',
      );
    }
    const dataStart = lineEnd + 1;
    const end = lineEnd < 0 ? -1 : endOfData(text, dataStart);
    if (end < 0) {
      throw this.problem(
        statement.start,
        'COPY ... FROM stdin without the line \\. that ends its data',
        'Put the data on the lines after the statement and \\. alone on the line after them, as pg_dump writes it.',
      );
    }
    this.flush();
    this.statements.push(statement);
    this.runFrom = this.statements.length;
    this.segments.push({ kind: 'copy', statement, dataStart, dataEnd: end });
    this.reader.moveTo(end + endMark.length);
  }

  private psqlCommand(): void {
    const { reader, source } = this;
    const { text } = source;
    const newline = text.indexOf('\n', reader.start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(reader.start, end);
    const before = text.slice(text.lastIndexOf('\n', reader.start) + 1, reader.start);
    if (!/^\\(?:un)?restrict(?:\s|$)/.test(line) || this.start >= 0 || before.trim() !== '') {
      throw psqlCommandError(source, reader.start);
    }
    this.blanked.push({ start: reader.start, end });
    reader.moveTo(end);
  }

  private blankedText(): Text {
    const { text } = this.source;
    if (this.blanked.length === 0) return text;
    const parts: string[] = [];
    let next = 0;
    for (const { start, end } of this.blanked) {
      parts.push(text.slice(next, start), ' '.repeat(end - start));
      next = end;
    }
    return parts.join('') + text.slice(next);
  }

  private problem(offset: number, message: string, remedy: string): SlipwayError {
    return new SlipwayError({ exit: 'migration', place: placeAt(this.source, offset), message, remedy });
  }
}

/** The line that ends COPY data (PostgreSQL docs, COPY, "File Formats"). */
const endMark = '\\.';

/** Where the line that ends COPY data begins; -1 where there is none. */
function endOfData(text: Text, dataStart: number): number {
  for (let at = dataStart - 1; at >= 0; at = text.indexOf(`\n${endMark}`, at + 1)) {
    if (text.slice(at, at + 1 + endMark.length) !== `\n${endMark}`) continue;
    const after = at + 1 + endMark.length;
    if (after === text.length || text.slice(after, after + 1) === '\n') return at + 1;
  }
  return -1;
}

function afterOrReplace(words: readonly string[]): string | undefined {
  return words[1] === 'OR' && words[2] === 'REPLACE' ? words[3] : words[1];
}

function isRoutine(words: readonly string[]): boolean {
  const object = afterOrReplace(words);
  return object === 'FUNCTION' || object === 'PROCEDURE';
}

function isRule(words: readonly string[]): boolean {
  return words[0] === 'CREATE' && afterOrReplace(words) === 'RULE';
}
