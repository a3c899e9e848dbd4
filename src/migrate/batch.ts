import pg from 'pg';
import type { Session } from '../postgres/index.ts';
import type { Segment, SqlScript } from '../sql/index.ts';
import { type Body, failureOf, mostInMessage } from './body.ts';

/** A body that is short enough to share a message with what stands around it. */
export interface ShortBody {
  readonly script: SqlScript;
  /** Null: it has no statement. */
  readonly segment: (Segment & { readonly kind: 'sql' }) | null;
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

/** Statements of ours, and a body's between them: one message, and so one round trip. */
export interface Batch {
  readonly before: readonly OwnStatement[];
  readonly body: ShortBody | null;
  readonly after: readonly OwnStatement[];
}

const textOf = (own: OwnStatement): string => (typeof own === 'string' ? own : own.sql);

/**
 * Sends a message. The server reads all of it before it runs any of it, so what decides how it is read
 * (standard_conforming_strings) must have been set before.
 *
 * @returns what came of each statement in `after`.
 * @throws BodyFailure that points at a statement of the body; for one of ours what it says of that, or the
 *   pg.DatabaseError; ConnectionLost.
 */
export async function sendBatch(session: Session, { before, body, after }: Batch): Promise<pg.QueryResult[]> {
  const head = before.map((own) => `${textOf(own)};\n`).join('');
  const text = body?.segment ? body.script.text.slice(body.segment.start, body.segment.end) : '';
  const [start, end] = [before.length, before.length + (body?.segment?.statements.length ?? 0)];
  const ownAt = (statement: number): OwnStatement | undefined =>
    statement < start ? before[statement] : after[statement - end];
  const counter = session.countCompleted((statement) => {
    const own = statement < start || statement >= end ? ownAt(statement) : undefined;
    if (typeof own === 'object') own.done?.();
  });
  try {
    const message = `${head}${text}\n;${after.map(textOf).join(';\n')}`;
    // What comes after a body alone ends it: deferred triggers run then, and COMMIT may wait for a standby.
    const isLimited = body === null && before.length > 0;
    const results = isLimited
      ? await session.run(message)
      : await session.work(message, (statement) => statement < start || statement >= end);
    const ofAfter = results.slice(results.length - after.length);
    tell(before, results);
    tell(after, ofAfter);
    return ofAfter;
  } catch (error) {
    const total = counter.stop();
    const completed = total - before.length;
    const [ahead, length] = [codePoints(head), codePoints(text)];
    const statements = body?.segment?.statements.length ?? 0;
    const isOfBody = (total === 0 && isUnread(error, ahead)) || (completed >= 0 && completed < statements);
    if (body?.segment && isOfBody) {
      const at = error instanceof pg.DatabaseError ? Number(error.position ?? 0) : 0;
      const sent = { script: body.script, segment: body.segment, completed: Math.max(0, completed) };
      throw failureOf(at > ahead + length ? atEndOfInput(error as pg.DatabaseError) : error, sent, ahead);
    }
    const own = completed < 0 ? before[total] : after[completed - statements];
    throw error instanceof pg.DatabaseError && typeof own === 'object' && own.refused
      ? own.refused(error)
      : error;
  } finally {
    counter.stop();
  }
}

function tell(statements: readonly OwnStatement[], results: readonly pg.QueryResult[]): void {
  for (const [n, own] of statements.entries())
    if (typeof own === 'object') own.told?.(results[n] as pg.QueryResult);
}

/** Whether nothing ran because the server could not read the message, in what is not ours. */
const isUnread = (error: unknown, ahead: number): boolean =>
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
