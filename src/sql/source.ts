import type { Allowance } from '../core/index.ts';
import type { Text } from './text.ts';

/** A file as it is judged: UTF-8 without BOM, line ends as LF. */
export interface Source {
  /** As the person would type it, relative to the working directory. */
  readonly path: string;
  readonly text: Text;
  /** SHA-256 of `text`, hexadecimal. */
  readonly checksum: string;
}

/** A level of isolation as a directive names it (PostgreSQL docs 13.2). */
export type Isolation = 'repeatable-read' | 'serializable';

/** What the first comment lines of a file ask for (`-- slipway: ...`). */
export interface Directives {
  readonly noTransaction: boolean;
  /** Milliseconds; null where the file does not say. */
  readonly lockTimeoutMs: number | null;
  readonly irreversible: boolean;
  /** The file is to hold no statement. */
  readonly isEmpty?: true;
  /** What the file may do beyond SLIPWAY_MAX_LOCK; absent where it asks for nothing. */
  readonly allow?: Allowance;
  /** Of the transaction that it runs in; absent: read committed. */
  readonly isolation?: Isolation;
  /** Its one statement runs again and again, each time in a transaction of its own, until it touches no row. */
  readonly repeat?: Repeat;
}

/** How a statement is repeated. */
export interface Repeat {
  /** What `current_setting('slipway.batch')` says: how many rows the statement is to touch at a time. */
  readonly rows: number;
  /** Between two batches, milliseconds. */
  readonly pauseMs: number;
}

export interface Script {
  readonly format: 'sql' | 'module';
  readonly source: Source;
  readonly directives: Directives;
}
