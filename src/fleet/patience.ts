import type { SlipwayError } from '../core/index.ts';
import type { ListEntry } from './entries.ts';

/** What a server says that is about to be there (PostgreSQL docs, appendix A): cannot_connect_now. */
const cannotConnectNow = '57P03';

/**
 * How long each server is waited for: as long as is usual, until it was waited for in vain. After that its other
 * databases are given one try each, or a list of hundreds would wait as many times; the first of them that gets a
 * connection ends that.
 */
export class ServerPatience {
  readonly #usualMs: number;
  readonly #absent = new Set<string>();

  constructor(usualMs: number) {
    this.#usualMs = usualMs;
  }

  /** Milliseconds. */
  waitMs({ server }: ListEntry): number {
    return this.#absent.has(server) ? 0 : this.#usualMs;
  }

  connected({ server }: ListEntry): void {
    this.#absent.delete(server);
  }

  /** A database could not be connected to. */
  failed({ server }: ListEntry, { failure: { exit, sqlstate } }: SlipwayError): void {
    if (exit === 'temporary' && (sqlstate === undefined || sqlstate === cannotConnectNow))
      this.#absent.add(server);
  }
}
