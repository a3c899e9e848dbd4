import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** Below the ports that the system gives to outgoing connections, which a client in wait could be given as its own. */
const lowest = 12_000;
const highest = 30_000;

/** A port on 127.0.0.1 that nobody listens on, and that no outgoing connection is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Something that listens on TCP and is not PostgreSQL. */
export interface Listener {
  readonly port: number;
  /** How many connections it has had. */
  readonly connections: number;
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1 and hands every connection to `onConnection`.
 *
 * @param port 0: any that is free.
 */
export async function listen(onConnection: (socket: Socket) => void, port = 0): Promise<Listener> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP socket without a port');
  return {
    port: address.port,
    get connections() {
      return connections;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
