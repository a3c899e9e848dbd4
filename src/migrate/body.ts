import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { type Failure, type Place, SlipwayError } from '../core/index.ts';
import { readHeader } from '../migrations/directives.ts';
import { type MigrationClient, type MigrationModule, messageOf, thrownAt } from '../migrations/module.ts';
import { ConnectionLost, type Session } from '../postgres/index.ts';
import { poolerMessage } from '../postgres/pooler-messages.ts';
import { classifyServerError, type Verdict } from '../postgres/server-error.ts';
import {
  parseSql,
  type Segment,
  type Source,
  type SqlScript,
  type Statement,
  type Text,
} from '../sql/index.ts';
import { blankParts, leftOut } from '../sql/left-out.ts';
import { transactionControl } from '../sql/lint.ts';
import { explain, type Sent } from '../sql/statement-error.ts';
/** What a migration does, ready to run. */
export type Body =
  | { readonly kind: 'sql'; readonly script: SqlScript }
  | { readonly kind: 'module'; readonly source: Source; readonly run: NonNullable<MigrationModule['up']> };

/** A migration's own statement or code failed; nothing of it is kept when its transaction is rolled back. */
export class BodyFailure extends SlipwayError {
  /** Whether the same transaction may be tried again. */
  readonly again: Verdict['again'];

  constructor(failure: Failure, again: Verdict['again'], cause: unknown) {
    super(failure, { cause });
    this.again = again;
  }
}

/** As `runBody`. */
export type BodyRunner = (session: Session, body: Body) => Promise<void>;

/**
 * Runs a body on the session, in whatever transaction it is in.
 *
 * @throws BodyFailure that points at the statement; ConnectionLost when the connection is gone.
 */
export async function runBody(session: Session, body: Body): Promise<void> {
  if (body.kind === 'module') return runModule(session, body);
  for (const [n, segment] of body.script.segments
    .flatMap((part) => inPieces(part, mostInMessage(body.script.text)))
    .entries()) {
    // What an earlier part set must not decide how a later one is read.
    if (n > 0)
      await session.run("SET LOCAL standard_conforming_strings = on; SET LOCAL client_encoding TO 'UTF8'");
    const counter = session.countCompleted();
    try {
      await runSegment(session, body.script, segment);
    } catch (error) {
      throw failureOf(error, { script: body.script, segment, completed: counter.stop() });
    } finally {
      counter.stop();
    }
  }
}

/**
 * UTF-16 units that are sent in one message, unless a single statement is longer: beyond that a round trip more is
 * nothing. What the server answers to one is held in memory, of which a large file is to take little.
 */
export const mostInMessage = (text: Text): number => (typeof text === 'string' ? 6_000_000 : 250_000);

/** A segment in parts that are sent one after the other, each of whole statements. */
function inPieces(segment: Segment, most: number): Segment[] {
  if (segment.kind === 'copy' || segment.end - segment.start <= most) return [segment];
  const pieces: Segment[] = [];
  const { statements } = segment;
  let from = 0;
  let start = segment.start;
  let end = segment.start;
  const close = (to: number): void => {
    pieces.push({ kind: 'sql', start, end, statements: statements.slice(from, to) });
    from = to;
  };
  let n = 0;
  for (const statement of statements) {
    if (n > from && statement.end - start > most) close(n);
    if (n === from) start = statement.start;
    end = statement.end;
    n += 1;
  }
  close(n);
  return pieces;
}

/**
 * What to throw for a statement of a body that failed: a BodyFailure that points at it, or for a loss the loss.
 *
 * @param sent what was sent, and how much of it was done.
 * @param before how many code points stood ahead of it in the message.
 */
export function failureOf(error: unknown, sent: Sent, before = 0): unknown {
  const objection = objectionIn(error);
  if (objection === null) {
    if (error instanceof ConnectionLost) error.place = explain(error, sent).place;
    return error;
  }
  const position = Number(objection.position ?? 0) - before;
  const { message } = objection;
  const said = { ...objection, message, position: position > 0 ? String(position) : undefined };
  const { place, detail } = explain(said, sent);
  const { exit, remedy, again } = classifyServerError(objection, {
    words: statementIn(sent)?.words ?? [],
    isOutside: readHeader(sent.script.source).directives.noTransaction,
  });
  return new BodyFailure({ exit, place, message, detail, remedy, sqlstate: objection.code }, again, error);
}

/** The statement that ran, as far as is known from what was done. */
const statementIn = ({ segment, completed }: Sent): Statement | undefined =>
  segment.kind === 'copy'
    ? segment.statement
    : segment.statements.at(Math.min(completed, segment.statements.length - 1));

/**
 * What the server has against a statement, also where that cost the session: a FATAL of the statement's own, such as
 * an extension's that wants to be preloaded, would come again. Not so what an operator, a crash (class 57) or a pooler
 * (08) did.
 */
function objectionIn(error: unknown): pg.DatabaseError | null {
  if (error instanceof pg.DatabaseError) return error;
  const objection = error instanceof ConnectionLost ? error.objection : null;
  if (objection === null || /^(?:57|08)/.test(objection.code ?? '')) return null;
  return poolerMessage(objection) === null ? objection : null;
}

async function runSegment(session: Session, { text }: SqlScript, segment: Segment): Promise<void> {
  if (segment.kind === 'sql') {
    await session.work(text.slice(segment.start, segment.end));
    return;
  }
  const { copyFrom } = await import('./copy.ts');
  const { statement, dataStart, dataEnd } = segment;
  await session.onClient((client) =>
    pipeline(
      Readable.from(parts(text, dataStart, dataEnd)),
      client.query(copyFrom(text.slice(statement.start, statement.end))),
    ),
  );
}

/** A long text is not turned into one string. */
function* parts(text: Text, from: number, end: number): Generator<string> {
  const most = mostInMessage(text);
  for (let at = from; at < end; at += most) yield text.slice(at, Math.min(end, at + most));
}

/**
 * Runs a module's function. A statement that it did not wait for is waited for here, and one that failed unseen fails
 * the migration where it left the transaction aborted. They are sent one after the other, each once it is known how the
 * one before left the session.
 */
async function runModule(session: Session, { source, run }: Body & { kind: 'module' }): Promise<void> {
  const statements: Promise<unknown>[] = [];
  const failures: {
    readonly error: unknown;
    readonly place: Place | null;
    readonly words: readonly string[];
  }[] = [];
  let before: Promise<unknown> = Promise.resolve();
  let isOver = false;
  const client: MigrationClient = {
    query: (text, values) => {
      if (isOver) throw tooLate(source);
      const script = readStatement(source, text);
      const words = script?.statements.length === 1 ? (script.statements.at(0)?.words ?? []) : [];
      const place = thrownAt(source, new Error('sent from here'));
      const sql = script ? blankParts(script, leftOut(script)).text.toString() : text;
      const sent = before.then(() =>
        session.onClient(async (connected) => {
          const { rows, rowCount } = await connected.query(sql, values ? [...values] : undefined);
          return { rows, rowCount: rowCount ?? 0 };
        }),
      );
      before = sent.catch((error) => failures.push({ error, place, words }));
      statements.push(before);
      return sent;
    },
  };
  try {
    await run({ client });
    await Promise.all(statements);
    if (failures.length > 0 && (await isAborted(session))) throw failures[0]?.error;
  } catch (error) {
    await Promise.all(statements);
    const objection = objectionIn(error);
    const failed = failures.find((failure) => failure.error === error);
    const own = failed?.place;
    if (objection === null && error instanceof ConnectionLost) {
      error.place = own ?? { file: source.path };
      throw error;
    }
    const verdict = objection
      ? classifyServerError(objection, { words: failed?.words ?? [], isOutside: false })
      : { exit: 'migration' as const, remedy: 'Correct the migration and start again.', again: null };
    throw new BodyFailure(
      {
        exit: verdict.exit,
        place: own ?? thrownAt(source, error) ?? { file: source.path },
        message: messageOf(error),
        remedy: verdict.remedy,
        detail: objection?.hint ? [`hint: ${objection.hint}`] : undefined,
        sqlstate: objection?.code,
      },
      verdict.again,
      error,
    );
  } finally {
    isOver = true;
  }
}

const tooLate = (source: Source): SlipwayError =>
  new SlipwayError({
    exit: 'migration',
    place: thrownAt(source, new Error('sent from here')) ?? { file: source.path },
    message: 'the module sends a statement after its function has ended',
    remedy:
      'Await every query in it: the migration was complete, and this statement would run in the next one.',
  });

/** Whether a statement that failed was not taken back to a savepoint. The empty query's answer has the status. */
async function isAborted(session: Session): Promise<boolean> {
  await session.run('');
  return session.client.getTransactionStatus() === 'E';
}

/**
 * What a module sends, in statements; null where that cannot be read, and is the server's to judge.
 *
 * @throws Error where one of them would end the transaction.
 */
function readStatement(source: Source, text: string): SqlScript | null {
  let script: SqlScript;
  try {
    script = parseSql({ ...source, text });
  } catch {
    return null;
  }
  const control = script.statements.map(transactionControl).find((found) => found !== null);
  if (control) throw new Error(`${control} in a file that runs in a transaction`);
  return script;
}
