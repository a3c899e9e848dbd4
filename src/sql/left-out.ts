import type { SqlScript } from './script.ts';
import type { Statement } from './statement.ts';
import { StatementList } from './statement-list.ts';
import type { Text } from './text.ts';
import { TokenReader } from './tokens.ts';
import { foldName } from './words.ts';

/** A part of a file's text that is not sent. Offsets are UTF-16 offsets into the source's text. */
export interface LeftOut {
  readonly start: number;
  readonly end: number;
  /** Null where nobody need know. */
  readonly reason: string | null;
}

/**
 * What of a file is never sent: what would have the server take it for something else than the UTF-8 that it is, and
 * the BEGIN and COMMIT that pg_dump writes around the content of large objects.
 */
export function leftOut(script: SqlScript): LeftOut[] {
  return [
    ...script.statements.flatMap((statement) => setsEncoding(script, statement) ?? []),
    ...script.segments.flatMap((segment) =>
      segment.kind === 'copy' ? copyEncoding(script, segment.statement) : [],
    ),
    ...[...largeObjectBlocks(script.statements)].map(({ start, end }) => ({ start, end, reason: null })),
  ];
}

/** Text that is sent without some parts of it: they are blanked, so that every place in it stays what it is. */
export function blankParts(script: SqlScript, parts: readonly LeftOut[]): SqlScript {
  if (parts.length === 0) return script;
  const sorted = [...parts].sort((a, b) => a.start - b.start);
  const gone = new Set(sorted.map(({ start }) => start));
  const keep = (statements: StatementList): StatementList =>
    StatementList.of(statements.filter(({ start }) => !gone.has(start)));
  return {
    ...script,
    text: blanked(script.text, sorted),
    statements: keep(script.statements),
    segments: script.segments.map((segment) =>
      segment.kind === 'sql' ? { ...segment, statements: keep(segment.statements) } : segment,
    ),
  };
}

function blanked(text: Text, parts: readonly LeftOut[]): Text {
  const pieces: string[] = [];
  let next = 0;
  for (const { start, end } of parts) {
    pieces.push(text.slice(next, start), text.slice(start, end).replaceAll(/[^\n]/g, ' '));
    next = end;
  }
  return pieces.join('') + text.slice(next);
}

/** The texts of a statement's first tokens, as they are written. */
function tokensOf({ source }: SqlScript, { start, end }: Statement, most: number): string[] {
  const reader = new TokenReader(source, start);
  const tokens: string[] = [];
  while (tokens.length < most && reader.next() && reader.start < end)
    tokens.push(source.text.slice(reader.start, reader.end));
  return tokens;
}

const isUtf8 = (written: string): boolean =>
  /^(?:utf8|unicode|default)$/.test(written.toLowerCase().replaceAll(/^e'|[^a-z0-9]/g, ''));

const isEncoding = (written: string): boolean => foldName(written).toLowerCase() === 'client_encoding';

/** `SET client_encoding`, `SET NAMES`, or `SELECT set_config('client_encoding', ...)`, to anything but UTF-8. */
function setsEncoding(script: SqlScript, statement: Statement): LeftOut | null {
  const [head] = statement.words;
  if (head !== 'SET' && head !== 'SELECT') return null;
  const encoding = head === 'SET' ? encodingSet(script, statement) : encodingSelected(script, statement);
  if (encoding === null || isUtf8(encoding)) return null;
  const { start, end } = statement;
  return {
    start,
    end,
    reason: `the file is UTF-8, and is sent as UTF-8, not as ${encoding.replaceAll("'", '')}`,
  };
}

function encodingSet(script: SqlScript, { start, end, words }: Statement): string | null {
  const at = words[1] === 'LOCAL' || words[1] === 'SESSION' ? 2 : 1;
  const tokens = tokensOf(script, { start, end, words }, at + 4);
  const name = tokens[at] ?? '';
  if (name.toUpperCase() === 'NAMES') return tokens[at + 1] ?? null;
  return isEncoding(name) && /^(?:=|TO)$/i.test(tokens[at + 1] ?? '') ? (tokens[at + 2] ?? null) : null;
}

/** A call of the function that is all of its statement, as in the dumps of some programs. */
function encodingSelected(script: SqlScript, statement: Statement): string | null {
  const tokens = tokensOf(script, statement, 12);
  if (tokens[2] === '.' && foldName(tokens[1] ?? '') === 'pg_catalog') tokens.splice(1, 2);
  const [, call = '', open, name = '', comma, encoding = '', second, , close, ...more] = tokens;
  const isCall = foldName(call) === 'set_config' && `${open}${comma}${second}${close}` === '(,,)';
  return isCall &&
    more.length === 0 &&
    name.startsWith("'") &&
    isEncoding(name.slice(1, -1)) &&
    encoding.startsWith("'")
    ? encoding
    : null;
}

/** The option ENCODING of a `COPY ... FROM stdin`, with what its blank would leave in the way of the grammar. */
function copyEncoding({ source }: SqlScript, { start, end }: Statement): LeftOut[] {
  const reader = new TokenReader(source, start);
  const tokens: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  while (reader.next() && reader.start < end)
    tokens.push({
      start: reader.start,
      end: reader.end,
      text: source.text.slice(reader.start, reader.end),
    });
  const from = tokens.findLastIndex(({ text }) => /^std(?:in|out)$/i.test(text));
  return tokens.flatMap(({ text }, n) => {
    const value = tokens[n + 1];
    if (n <= from || !/^encoding$/i.test(text) || !value?.text.endsWith("'") || isUtf8(value.text)) return [];
    const [before, after] = [tokens[n - 1], tokens[n + 2]];
    const first = before?.text === ',' || (before?.text === '(' && after?.text === ')') ? n - 1 : n;
    const last = before?.text === '(' && (after?.text === ')' || after?.text === ',') ? n + 2 : n + 1;
    return [
      {
        start: tokens[first]?.start ?? 0,
        end: tokens[last]?.end ?? 0,
        reason: `the data are UTF-8, and are sent as UTF-8, not as ${value.text.replaceAll("'", '')}`,
      },
    ];
  });
}

/**
 * The BEGIN and COMMIT around calls that fill large objects: pg_dump writes them since such a call holds its object
 * open for a transaction, and Slipway's own does for that.
 */
export function largeObjectBlocks(statements: Iterable<Statement>): Set<Statement> {
  const found = new Set<Statement>();
  let begin: Statement | null = null;
  let calls = 0;
  for (const statement of statements) {
    const [head, ...more] = statement.words;
    if (head === 'BEGIN' && more.length === 0) {
      begin = statement;
      calls = 0;
    } else if (begin && isLargeObjectCall(statement)) {
      calls += 1;
    } else {
      if (begin && calls > 0 && head === 'COMMIT' && more.length === 0) found.add(begin).add(statement);
      begin = null;
    }
  }
  return found;
}

const isLargeObjectCall = ({ words }: Statement): boolean =>
  words[0] === 'SELECT' &&
  /^(?:lo_create|lo_open|lowrite|lo_close)$/.test(words[words[1] === 'pg_catalog' ? 3 : 1] ?? '');
