import type { Source } from './model.ts';

/** One statement of a script. Offsets are UTF-16 offsets into the source's text. */
export interface Statement {
  /** Of its first token. */
  readonly start: number;
  /** After its last token; the semicolon is not part of it. */
  readonly end: number;
  /**
   * Its first tokens, comments skipped, at most 24: keywords in upper case, identifiers as written, literals as
   * `'...'` (they may be secrets), every other character by itself.
   */
  readonly words: readonly string[];
}

/** A part of a script that goes to the server in one message. */
export type Segment =
  | {
      /** Sent as one simple query: the text from `start` to `end`. */
      readonly kind: 'sql';
      readonly start: number;
      readonly end: number;
      readonly statements: readonly Statement[];
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
  readonly text: string;
  readonly segments: readonly Segment[];
  /** Of all segments, in order. */
  readonly statements: readonly Statement[];
}

export declare function parseSql(source: Source): SqlScript;
