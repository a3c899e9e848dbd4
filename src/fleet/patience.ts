import type { SlipwayError } from '../core/index.ts';
import type { ListEntry } from './entries.ts';

/** What a server says that is about to be there (PostgreSQL docs, appendix A): cannot_connect_now. */
const cannotConnectNow = '57P03';
/** invalid_catalog_name. */
const noSuchDatabase = '3D000';
/** How long a server that was waited for in vain is tried once more, where it is usually waited for longer. */
const secondWaitMs = 5_000;

/**
 * Which servers were waited for in vain, and how long each is waited for: as long as is usual, until then. A list of
 * hundreds of databases would else wait as many times.
 */
export class ServerPatience {
  readonly #usualMs: number;
  readonly #absent = new Map<string, SlipwayError>();
  /** Those that have let somebody in, or have said that a database is not there. */
  readonly #there = new Set<string>();

  constructor(usualMs: number) {
    this.#usualMs = usualMs;
  }

  /** Milliseconds. */
  waitMs(entry: ListEntry): number {
    return this.absence(entry) === null ? this.#usualMs : Math.min(this.#usualMs, secondWaitMs);
  }

  /** Why its server counts as not there; null where it does not. */
  absence({ server }: ListEntry): SlipwayError | null {
    return this.#absent.get(server) ?? null;
  }

  /**
   * Whether what its server says is so for good: a database that is not there is waited for, since it may be about to be
   * made with its server, but not where that has been there for a while.
   */
  isFinal({ server }: ListEntry, sqlstate: string | undefined): boolean {
    return sqlstate === noSuchDatabase && this.#there.has(server);
  }

  connected({ server }: ListEntry): void {
    this.#absent.delete(server);
    this.#there.add(server);
  }

  /** A database could not be connected to. A server that refuses a login is there. */
  failed({ server }: ListEntry, error: SlipwayError): void {
    const { exit, sqlstate } = error.failure;
    if (exit === 'temporary' && (sqlstate === undefined || sqlstate === cannotConnectNow))
      this.#absent.set(server, error);
    else this.#absent.delete(server);
    if (sqlstate === noSuchDatabase) this.#there.add(server);
  }
}
