import { maskSecrets, type Place } from '../core/index.ts';
import { excerptAt, placeAt } from './place.ts';
import type { Segment, SqlScript } from './script.ts';
import { formatSqlstate } from './sqlstate.ts';
import type { Statement } from './statement.ts';
import type { Text } from './text.ts';
import { TokenReader } from './tokens.ts';

/** The fields of a server's error, as node-postgres gives them. */
export interface ServerError {
  /** SQLSTATE. */
  readonly code?: string | undefined;
  readonly message: string;
  /** In code points from 1, in the string that was sent. */
  readonly position?: string | undefined;
  /** In code points from 1, in `internalQuery`. */
  readonly internalPosition?: string | undefined;
  readonly internalQuery?: string | undefined;
  readonly where?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
}

export interface Sent {
  readonly script: SqlScript;
  readonly segment: Segment;
  /** commandComplete messages that came for this segment before the error. */
  readonly completed: number;
}

export interface Explanation {
  readonly place: Place;
  /** The excerpt with its caret, then what the server added, one item a line; passwords are masked. */
  readonly detail: string[];
}

const contextLimit = 6;
const lineLimit = 160;

/**
 * Where in the file a statement failed, and what the server said about it.
 *
 * The server gives a position for what it finds while parsing, none for what happens while running: then the
 * statement is found by counting, inside a DO block by the line in `where`, inside COPY data by the line there
 * (PostgreSQL documentation, 54.8 Error and Notice Message Fields: `P`, `p`, `q`, `W`).
 */
export function explain(error: ServerError, sent: Sent): Explanation {
  const { source } = sent.script;
  const spot = locate(error, sent);
  return {
    place: placeAt(source, spot.offset),
    detail: [...excerptAt(source, spot.offset, spot.length), ...serverLines(error)],
  };
}

/** UTF-16 offset into the source's text, and how much of it to underline. */
interface Spot {
  readonly offset: number;
  readonly length: number;
}

function locate(error: ServerError, { script, segment, completed }: Sent): Spot {
  const { text } = script;
  const [start, end] =
    segment.kind === 'sql' ? [segment.start, segment.end] : [segment.statement.start, segment.statement.end];
  const position = Number(error.position ?? 0);
  const statement =
    segment.kind === 'sql' ? segment.statements.at(Math.min(completed, segment.statements.length - 1)) : null;
  const at = position > 0 ? Math.min(codePointOffset(text, start, position - 1), end) : -1;
  // Before anything ran it may be anywhere; later, a place elsewhere is one in another text, such as that of an index.
  const isHere = completed === 0 || !statement || (at >= statement.start && at <= statement.end);
  if (at >= 0 && isHere) return tokenAt(script, at);
  if (segment.kind === 'copy') {
    return copyLine(error, text, segment.dataStart, segment.dataEnd) ?? tokenAt(script, start);
  }
  if (!statement) return tokenAt(script, start);
  return doBlockLine(error, script, statement) ?? tokenAt(script, statement.start);
}

/** The UTF-16 offset that is `count` code points after `from`. */
function codePointOffset(text: Text, from: number, count: number): number {
  let at = from;
  for (let left = count; left > 0 && at < text.length; left -= 1)
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

/** Of what is underlined. */
const longestToken = 1000;

/** The word or quoted name at an offset; one character for everything else. */
function tokenAt(script: SqlScript, offset: number): Spot {
  const token = /^(?:[\p{L}_][\p{L}\p{N}_$]*|"[^"\n]*")/u;
  return { offset, length: token.exec(script.text.slice(offset, offset + longestToken))?.[0].length ?? 1 };
}

/**
 * `COPY orders, line 3, column price: "x"`: words and quotes are in the server's language, so only the shape counts.
 * The field is underlined where it can be told.
 */
function copyLine(error: ServerError, text: Text, dataStart: number, dataEnd: number): Spot | null {
  const found = /^COPY .*?, [^\d,:"]*(\d+)(.*)$/m.exec(error.where ?? '');
  if (!found) return null;
  let start = dataStart;
  for (let line = Number(found[1]); line > 1; line -= 1) {
    const next = text.indexOf('\n', start) + 1;
    if (next === 0 || next >= dataEnd) break;
    start = next;
  }
  const content = text.slice(start, text.indexOf('\n', start));
  const value = /: .(.+).$/su.exec(found[2] ?? '')?.[1];
  const fields = content.split('\t');
  const index = value === undefined ? -1 : fields.indexOf(value);
  if (value === undefined || index < 0 || fields.lastIndexOf(value) !== index) {
    return { offset: start, length: content.length };
  }
  const before = fields.slice(0, index).reduce((sum, field) => sum + field.length + 1, 0);
  return { offset: start + before, length: value.length };
}

/**
 * The line of a DO block that was running: the outermost `inline_code_block` in `where`, whose text is in the
 * server's language but for that name. Line 1 is what follows the opening quote.
 */
function doBlockLine(error: ServerError, script: SqlScript, statement: Statement): Spot | null {
  if (statement.words[0] !== 'DO') return null;
  const calls = [...(error.where ?? '').matchAll(/\binline_code_block\b[^\d\n]*(\d+)/g)];
  const outermost = calls.at(-1);
  const body = doBody(script, statement);
  if (!outermost || !body) return null;

  let lineStart = body.start;
  for (let line = Number(outermost[1]); line > 1; line -= 1) {
    const next = script.text.indexOf('\n', lineStart) + 1;
    if (next === 0 || next >= body.end) break;
    lineStart = next;
  }
  const isDirect = calls.length === 1 && (error.where ?? '').indexOf('\n') < 0;
  const exact = isDirect ? internalSpot(error, script, lineStart, body.end) : null;
  if (exact !== null) return tokenAt(script, exact);
  const indent = /^[ \t]*/.exec(script.text.slice(lineStart, body.end))?.[0].length ?? 0;
  const offset = lineStart + indent;
  return tokenAt(script, offset);
}

/** What stands between the quotes of a DO statement's code. */
function doBody(script: SqlScript, statement: Statement): { start: number; end: number } | null {
  const reader = new TokenReader(script.source, statement.start);
  while (reader.next() && reader.start < statement.end) {
    if (reader.kind !== 'literal') continue;
    const open = /^(?:(?:[eE]|[uU]&)?'|\$[^$]*\$)/;
    const length = open.exec(script.text.slice(reader.start, reader.end))?.[0].length;
    // DO LANGUAGE 'plpgsql' '...': the language stands in quotes at times.
    if (length === undefined || isLanguage(script, statement, reader.start)) continue;
    return { start: reader.start + length, end: reader.end };
  }
  return null;
}

function isLanguage(script: SqlScript, statement: Statement, at: number): boolean {
  return /\blanguage\s*$/i.test(script.text.slice(statement.start, at));
}

/**
 * The exact place inside a static statement or expression of PL/pgSQL, which the server quotes. PERFORM and
 * expressions are quoted with a SELECT that is not in the file.
 */
function internalSpot(error: ServerError, script: SqlScript, from: number, end: number): number | null {
  const { internalQuery, internalPosition } = error;
  if (internalQuery === undefined || internalPosition === undefined) return null;
  const at = codePointOffset(internalQuery, 0, Number(internalPosition) - 1);
  for (const added of ['', 'SELECT', 'SELECT ']) {
    if (!internalQuery.startsWith(added) || at < added.length) continue;
    const query = internalQuery.slice(added.length);
    const found = script.text.indexOf(query, from);
    if (query !== '' && found >= 0 && found + query.length <= end) return found + at - added.length;
  }
  return null;
}

function serverLines(error: ServerError): string[] {
  const lines: string[] = [];
  if (error.code !== undefined) lines.push(`SQLSTATE ${formatSqlstate(error.code)}`);
  const detail = withoutValues(error);
  if (detail !== null) lines.push(...labelled('detail', detail));
  if (error.hint !== undefined) lines.push(...labelled('hint', error.hint));
  const object = objectOf(error);
  if (object !== '') lines.push(`object: ${object}`);
  if (error.where !== undefined) {
    const context = maskSecrets(error.where).split('\n');
    for (const line of context.slice(0, contextLimit)) lines.push(...labelled('in', line));
    if (context.length > contextLimit) lines.push(`in: ${context.length - contextLimit} more lines`);
  }
  return lines;
}

/**
 * The server's detail. Of a violated constraint (class 23) it holds the values of the row, which do not belong into a log:
 * the columns of a key are named, the rest is left out.
 */
export function withoutValues({ code, detail }: Pick<ServerError, 'code' | 'detail'>): string | null {
  if (detail === undefined) return null;
  if (!code?.startsWith('23')) return detail;
  const key = /^([^=]*\))=\(.*\)([^)]*)$/s.exec(detail);
  return key ? `${key[1]}${key[2]}` : null;
}

function objectOf({ schema, table, column, constraint }: ServerError): string {
  const relation =
    table === undefined ? undefined : [schema, table].filter((part) => part !== undefined).join('.');
  return [
    relation !== undefined ? `table ${relation}` : schema !== undefined ? `schema ${schema}` : undefined,
    column === undefined ? undefined : `column ${column}`,
    constraint === undefined ? undefined : `constraint ${constraint}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

function labelled(label: string, text: string): string[] {
  return maskSecrets(text)
    .split('\n')
    .map((line, index) => {
      const characters = Array.from(line.trimEnd());
      const cut =
        characters.length > lineLimit ? `${characters.slice(0, lineLimit).join('')}…` : characters.join('');
      return index === 0 ? `${label}: ${cut}` : `  ${cut}`;
    });
}
