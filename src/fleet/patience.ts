import type { SlipwayError } from '../core/index.ts';
import type { ListEntry } from './entries.ts';

/** What a server says that is about to be there (PostgreSQL docs, appendix A): cannot_connect_now. */
const cannotConnectNow = '57P03';
/** How long a server that was waited for in vain is tried once more, where it is usually waited for longer. */
const secondWaitMs = 5_000;

/**
 * Which servers were waited for in vain, and how long each is waited for: as long as is usual, until then. A list of
 * hundreds of databases would else wait as many times.
 */
export class ServerPatience {
  readonly #usualMs: number;
  readonly #absent = new Map<string, SlipwayError>();

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

  connected({ server }: ListEntry): void {
    this.#absent.delete(server);
  }

  /** A database could not be connected to. A server that refuses a login is there. */
  failed({ server }: ListEntry, error: SlipwayError): void {
    const { exit, sqlstate } = error.failure;
    if (exit === 'temporary' && (sqlstate === undefined || sqlstate === cannotConnectNow))
      this.#absent.set(server, error);
    else this.#absent.delete(server);
  }
}
