import pg from 'pg';
import { serverOf } from '../config/index.ts';
import { type AnswerLimit, type Awaited, awaitAnswer, Unanswered } from './answer.ts';
import { mostFarewellMs, requestCancel } from './cancel.ts';
import type { Greeting } from './greeting.ts';
import { type Intake, mostOfAnswer, TooMuch } from './intake.ts';
import { ConnectionLost, isBroken, isEnding, tooMuch } from './loss.ts';
import { Notices, type NoticeTeller } from './notices.ts';
import { asUtf8 } from './quoting.ts';
import { isForeign, isUnnamed, Unreadable } from './reading.ts';
import { keepLittle, type Submitted } from './unread-rows.ts';
import type { Wire } from './wire.ts';

/** Rows as objects; what they hold is known by the query that asked. */
export type Row = Record<string, unknown>;

/** There is more than is read. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';

  constructor(mostBytes: number) {
    super(`it holds more than ${mostBytes} bytes`);
  }
}

/** One connection, spoken to by simple queries: several statements in a message are one round trip. */
export class Session {
  readonly greeting: Greeting;
  /** TimeZone as role, database or server have set it; null where the server does not report it. */
  readonly zone: string | null;
  readonly #client: pg.Client;
  readonly #wire: Wire;
  readonly #reported: ReadonlyMap<string, string>;
  readonly #intake: Intake | null;
  #limit: AnswerLimit | null = null;
  /** Whether no setting of the role or the database ends it, or changes how our text is read. */
  isFirm = false;
  /** Whether such a setting has shown: the next session has to be firm. */
  isHurried = false;
  /** Whether the role or the database has set that an error ends the session (exit_on_error). */
  endsOnError = false;
  /** What was sent before and is not answered yet, while something is asked ahead of that. */
  #before: Promise<unknown> | null = null;
  #lost: Error | null = null;
  #isEnded = false;

  /**
   * @param reported what the server says of its settings, kept up to date.
   * @param intake bounds what the server sends; null: nothing does.
   * @param lost what has ended the connection already: a limit of the role may be over at once.
   */
  constructor(
    client: pg.Client,
    greeting: Greeting,
    reported: ReadonlyMap<string, string>,
    { intake = null, lost = null }: { intake?: Intake | null; lost?: Error | null } = {},
  ) {
    this.#lost = lost;
    this.#client = client;
    this.#reported = reported;
    this.zone = reported.get('TimeZone') ?? null;
    this.#intake = intake;
    this.#wire = client as unknown as Wire;
    this.greeting = greeting;
    client.on('error', (error) => {
      this.#lost ??= error;
    });
  }

  /** From now on a query of Slipway's own that is not answered in time ends the session. */
  limitAnswers(limit: AnswerLimit): void {
    this.#limit = limit;
  }

  /** The process that the server named when the session began; behind a pooler, not the one that does the work. */
  get processId(): number {
    return this.#wire.processID;
  }

  /** What the server last said of a setting that it reports (PostgreSQL docs 55.2.7). */
  reported(setting: string): string | undefined {
    return this.#reported.get(setting);
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  /** For COPY, which needs the driver's own submittables. */
  get client(): pg.Client {
    return this.#client;
  }

  /**
   * Sends one message with one or more statements of Slipway's own and returns the last statement's rows.
   *
   * @throws what `run` throws.
   */
  async rows(sql: string): Promise<Row[]> {
    const results = await this.run(sql);
    return (results.at(-1)?.rows ?? []) as Row[];
  }

  /**
   * As `rows`, with the result of each statement: its command tag and row count.
   *
   * @param values of `$1`, `$2`, ... of a single statement: what pg_stat_activity, which shows statements, must not show.
   * @param atLeastMs is allowed for the answer, however short the limit.
   * @throws pg.DatabaseError when the server objects; ConnectionLost when the connection is gone; SlipwayError (75) when
   *   the answer did not come in time, (78) when it was too much.
   */
  async run(sql: string, values: readonly string[] = [], atLeastMs = 0): Promise<pg.QueryResult[]> {
    const result = await this.ask<pg.QueryResult | pg.QueryResult[]>(
      { text: sql, values: [...values] },
      atLeastMs,
    );
    return Array.isArray(result) ? result : [result];
  }

  /** As `run`, for a query in the driver's own terms. */
  async ask<T extends object>(query: pg.QueryConfig & { rowMode?: 'array' }, atLeastMs = 0): Promise<T> {
    const limit = this.#lost ? null : this.#limit;
    const wait: { answer: Awaited | null; isOver: boolean } = { answer: null, isOver: false };
    const begin = (): void => {
      // Both answers may come at once, and this one be known first.
      if (!wait.isOver) wait.answer = limit && awaitAnswer(limit, atLeastMs, () => this.destroy());
    };
    // Whatever comes before it may take as long as it likes.
    const before = this.#before;
    if (before) void before.then(begin, begin);
    else begin();
    this.#intake?.expect(mostOfAnswer);
    try {
      return (await this.#send(() => this.#client.query(query))) as unknown as T;
    } catch (error) {
      if (!wait.answer?.isLate) throw error;
      throw new Unanswered(serverOf(this.greeting.host), wait.answer.elapsedMs());
    } finally {
      wait.isOver = true;
      wait.answer?.stop();
    }
  }

  /**
   * Sends a message whose last statement is COPY ... TO STDOUT, and returns what that writes.
   *
   * @throws as `run`; TooLarge where it writes more, after the server was asked to stop.
   */
  async copied(sql: string, mostBytes: number): Promise<string> {
    const { connection } = this.#wire;
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stopping: Promise<void> | null = null;
    const take = ({ chunk }: { chunk: Buffer }): void => {
      const isFirstTooMany = bytes <= mostBytes && bytes + chunk.length > mostBytes;
      bytes += chunk.length;
      if (isFirstTooMany) stopping = this.cancel();
      // The driver uses its buffer again.
      if (bytes <= mostBytes) chunks.push(Buffer.from(chunk));
    };
    connection.on('copyData', take);
    try {
      await this.run(sql);
    } catch (error) {
      throw bytes > mostBytes && !this.isLost ? new TooLarge(mostBytes) : error;
    } finally {
      connection.off('copyData', take);
    }
    if (bytes > mostBytes) {
      // It came to its end first: the request ends whatever is next.
      await stopping;
      await this.run('SELECT').catch(() => undefined);
      throw new TooLarge(mostBytes);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /**
   * Sends one message whose length is not ours to say: a migration's own statements, with or without some of Slipway's
   * around them. There is no limit to its time, and rows of it that nobody asked for are not kept.
   *
   * @param isOurs whether the answer to the statement of this number, from 0, is kept whole.
   * @throws pg.DatabaseError when the server objects; ConnectionLost when the connection is gone.
   */
  async work(sql: string, isOurs: (statement: number) => boolean = () => false): Promise<pg.QueryResult[]> {
    this.#intake?.expect(Number.POSITIVE_INFINITY);
    return this.#send(() => this.#submit(sql, isOurs));
  }

  /**
   * As `work`, of two messages that go at once: one round trip. The server takes the second when it has done the first,
   * be it that it refused that: the second must then be refused as well, without harm. Where an error ends the session,
   * they go one after the other.
   *
   * @param isOurs of the second; what the first is answered is kept whole.
   * @throws as `work`, what became of the first before what became of the second; both are over by then.
   */
  async workTwice(
    first: string,
    second: string,
    isOurs: (statement: number) => boolean,
  ): Promise<[pg.QueryResult[], pg.QueryResult[]]> {
    this.#intake?.expect(Number.POSITIVE_INFINITY);
    if (this.endsOnError) return [await this.work(first, () => true), await this.work(second, isOurs)];
    return this.#send(async () => {
      const sent = this.#inOneGo(
        () => [this.#submit(first, () => true), this.#submit(second, isOurs)] as const,
      );
      const [, ofSecond] = await Promise.allSettled(sent);
      const ofFirst = await sent[0];
      if (ofSecond.status === 'rejected') throw ofSecond.reason;
      return [ofFirst, ofSecond.value];
    });
  }

  /**
   * Has what `ask` asks sent at once, before the answer to what was sent last: one round trip for both. The server takes
   * it when it has done that, be it that it refused that.
   *
   * @param before what comes of that.
   * @returns null where they cannot go together.
   */
  askAhead<T>(before: Promise<unknown>, ask: () => Promise<T>): Promise<T> | null {
    if (this.#lost || this.endsOnError || this.#isMisread) return null;
    this.#before = before;
    try {
      return this.#inOneGo(ask);
    } finally {
      this.#before = null;
    }
  }

  /** Has what `ask` sends go out together, each without the answer to the one before. */
  #inOneGo<T>(ask: () => T): T {
    const { stream } = this.#wire.connection;
    this.#wire.pipeline = true;
    stream.cork();
    try {
      return ask();
    } finally {
      stream.uncork();
      this.#client.once('drain', () => {
        this.#wire.pipeline = false;
      });
    }
  }

  #submit(sql: string, isOurs: (statement: number) => boolean): Promise<pg.QueryResult[]> {
    return new Promise((resolve, reject) => {
      const query = new pg.Query(sql) as unknown as Submitted;
      keepLittle(query, isOurs);
      query.callback = (error, results) =>
        error ? reject(error) : resolve(Array.isArray(results) ? results : [results]);
      this.#client.query(query as unknown as pg.Submittable);
    });
  }

  /** Of text alone nothing but the answer can make the driver trip. */
  #send<T>(query: () => Promise<T>): Promise<T> {
    return this.#guard(() =>
      query().catch((error) => {
        throw isForeign(error) && !(error instanceof TooMuch) ? this.hangUp(error) : error;
      }),
    );
  }

  /**
   * Runs a migration's `work` on the driver's client. There is no limit to its time, nor to what it is answered.
   *
   * @throws as `work` does, and ConnectionLost for whatever means a broken connection.
   */
  onClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    this.#intake?.expect(Number.POSITIVE_INFINITY);
    return this.#guard(() => work(this.#client));
  }

  /**
   * Whether the server would take the next message for something else than the UTF-8 that it is: a migration may have
   * set `client_encoding`, in any way, and the server reports that (PostgreSQL docs 24.3.3, 55.2.7). Where the
   * transaction has failed nothing but its end is read, and SET is refused.
   */
  get #isMisread(): boolean {
    const encoding = this.#reported.get('client_encoding') ?? 'UTF8';
    return !/^(?:utf-?8|unicode)$/i.test(encoding) && this.#client.getTransactionStatus() !== 'E';
  }

  /** Turns whatever means a broken connection into ConnectionLost. */
  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#lost) {
      // A migration that swallows this and asks again in a loop would keep timers and signals from their turn.
      await new Promise(setImmediate);
      // What came unasked, between two queries, may have gone beyond the limits already.
      if (this.#lost instanceof TooMuch) throw tooMuch(serverOf(this.greeting.host), this.#lost);
      throw this.lost('the connection is gone', this.#lost);
    }
    try {
      if (this.#isMisread) await this.#client.query(asUtf8);
      return await work();
    } catch (thrown) {
      if (thrown instanceof TooMuch) {
        this.#lost ??= thrown;
        throw tooMuch(serverOf(this.greeting.host), thrown);
      }
      const error = isUnnamed(thrown) ? this.hangUp(thrown) : thrown;
      if (error instanceof pg.DatabaseError && !isEnding(error)) throw error;
      if (error instanceof pg.DatabaseError) this.destroy();
      if (error instanceof pg.DatabaseError || isBroken(error, this.#wire.connection.stream)) {
        // What came first says more than that nothing can be sent any more.
        this.#lost ??= error instanceof Error ? error : new Error(String(error));
        throw this.lost(this.#lost.message, this.#lost);
      }
      throw error;
    }
  }

  private lost(message: string, cause: Error): ConnectionLost {
    const error = new ConnectionLost(message, { cause });
    this.isHurried ||= error.byLimit;
    return error;
  }

  private hangUp(error: unknown): Unreadable {
    this.destroy();
    return new Unreadable(error);
  }

  /**
   * Counts the statements that the server completes from now on, until one fails; `stop` returns how many.
   *
   * @param each is told the number of each, from 0, as soon as the server's word of it is here.
   */
  countCompleted(each: (statement: number) => void = () => undefined): { stop(): number } {
    const { connection } = this.#wire;
    let completed = 0;
    const count = (): void => {
      completed += 1;
      each(completed - 1);
    };
    const end = (): void => {
      connection.off('commandComplete', count).off('errorMessage', end);
    };
    connection.on('commandComplete', count).on('errorMessage', end);
    return {
      stop: () => {
        end();
        return completed;
      },
    };
  }

  /** Hands the server's notices on, from now on; of very many the first and the last. */
  tellNotices(teller: NoticeTeller): void {
    const notices = new Notices(teller);
    this.#client.on('notice', ({ severity, message, detail, hint, routine }) =>
      notices.take({
        severity: severity ?? 'NOTICE',
        message: message ?? '',
        detail: detail ?? null,
        hint: hint ?? null,
        routine: routine ?? null,
      }),
    );
    this.#wire.connection.on('readyForQuery', () => notices.end()).on('end', () => notices.end());
  }

  /**
   * Asks the server, on a connection of its own, to cancel what this session runs (PostgreSQL docs 55.2.8). Resolves
   * when the request is handed over or could not be; the answer is the running query's 57014.
   */
  cancel(): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    return requestCancel(this.greeting.host, this.#wire);
  }

  /** Says goodbye and waits for the server to hang up, but not for long. */
  async end(): Promise<void> {
    this.#isEnded = true;
    if (this.#lost) return this.destroy();
    await this.#forAWhile(this.#client.end().catch(() => undefined));
  }

  /** Says goodbye, and does not wait for the server to hang up: that is known to follow, and nobody is left to see it. */
  async leave(): Promise<void> {
    const { stream } = this.#wire.connection;
    if (this.#lost || stream.destroyed) return this.end();
    const isSaid = new Promise((resolve) => stream.once('finish', resolve).once('close', resolve));
    void this.end();
    await this.#forAWhile(isSaid);
  }

  /** Waits for a farewell; a server that does not take it, or does not hang up, is left. */
  async #forAWhile(farewell: Promise<unknown>): Promise<void> {
    const timer = setTimeout(() => this.destroy(), mostFarewellMs);
    await farewell;
    clearTimeout(timer);
  }

  /** Drops the connection without a word. */
  destroy(): void {
    this.#wire.connection.stream.destroy();
  }
}
