/** One statement of a script. Offsets are UTF-16 offsets into the source's text. */
export interface Statement {
  /** Of its first token. */
  readonly start: number;
  /** After its last token; the semicolon is not part of it. */
  readonly end: number;
  /**
   * Its first tokens, comments skipped, at most `wordLimit`, and of an INSERT none after VALUES: keywords in upper case, identifiers as written, literals as
   * `'...'` (they may be secrets), every other character by itself.
   */
  readonly words: readonly string[];
}
