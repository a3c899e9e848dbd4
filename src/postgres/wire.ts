import type { Socket } from 'node:net';
import type pg from 'pg';

/** The parts of node-postgres' client that its types leave out. */
export interface Wire {
  readonly connection: NodeJS.EventEmitter & {
    readonly stream: Socket;
    attachListeners: (stream: Socket) => void;
    connect: (port: number, host: string) => void;
    ssl: pg.ClientConfig['ssl'];
  };
  /** What is sent at the start: the driver takes from PGOPTIONS and others what it was not given, past our settings. */
  readonly connectionParameters: object;
  /** Whether a login by SCRAM may be bound to the connection's TLS. */
  enableChannelBinding: boolean;
  /** Whether a query is sent before the one ahead of it is answered. */
  pipeline: boolean;
  readonly processID: number;
  readonly secretKey: number;
}
