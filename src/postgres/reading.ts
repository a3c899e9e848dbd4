import type { Socket } from 'node:net';
import pg from 'pg';
import { BufferReader } from 'pg-protocol/dist/buffer-reader';
import { Intake, TooMuch } from './intake.ts';
import type { Wire } from './wire.ts';

/** What came from the server could not be read as PostgreSQL's protocol. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  /** It asks for a way to log in that the driver does not have: GSSAPI, SSPI, or one that is newer. */
  readonly isLogin: boolean;

  constructor(cause: unknown) {
    super('the server answered with what is not the PostgreSQL protocol', { cause });
    this.isLogin = cause instanceof Error && /^Unknown authenticationOk message type/.test(cause.message);
  }
}

/** What the driver's reader has, beyond what its types show. */
interface Reader {
  readonly offset: number;
  readonly buffer: Buffer;
}

const readText = BufferReader.prototype.string;
/** Beyond the end the driver reads empty texts, and of an ERROR that lacks its last byte without end. */
BufferReader.prototype.string = function (this: BufferReader, length: number): string {
  const { offset, buffer } = this as unknown as Reader;
  if (offset + length > buffer.length) throw new RangeError('a message ends before its text does');
  return readText.call(this, length);
};

/**
 * Ends a connection whose server says what the driver cannot read, or more than is taken. The driver throws then, in the
 * middle of the socket's event, where nobody could catch it.
 */
export function guardReading({ connection }: Wire): Intake {
  const intake = new Intake();
  const attach = connection.attachListeners;
  connection.attachListeners = (stream: Socket) => {
    const others = new Set(stream.listeners('data'));
    attach.call(connection, stream);
    for (const read of stream.listeners('data').filter((listener) => !others.has(listener))) {
      stream.off('data', read as () => void);
      stream.on('data', (chunk) => {
        try {
          if (stream.destroyed) return;
          intake.admit(chunk);
          read(chunk);
        } catch (error) {
          stream.destroy(error instanceof TooMuch ? error : new Unreadable(error));
        }
      });
    }
  };
  return intake;
}

/** Every objection of a server has its SQLSTATE (PostgreSQL docs 55.8); the driver's own about what it read has none. */
export const isUnnamed = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && !/^[0-9A-Z]{5}$/.test(error.code ?? '');

/** The driver could not read what the server said, or had no place for it and tripped over itself. */
export const isForeign = (error: unknown): boolean =>
  error instanceof Unreadable ||
  error instanceof TooMuch ||
  isUnnamed(error) ||
  ((error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) &&
    !('code' in error));
