import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between clients and a server as a network does that takes its time. */
export interface Delay {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/**
 * Passes everything on between clients and the server, each thing that a client sends `delayMs` later: all of a round
 * trip's time on its way there, none on its way back.
 *
 * @param port of the server, on 127.0.0.1.
 * @param delayMs milliseconds; 0 passes on at once.
 */
export async function startDelay(port: number, delayMs: number): Promise<Delay> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    connections += 1;
    const later =
      delayMs === 0 ? (work: () => void) => work() : (work: () => void) => void setTimeout(work, delayMs);
    client.on('data', (chunk) => later(() => upstream.write(chunk)));
    client.on('end', () => later(() => upstream.end()));
    upstream.on('data', (chunk) => client.write(chunk));
    upstream.on('end', () => client.end());
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
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
