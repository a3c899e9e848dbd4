import pg from 'pg';
import { headline } from '../ledger/advisory-lock.ts';
import type { Session } from '../postgres/index.ts';
import type { Segment, SqlScript } from '../sql/index.ts';
import { type Body, failureOf, mostInMessage } from './body.ts';

/** A body that is short enough to share a message with what stands around it. */
export interface ShortBody {
  readonly script: SqlScript;
  /** Null: it has no statement. */
  readonly segment: (Segment & { readonly kind: 'sql' }) | null;
  /** Is handed what came of its statements, once the whole message is done: without rows that nobody asked for. */
  readonly told?: (results: readonly pg.QueryResult[]) => void;
}

/** The body as one that can share a message; null where it cannot: a module, COPY data, or a large one. */
export function shortBody(body: Body): ShortBody | null {
  if (body.kind !== 'sql' || body.script.segments.length > 1) return null;
  const [segment = null] = body.script.segments;
  if (segment === null) return { script: body.script, segment };
  return segment.kind === 'sql' && segment.end - segment.start <= mostInMessage(body.script.text)
    ? { script: body.script, segment }
    : null;
}

/** A statement of ours, one. */
export type OwnStatement =
  | string
  | {
      readonly sql: string;
      /** What it means that the server refuses it: what to throw. */
      readonly refused?: (error: pg.DatabaseError) => unknown;
      /** Called as soon as it is known that the server has done it, whatever becomes of the rest. */
      readonly done?: () => void;
      /** Is handed what came of it, once the whole message is done. */
      readonly told?: (result: pg.QueryResult) => void;
    };

/** Statements of ours, and a body's between them: one round trip. */
export interface Batch {
  /** By which the server's list of activity shows what it is of; null: it says nothing. */
  readonly title?: string | null;
  readonly before: readonly OwnStatement[];
  readonly body: ShortBody | null;
  readonly after: readonly OwnStatement[];
}

const textOf = (own: OwnStatement): string => (typeof own === 'string' ? own : own.sql);

/**
 * Sends a batch: what stands before a body in a message of its own, so that pg_stat_activity, which shows the first
 * kilobyte of a message, has the body in it. Both messages go at once. The server reads all of a message before it runs
 * any of it, so what decides how it is read (standard_conforming_strings) must have been set before.
 *
 * @returns what came of each statement in `after`.
 * @throws BodyFailure that points at a statement of the body; for one of ours what it says of that, or the
 *   pg.DatabaseError; ConnectionLost.
 */
export async function sendBatch(session: Session, batch: Batch): Promise<pg.QueryResult[]> {
  const { before, body, after } = batch;
  const sent = textsOf(batch);
  const counter = session.countCompleted((statement) => {
    const own = ownAt(batch, sent, statement);
    if (typeof own === 'object') own.done?.();
  });
  try {
    const results = await send(session, batch, sent);
    const ofAfter = results.slice(results.length - after.length);
    tell(before, results);
    body?.told?.(results.slice(sent.start, sent.end));
    tell(after, ofAfter);
    return ofAfter;
  } catch (error) {
    const total = counter.stop();
    if (body?.segment && isOfBody(error, sent, total))
      throw failureIn(body.segment, error, { sent, total, body });
    const own = ownAt(batch, sent, total);
    throw error instanceof pg.DatabaseError && typeof own === 'object' && own.refused
      ? own.refused(error)
      : error;
  } finally {
    counter.stop();
  }
}

/** The messages of a batch, and where its statements stand in them. */
interface Sent {
  /** What goes in a message of its own ahead of the other; null: nothing does. */
  readonly first: string | null;
  /** What stands ahead of the body in its message. */
  readonly head: string;
  readonly text: string;
  readonly message: string;
  /** The number of the body's first statement, from 0, and that after its last one. */
  readonly start: number;
  readonly end: number;
}

function textsOf({ title = null, before, body, after }: Batch): Sent {
  const line = title === null ? '' : headline(title);
  const ahead = before.map((own) => `${textOf(own)};\n`).join('');
  const { segment = null } = body ?? {};
  const isApart = segment !== null && ahead !== '';
  const head = `${line}${isApart ? `${sameTransaction};\n` : ahead}`;
  const text = body && segment ? body.script.text.slice(segment.start, segment.end) : '';
  const start = before.length + (isApart ? 1 : 0);
  return {
    first: isApart ? line + ahead : null,
    head,
    text,
    message: `${head}${text === '' ? '' : `${text}\n;`}${after.map(textOf).join(';\n')}`,
    start,
    end: start + (segment?.statements.length ?? 0),
  };
}

/**
 * The server refuses it (22012) unless the message before has begun the transaction and written the row in it: had that
 * message been refused before its BEGIN, or at a COMMIT in it, the body would run by itself.
 */
const sameTransaction =
  'SELECT 1 OPERATOR(pg_catalog./) CASE WHEN pg_catalog.pg_current_xact_id_if_assigned() IS NULL THEN 0 ELSE 1 END';

async function send(session: Session, { before, body }: Batch, sent: Sent): Promise<pg.QueryResult[]> {
  const { first, message, start, end } = sent;
  if (first !== null) {
    const offset = before.length;
    const isOurs = (statement: number): boolean => statement + offset < start || statement + offset >= end;
    return (await session.workTwice(first, message, isOurs)).flat();
  }
  // What comes after a body alone ends it: deferred triggers run then, and COMMIT may wait for a standby.
  const isLimited = body === null && before.length > 0;
  return isLimited
    ? session.run(message)
    : session.work(message, (statement) => statement < start || statement >= end);
}

function ownAt({ before, after }: Batch, { start, end }: Sent, statement: number): OwnStatement | undefined {
  return statement < start ? before[statement] : statement < end ? undefined : after[statement - end];
}

/**
 * Whether a failure is the body's, after so many statements of all were done. Where the server could not read the
 * message in which the body is, nothing of that ran.
 */
function isOfBody(error: unknown, { first, head, start, end }: Sent, total: number): boolean {
  const isUnread =
    first === null ? total === 0 && isUnreadable(error, codePoints(head)) : total === start - 1;
  return isUnread || (total >= start && total < end);
}

function failureIn(
  segment: Segment & { readonly kind: 'sql' },
  error: unknown,
  { sent, total, body }: { readonly sent: Sent; readonly total: number; readonly body: ShortBody },
): unknown {
  const [ahead, length] = [codePoints(sent.head), codePoints(sent.text)];
  const at = error instanceof pg.DatabaseError ? Number(error.position ?? 0) : 0;
  const done = { script: body.script, segment, completed: Math.max(0, total - sent.start) };
  return failureOf(at > ahead + length ? atEndOfInput(error as pg.DatabaseError) : error, done, ahead);
}

function tell(statements: readonly OwnStatement[], results: readonly pg.QueryResult[]): void {
  for (const [n, own] of statements.entries())
    if (typeof own === 'object') own.told?.(results[n] as pg.QueryResult);
}

/** Whether nothing ran because the server could not read the message, in what is not ours. */
const isUnreadable = (error: unknown, ahead: number): boolean =>
  error instanceof pg.DatabaseError &&
  (Number(error.position ?? 0) > ahead || unreadable.includes(error.code ?? ''));

/** character_not_in_repertoire, untranslatable_character, statement_too_complex. */
const unreadable = ['22021', '22P05', '54001'];

/** What the server would have said, had nothing of ours come after the body. */
const atEndOfInput = (error: pg.DatabaseError): pg.DatabaseError =>
  Object.assign(error, { message: error.message.replace('at or near ";"', 'at end of input') });

/** The server counts code points, a string UTF-16 units. */
function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
