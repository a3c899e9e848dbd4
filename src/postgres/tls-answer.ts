import type pg from 'pg';
import type { Wire } from './wire.ts';

/** What follows from a server's answer to the request for TLS. */
export interface OnTlsAnswer {
  /** The server has no TLS: called before anything else is sent. */
  readonly refused: () => void;
  /** It has: gives the options to go on with. */
  readonly agreed: () => Promise<pg.ClientConfig['ssl']>;
}

/**
 * Lets a connection that asked for TLS go on without it where the server answers that it has none, as libpq does
 * (PostgreSQL docs 55.2.10): the driver would hang up, and a second connection costs the server one more process. What
 * TLS takes is loaded only where the server has it.
 *
 * @param wire of a client that is yet to connect.
 */
export function takeTlsAnswer({ connection }: Wire, { refused, agreed }: OnTlsAnswer): void {
  const { connect, stream } = connection;
  connection.connect = (port: number, host: string) => {
    const others = new Set(stream.listeners('data'));
    connect.call(connection, port, host);
    const [ofDriver] = stream.listeners('data').filter((listener) => !others.has(listener));
    if (ofDriver === undefined) return;
    stream.off('data', ofDriver as () => void);
    stream.once('data', (answer: Buffer) => {
      // Where more than the one byte comes, somebody else has sent it: that is the driver's to refuse.
      const letter = answer.toString('latin1');
      if (letter === 'N') {
        refused();
        connection.attachListeners(stream);
        connection.emit('sslconnect');
      } else if (letter === 'S') {
        agreed().then(
          (options) => {
            connection.ssl = options;
            ofDriver.call(stream, answer);
          },
          (error: unknown) => connection.emit('error', error),
        );
      } else {
        ofDriver.call(stream, answer);
      }
    });
  };
}
