import type { Socket } from 'node:net';

/** The parts of node-postgres' client that its types leave out. */
export interface Wire {
  readonly connection: NodeJS.EventEmitter & {
    readonly stream: Socket;
    attachListeners: (stream: Socket) => void;
  };
  readonly processID: number;
  readonly secretKey: number;
}
