import type { Place } from './errors.ts';
import type { Segment, SqlScript } from './sql.ts';

/** The fields of a server's error, as node-postgres gives them. */
export interface ServerError {
  /** SQLSTATE. */
  readonly code?: string | undefined;
  readonly message: string;
  /** In code points from 1, in the string that was sent. */
  readonly position?: string | undefined;
  /** In code points from 1, in `internalQuery`. */
  readonly internalPosition?: string | undefined;
  readonly internalQuery?: string | undefined;
  readonly where?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
}

export interface Sent {
  readonly script: SqlScript;
  readonly segment: Segment;
  /** commandComplete messages that came for this segment before the error. */
  readonly completed: number;
}

export interface Explanation {
  readonly place: Place;
  /** The excerpt, then what the server added. */
  readonly detail: string[];
}

export declare function explain(error: ServerError, sent: Sent): Explanation;
