import { parseSql, type Question, questionOf, type Script } from '../sql/index.ts';
import { digestOfFirst } from '../sql/token-digest.ts';
import type { LedgerRow, StatementProgress } from './row.ts';

/** What is known of a running row, and what can be done about it. */
export type Resumption =
  /** Nothing is under way: it goes on with the statement of this number, or with its end where that is one more. */
  | { readonly kind: 'next'; readonly statement: number; readonly of: number }
  /** A statement was interrupted, and the catalogs tell how far it came. */
  | { readonly kind: 'ask'; readonly statement: number; readonly of: number; readonly question: Question }
  /** A statement was interrupted, and a person must say how far it came. */
  | { readonly kind: 'person'; readonly statement: number; readonly of: number }
  /** The file was edited in its first statements, which are done or were begun. */
  | { readonly kind: 'edited'; readonly statements: number; readonly of: number }
  /** Not a file of statements that are counted, or it was the undoing of one. */
  | { readonly kind: 'unknown' };

/** Reads `accepted.steps` of a row; null where there is none, or none that can be read. */
export function readProgress(value: unknown): StatementProgress | null {
  const { of, done, begun, digest, undoing } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isCount = (number: unknown): number is number => Number.isSafeInteger(number) && Number(number) >= 0;
  if (!isCount(of) || !isCount(done) || typeof digest !== 'string') return null;
  if (begun !== null && !isCount(begun)) return null;
  return { of, done, begun, digest, ...(undoing === true && { undoing }) };
}

/** How far a script has come once so many statements of it are done, and perhaps the next one is begun. */
export function progressOf(script: Script, done: number, isBegun: boolean): StatementProgress {
  const parsed = parseSql(script.source);
  const digest = digestOfFirst(parsed, isBegun ? done + 1 : done);
  return { of: parsed.statements.length, done, begun: isBegun ? done + 1 : null, digest };
}

/** What to do about a row that is running, by its file. @throws SlipwayError (65) for what cannot be read as SQL. */
export function resumptionOf(script: Script, row: Pick<LedgerRow, 'steps' | 'checksum'>): Resumption {
  const { format, directives, source } = script;
  if (format !== 'sql' || !directives.noTransaction) return { kind: 'unknown' };
  const parsed = parseSql(source);
  const of = parsed.statements.length;
  const isSame = row.checksum === null || row.checksum === source.checksum;
  const { steps } = row;
  if (steps?.undoing) return { kind: 'unknown' };
  const begun = steps ? steps.begun : 1;
  const reached = begun ?? steps?.done ?? 0;
  if (!isSame && (!steps || reached > of || digestOfFirst(parsed, reached) !== steps.digest))
    return { kind: 'edited', statements: reached, of: steps?.of ?? 1 };
  // One statement needs no account of its own; without it several are those of a file whose undoing was begun.
  if (!steps && of !== 1) return { kind: 'unknown' };
  if (begun === null) return { kind: 'next', statement: reached + 1, of };
  const statement = parsed.statements.at(begun - 1);
  const question = statement === undefined ? null : questionOf(source, statement);
  return question
    ? { kind: 'ask', statement: begun, of, question }
    : { kind: 'person', statement: begun, of };
}

/** As `resumptionOf`, of the file that undoes a version; only of one whose statements are counted. */
export function undoingLeft(script: Script, { steps }: Pick<LedgerRow, 'steps'>): Resumption {
  if (!steps?.undoing) return { kind: 'unknown' };
  const { undoing: _, ...counted } = steps;
  // The checksum is that of the other file: what tells whether this one was edited is the digest.
  return resumptionOf(script, { steps: counted, checksum: '' });
}

/** Whether what is left of it can be done without a person. */
export const goesOn = ({ kind }: Resumption): boolean => kind === 'next' || kind === 'ask';
