import { heartbeatMs, nowMs, seconds } from '../../core/index.ts';
import type { ListEntry } from '../../fleet/index.ts';
import { type EventAt, LiveLine, type Log, logOf, redacting } from '../../log/index.ts';
import type { Context } from '../command.ts';
import { hasLiveLine } from '../show-progress.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** What is said of a database. */
export interface Said {
  readonly level: Level;
  readonly fields: EventAt<Level>;
  readonly message: string;
}

/** Where a run is in its list. */
export interface ListCourse {
  readonly command: string;
  readonly of: number;
  readonly done: number;
  readonly failed: number;
  /** The databases that are worked on, with what was said last of each. */
  readonly running: ReadonlyMap<string, string>;
}

/** The live line: the counts first, which are never cut off. */
export function listLine({ command, of, done, failed, running }: ListCourse, elapsedMs: number): string {
  const not = failed === 0 ? '' : `, ${failed} failed`;
  const now = [...running].map(([database, words]) => (words === '' ? database : `${database}: ${words}`));
  return `${command}, ${done} of ${of}${not}, ${seconds(elapsedMs)}${now.length > 0 ? `; ${now.join(', ')}` : ''}`;
}

/**
 * Shows how far a run is in its list, on a terminal as a line that is gone in the end, and in the log every 10 s; and
 * writes what is said of a database under its name.
 */
export class Display {
  readonly isLive: boolean;
  readonly #context: Context;
  readonly #of: number;
  readonly #running = new Map<string, string>();
  readonly #startedAt = nowMs();
  readonly #line: LiveLine | null;
  readonly #life: NodeJS.Timeout;
  #done = 0;
  #failed = 0;

  constructor(context: Context, of: number) {
    this.#context = context;
    this.#of = of;
    const redact = redacting(context.config.secrets);
    this.isLive = !context.isJson && hasLiveLine(context);
    this.#line = this.isLive ? new LiveLine(() => redact(listLine(this.#course, this.elapsedMs))) : null;
    this.#life = setInterval(() => this.#tellCourse(), heartbeatMs);
  }

  get elapsedMs(): number {
    return nowMs() - this.#startedAt;
  }

  /** A database has its turn. @returns its log: for people, of what goes well, what is said last is enough. */
  begin({ database }: ListEntry): Log {
    this.#running.set(database, '');
    const { log, config } = this.#context;
    const told = config.logFormat === 'pretty' ? 'debug' : 'info';
    return logOf((method, fields, message) => {
      if (method !== 'debug' && this.#running.has(database)) this.#running.set(database, message);
      this.#write(method === 'info' ? told : method, { ...fields, database }, `${database}: ${message}`);
    }, log.load);
  }

  /** Writes a line under a database's name. */
  say(database: string, { level, fields, message }: Said): void {
    this.#write(level, { ...fields, database }, `${database}: ${message}`);
  }

  /** Every event has the database's name here. */
  #write(level: Level, fields: object, message: string): void {
    (this.#context.log[level] as (fields: object, message: string) => void)(fields, message);
  }

  end({ database }: ListEntry, isFailed: boolean): void {
    this.#running.delete(database);
    this.#done += 1;
    if (isFailed) this.#failed += 1;
  }

  /** Nothing is shown any more. */
  close(): void {
    clearInterval(this.#life);
    this.#line?.end();
  }

  get #course(): ListCourse {
    return {
      command: this.#context.name,
      of: this.#of,
      done: this.#done,
      failed: this.#failed,
      running: this.#running,
    };
  }

  #tellCourse(): void {
    if (this.#line) return;
    const { done, of, failed } = this.#course;
    const elapsedMs = Math.round(this.elapsedMs);
    this.#context.log.info(
      { event: 'databases', done, of, failed, running: [...this.#running.keys()], elapsedMs },
      listLine(this.#course, elapsedMs),
    );
  }
}
