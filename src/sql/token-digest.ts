import { createHash } from 'node:crypto';
import { SlipwayError } from '../core/index.ts';
import { parseSql, type SqlScript } from './script.ts';
import type { Script } from './source.ts';
import { type TokenKind, TokenReader } from './tokens.ts';

/** The way of digesting: another number means that digests cannot be compared. */
const digestFormat = 1;

/**
 * Digests what a SQL file says to the server and to Slipway: its tokens, the data of its COPY blocks, its directives.
 * Two files with one digest differ in comments and blank space at most. Blank space inside of a string, a quoted name,
 * a dollar-quoted body or COPY data is none.
 *
 * @returns null for a module, and for what cannot be read as SQL.
 */
export function tokenDigest({ format, source, directives }: Script): string | null {
  if (format !== 'sql') return null;
  try {
    const hash = createHash('sha256');
    const { noTransaction, lockTimeoutMs, irreversible, isolation, repeat } = directives;
    // How large the batches are decides nothing about the rows.
    const words = [...(isolation ? [isolation] : []), ...(repeat ? ['repeat'] : [])];
    hash.update(JSON.stringify([noTransaction, lockTimeoutMs, irreversible, ...words]));
    let pending = '';
    digestEssence(parseSql(source), (part) => {
      pending += part;
      if (pending.length < mostPending) return;
      hash.update(pending, 'utf8');
      pending = '';
    });
    hash.update(pending, 'utf8');
    return `${digestFormat}:${hash.digest('hex')}`;
  } catch (error) {
    if (error instanceof SlipwayError) return null;
    throw error;
  }
}

/** As `tokenDigest`, of the first statements of a script alone, which has no COPY data. */
export function digestOfFirst({ statements, ...script }: SqlScript, many: number): string {
  const hash = createHash('sha256');
  const first = statements.slice(0, many);
  const segments = [{ kind: 'sql', start: 0, end: 0, statements: first }] as const;
  digestEssence({ ...script, segments, statements: first }, (part) => hash.update(part, 'utf8'));
  return `${digestFormat}:${hash.digest('hex')}`;
}

/** Characters that are digested at once. */
const mostPending = 65_536;

/** No source holds one: `decodeSource` sees to it. */
const end = '\0';

/**
 * Hands over what is left of a script without its comments and its blank space, each part of it with an end.
 *
 * @param take is called with a part, or with several in a row.
 */
function digestEssence({ source, text, segments }: SqlScript, take: (parts: string) => void): void {
  const reader = new TokenReader({ ...source, text });
  for (const segment of segments) {
    const statements = segment.kind === 'sql' ? segment.statements : [segment.statement];
    for (const statement of statements) {
      take(`;${end}`);
      reader.moveTo(statement.start);
      let before: Token | null = null;
      while (reader.next() && reader.start < statement.end) {
        const token: Token = {
          kind: reader.kind,
          text: text.slice(reader.start, reader.end),
          end: reader.end,
        };
        const between = before ? gap(before, token, text, reader.start) + end : '';
        take(between + token.text + end);
        before = token;
      }
    }
    if (segment.kind === 'copy') {
      for (let at = segment.dataStart; at < segment.dataEnd; at += mostPending)
        take(text.slice(at, Math.min(segment.dataEnd, at + mostPending)));
      take(end);
    }
  }
}

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly end: number;
}

/** What an operator, or a mark such as `::` and `.5`, is made of. */
const isMark = ({ kind, text }: Token): boolean =>
  kind === 'character' && /[-+*/<>=~!@#%^&|`?:.$]/.test(text);

/**
 * Says what stands between two tokens where that matters: `<` and `=` are one operator only where they touch, and so
 * are `.` and `5` one number; two strings are one only where a line ends between them (PostgreSQL docs 4.1.2, 4.1.3).
 *
 * @param start of the later one, in the text.
 */
function gap(before: Token, after: Token, text: SqlScript['text'], start: number): string {
  if (before.kind === 'literal' && after.kind === 'literal')
    return text.slice(before.end, start).includes('\n') ? 'line' : 'same line';
  const isOne =
    before.end === start &&
    isMark(before) &&
    (isMark(after) || (after.kind === 'literal' && /[.$]/.test(before.text)));
  return isOne ? 'touching' : '';
}
