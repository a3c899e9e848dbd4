import { SlipwayError } from '../core/index.ts';
import { placeAt } from './place.ts';
import type { Source } from './source.ts';
import type { Text } from './text.ts';

/**
 * `word`: a bare keyword or identifier; `quoted`: a quoted identifier; `literal`: a string, a dollar-quoted string or a
 * number; `character`: any other, by itself.
 */
export type TokenKind = 'word' | 'quoted' | 'literal' | 'character' | 'end';

const newline = 10;
const carriageReturn = 13;
const doubleQuote = 34;
const dollar = 36;
const ampersand = 38;
const quote = 39;
const star = 42;
const dash = 45;
const dot = 46;
const slash = 47;
const backslash = 92;
const letterB = 98;
const letterE = 101;
const letterN = 110;
const letterU = 117;
const letterX = 120;

/**
 * Reads SQL text token by token, as PostgreSQL's scanner does with `standard_conforming_strings` on (PostgreSQL
 * documentation, 4.1 Lexical Structure). Comments and blanks are skipped.
 */
export class TokenReader {
  kind: TokenKind = 'end';
  /** UTF-16 offsets of the token last read. */
  start = 0;
  end = 0;
  private readonly source: Source;
  private readonly text: Text;

  constructor(source: Source, at = 0) {
    this.source = source;
    this.text = source.text;
    this.end = at;
  }

  /**
   * Reads the next token into `kind`, `start` and `end`.
   *
   * @returns false at the end of the text.
   * @throws SlipwayError (65) for a quote or comment that is never closed.
   */
  next(): boolean {
    const { text } = this;
    const start = this.skipBlank(this.end);
    this.start = start;
    if (start >= text.length) {
      this.kind = 'end';
      this.end = start;
      return false;
    }
    const code = text.charCodeAt(start);
    if (isWordStart(code)) this.readWord(start, code);
    else if (code === quote) this.readString(start, start, false);
    else if (code === doubleQuote) this.readQuoted(start, start);
    else if (isDigit(code)) this.readNumber(start);
    else if (code === dollar) this.readDollar(start);
    else {
      this.kind = 'character';
      this.end = start + 1;
    }
    return true;
  }

  /** Goes on reading at an offset. */
  moveTo(at: number): void {
    this.end = at;
  }

  private readWord(start: number, code: number): void {
    const { text } = this;
    let at = start + 1;
    while (isWordPart(text.charCodeAt(at))) at += 1;
    this.kind = 'word';
    this.end = at;
    if (at - start === 1) this.readPrefixed(start, code | 32);
  }

  /** E'..', whose backslashes escape; B'..', X'..', N'..', U&'..' and U&"..", whose backslashes hide no quote. */
  private readPrefixed(start: number, letter: number): void {
    const { text } = this;
    const next = text.charCodeAt(start + 1);
    if (next === quote && letter === letterE) this.readString(start, start + 1, true);
    else if (next === quote && (letter === letterB || letter === letterX || letter === letterN)) {
      this.readString(start, start + 1, false);
    } else if (letter === letterU && next === ampersand) {
      const open = text.charCodeAt(start + 2);
      if (open === quote) this.readString(start, start + 2, false);
      else if (open === doubleQuote) this.readQuoted(start, start + 2);
    }
  }

  private readString(start: number, open: number, escapes: boolean): void {
    const { text } = this;
    this.kind = 'literal';
    for (let at = open + 1; ; at += 1) {
      if (escapes) {
        while (at < text.length && text.charCodeAt(at) !== quote)
          at += text.charCodeAt(at) === backslash ? 2 : 1;
      } else {
        at = text.indexOf("'", at);
      }
      if (at < 0 || at >= text.length) throw this.unterminated(start, 'string', "Close it with '.");
      if (text.charCodeAt(at + 1) === quote) {
        at += 1;
        continue;
      }
      const more = escapes ? this.continuation(at + 1) : null;
      if (more === null) {
        this.end = at + 1;
        return;
      }
      at = more;
    }
  }

  /** A string goes on in a next quote when only blanks with a line end are between; the offset of that quote. */
  private continuation(from: number): number | null {
    const { text } = this;
    let lineEnded = false;
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === newline || code === carriageReturn) lineEnded = true;
      else if (code === dash && text.charCodeAt(at + 1) === dash) at = this.lineEnd(at) - 1;
      else if (!isBlank(code)) return code === quote && lineEnded ? at : null;
    }
    return null;
  }

  private readQuoted(start: number, open: number): void {
    const { text } = this;
    let at = text.indexOf('"', open + 1);
    while (at >= 0 && text.charCodeAt(at + 1) === doubleQuote) at = text.indexOf('"', at + 2);
    if (at < 0) throw this.unterminated(start, 'quoted identifier', 'Close it with ".');
    this.kind = 'quoted';
    this.end = at + 1;
  }

  private readNumber(start: number): void {
    const { text } = this;
    let at = start + 1;
    while (text.charCodeAt(at) === dot || isDigit(text.charCodeAt(at)) || isWordStart(text.charCodeAt(at)))
      at += 1;
    this.kind = 'literal';
    this.end = at;
  }

  private readDollar(start: number): void {
    const { text } = this;
    let at = start + 1;
    if (isWordStart(text.charCodeAt(at))) {
      at += 1;
      while (text.charCodeAt(at) !== dollar && isWordPart(text.charCodeAt(at))) at += 1;
    }
    if (text.charCodeAt(at) !== dollar) {
      this.kind = 'character';
      this.end = start + 1;
      return;
    }
    const tag = text.slice(start, at + 1);
    const close = text.indexOf(tag, at + 1);
    if (close < 0) throw this.unterminated(start, `dollar-quoted string ${tag}`, `Close it with ${tag}.`);
    this.kind = 'literal';
    this.end = close + tag.length;
  }

  private skipBlank(from: number): number {
    const { text } = this;
    let at = from;
    for (;;) {
      const code = text.charCodeAt(at);
      if (isBlank(code)) at += 1;
      else if (code === dash && text.charCodeAt(at + 1) === dash) at = this.lineEnd(at);
      else if (code === slash && text.charCodeAt(at + 1) === star) at = this.commentEnd(at);
      else return at;
    }
  }

  private lineEnd(from: number): number {
    const { text } = this;
    let at = from;
    while (at < text.length && text.charCodeAt(at) !== newline && text.charCodeAt(at) !== carriageReturn)
      at += 1;
    return at;
  }

  private commentEnd(from: number): number {
    const { text } = this;
    let depth = 0;
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code !== slash && code !== star) continue;
      const next = text.charCodeAt(at + 1);
      if (code === slash ? next !== star : next !== slash) continue;
      depth += code === slash ? 1 : -1;
      at += 1;
      if (depth === 0) return at + 1;
    }
    throw this.unterminated(
      from,
      'comment',
      'Close it with */; comments nest, so every /* inside needs its own.',
    );
  }

  private unterminated(at: number, what: string, remedy: string): SlipwayError {
    return new SlipwayError({
      exit: 'migration',
      place: placeAt(this.source, at),
      message: `the ${what} that begins here is never closed`,
      remedy,
    });
  }
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isWordStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code >= 128;
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === dollar;
}
