import { connect as connectSocket, type Socket } from 'node:net';
import pg from 'pg';
import type { Host } from '../config/conninfo.ts';
import type { Place } from '../errors.ts';
import { isForeign, isUnnamed, Unreadable } from './reading.ts';

/** Rows as objects; what they hold is known by the query that asked. */
export type Row = Record<string, unknown>;

/** The connection broke, or the server ended it: whether the last statement took effect is not known from here. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  /** The statement of a migration that ran then; null: none did. */
  place: Place | null = null;

  /** The server's last word, where it had one. */
  get objection(): pg.DatabaseError | null {
    return this.cause instanceof pg.DatabaseError ? this.cause : null;
  }

  /** The same, said of the last of several losses. */
  again(times: number): ConnectionLost {
    const error = new ConnectionLost(`${this.message}, ${times} times`, { cause: this.cause });
    error.place = this.place;
    return error;
  }

  /** Whether the server ended a session that was asked nothing for long: idle_session_timeout. Nothing was under way. */
  get wasIdle(): boolean {
    return this.objection?.code === '57P05';
  }
}

/** What the server said of itself while the session was set up. */
export interface Greeting {
  readonly host: Host;
  readonly database: string;
  readonly user: string;
  /** What pg_stat_activity shows of the session. */
  readonly applicationName: string;
  readonly tls: boolean;
  /** `server_version`, e.g. `18.4`. */
  readonly version: string;
  /** `in_hot_standby` (PostgreSQL docs 55.2.7): a standby cannot be written to. */
  readonly isStandby: boolean;
  /** `default_transaction_read_only`: set for the role, the database or the server. */
  readonly isReadOnly: boolean;
}

/** The parts of node-postgres' client that its types leave out. */
export interface Wire {
  readonly connection: NodeJS.EventEmitter & {
    readonly stream: Socket;
    attachListeners: (stream: Socket) => void;
  };
  readonly processID: number;
  readonly secretKey: number;
}

/** One connection, spoken to by simple queries: several statements in a message are one round trip. */
export class Session {
  readonly greeting: Greeting;
  readonly #client: pg.Client;
  readonly #wire: Wire;
  readonly #reported: ReadonlyMap<string, string>;
  #lost: Error | null = null;
  #isEnded = false;

  /** @param reported what the server says of its settings, kept up to date. */
  constructor(client: pg.Client, greeting: Greeting, reported: ReadonlyMap<string, string>) {
    this.#client = client;
    this.#reported = reported;
    this.#wire = client as unknown as Wire;
    this.greeting = greeting;
    client.on('error', (error) => {
      this.#lost ??= error;
    });
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
   * Sends one message with one or more statements and returns the last statement's rows.
   *
   * @throws pg.DatabaseError when the server objects; ConnectionLost when the connection is gone.
   */
  async rows(sql: string): Promise<Row[]> {
    const results = await this.run(sql);
    return (results.at(-1)?.rows ?? []) as Row[];
  }

  /**
   * As `rows`, with the result of each statement: its command tag and row count.
   *
   * @param values of `$1`, `$2`, ... of a single statement: what pg_stat_activity, which shows statements, must not show.
   */
  async run(sql: string, values: readonly string[] = []): Promise<pg.QueryResult[]> {
    return this.guard(async () => {
      // Of text alone nothing but the answer can make the driver trip.
      const result = (await this.#client.query(sql, [...values]).catch((error) => {
        throw isForeign(error) ? this.hangUp(error) : error;
      })) as pg.QueryResult | pg.QueryResult[];
      return Array.isArray(result) ? result : [result];
    });
  }

  /** Runs `work` on the client, turning whatever means a broken connection into ConnectionLost. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#lost) {
      // A migration that swallows this and asks again in a loop would keep timers and signals from their turn.
      await new Promise(setImmediate);
      throw new ConnectionLost('the connection is gone', { cause: this.#lost });
    }
    try {
      return await work();
    } catch (thrown) {
      const error = isUnnamed(thrown) ? this.hangUp(thrown) : thrown;
      if (error instanceof pg.DatabaseError && error.severity !== 'FATAL' && error.severity !== 'PANIC')
        throw error;
      if (error instanceof pg.DatabaseError || isBroken(error, this.#wire.connection.stream)) {
        const cause = error instanceof Error ? error : new Error(String(error));
        this.#lost ??= cause;
        throw new ConnectionLost(cause.message, { cause });
      }
      throw error;
    }
  }

  private hangUp(error: unknown): Unreadable {
    this.destroy();
    return new Unreadable(error);
  }

  /** Counts the statements that the server completes from now on; `stop` returns how many. */
  countCompleted(): { stop(): number } {
    let completed = 0;
    const count = (): void => {
      completed += 1;
    };
    this.#wire.connection.on('commandComplete', count);
    return {
      stop: () => {
        this.#wire.connection.off('commandComplete', count);
        return completed;
      },
    };
  }

  /** Hands each NOTICE or WARNING of the server to `listener` until the returned function is called. */
  onNotice(listener: (notice: { severity: string; message: string }) => void): () => void {
    const hand = (notice: { severity?: string | undefined; message?: string | undefined }): void =>
      listener({ severity: notice.severity ?? 'NOTICE', message: notice.message ?? '' });
    this.#client.on('notice', hand);
    return () => this.#client.off('notice', hand);
  }

  /**
   * Asks the server, on a connection of its own, to cancel what this session runs (PostgreSQL docs 55.2.8). Resolves
   * when the request is handed over or could not be; the answer is the running query's 57014.
   */
  cancel(): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    const { host } = this.greeting;
    return new Promise((resolve) => {
      const socket = host.host.startsWith('/')
        ? connectSocket(`${host.host}/.s.PGSQL.${host.port}`)
        : connectSocket(host.port, host.host);
      const request = Buffer.alloc(16);
      request.writeInt32BE(16, 0);
      request.writeInt32BE(80877102, 4);
      request.writeInt32BE(this.#wire.processID, 8);
      request.writeInt32BE(this.#wire.secretKey, 12);
      socket.on('connect', () => socket.end(request));
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
    });
  }

  /** Says goodbye and waits for the server to hang up. */
  async end(): Promise<void> {
    this.#isEnded = true;
    if (this.#lost) return this.destroy();
    await this.#client.end().catch(() => undefined);
  }

  /** Says goodbye, and does not wait for the server to hang up: that is known to follow, and nobody is left to see it. */
  async leave(): Promise<void> {
    const { stream } = this.#wire.connection;
    if (this.#lost || stream.destroyed) return this.end();
    const isSaid = new Promise((resolve) => stream.once('finish', resolve).once('close', resolve));
    void this.end();
    await isSaid;
  }

  /** Drops the connection without a word. */
  destroy(): void {
    this.#wire.connection.stream.destroy();
  }
}

const isBroken = (error: unknown, stream: Socket): boolean =>
  stream.destroyed ||
  !stream.writable ||
  (error instanceof Error && 'syscall' in error) ||
  (error instanceof Error && /^Connection terminated|is not queryable$/.test(error.message));

/** A string literal, quoted for SQL. */
export const literal = (text: string): string => pg.escapeLiteral(text);

/** An identifier, quoted for SQL. */
export const identifier = (name: string): string => pg.escapeIdentifier(name);
