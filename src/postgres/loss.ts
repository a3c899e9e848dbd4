import type { Socket } from 'node:net';
import pg from 'pg';
import { type Place, SlipwayError } from '../core/index.ts';
import type { TooMuch } from './intake.ts';
import { isPassing, type PoolerMessage, poolerMessage } from './pooler-messages.ts';

/** The connection broke, or the server ended it: whether the last statement took effect is not known from here. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  /** The statement of a migration that ran then; null: none did. */
  place: Place | null = null;

  /** The server's last word, where it had one. */
  get objection(): pg.DatabaseError | null {
    return this.cause instanceof pg.DatabaseError ? this.cause : null;
  }

  /** What a pooler in front of the server said of itself; null: it was not a pooler that spoke. */
  get poolerMessage(): PoolerMessage | null {
    return this.objection === null ? null : poolerMessage(this.objection);
  }

  /** Whether it is a pooler's that passes by itself: full, cut off from its server, or restarting. */
  get isPassing(): boolean {
    return isPassing(this.poolerMessage);
  }

  /** The same, said of the last of several losses. */
  again(times: number): ConnectionLost {
    const error = new ConnectionLost(`${this.message}, ${times} times`, { cause: this.cause });
    error.place = this.place;
    return error;
  }

  /** Whether a limit of the role, the database or the server ended the session. */
  get byLimit(): boolean {
    return isLimit(this.cause);
  }

  /** Whether the server ended a session that was asked nothing for long: idle_session_timeout. Nothing was under way. */
  get wasIdle(): boolean {
    return this.objection?.code === '57P05';
  }
}

/** idle_session_timeout, idle_in_transaction_session_timeout, transaction_timeout. */
const limits = ['57P05', '25P03', '25P04'];

/** Whether the server ended a session by a limit of the role, the database or its own. */
export const isLimit = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && limits.includes(error.code ?? '');

/** Whether an answer ends the session, also where a pooler calls it an ERROR: the server's own name their routine. */
export const isEnding = (error: pg.DatabaseError): boolean =>
  error.severity === 'FATAL' ||
  error.severity === 'PANIC' ||
  (error.routine === undefined && poolerMessage(error) !== null);

/** What came where the server sent more than is taken. */
export const tooMuch = (server: string, cause: TooMuch): SlipwayError =>
  new SlipwayError(
    {
      exit: 'config',
      message: `${server}: ${cause.message}`,
      remedy: 'No query of Slipway returns that much: check host and port, and what answers there.',
    },
    { cause },
  );

/** Whether an error means that nothing can be sent any more. */
export const isBroken = (error: unknown, stream: Socket): boolean =>
  stream.destroyed ||
  !stream.writable ||
  (error instanceof Error && 'syscall' in error) ||
  (error instanceof Error && /^Connection terminated|is not queryable$/.test(error.message));
