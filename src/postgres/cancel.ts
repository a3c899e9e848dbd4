import { connect as connectSocket } from 'node:net';
import { type Host, socketPath } from '../config/index.ts';
import type { Wire } from './wire.ts';

/** So long a server has to hang up after a goodbye, or to take a request to cancel; milliseconds. */
export const mostFarewellMs = 2_000;

/**
 * Asks a server, on a connection of its own, to cancel what a session runs (PostgreSQL docs 55.2.8). Resolves when the
 * request is handed over or could not be; the answer is the running query's 57014.
 */
export function requestCancel(host: Host, { processID, secretKey }: Wire): Promise<void> {
  return new Promise((resolve) => {
    const path = socketPath(host);
    const socket = path === null ? connectSocket(host.port, host.host) : connectSocket(path);
    socket.setTimeout(mostFarewellMs, () => socket.destroy());
    const request = Buffer.alloc(16);
    request.writeInt32BE(16, 0);
    request.writeInt32BE(80877102, 4);
    request.writeInt32BE(processID, 8);
    request.writeInt32BE(secretKey, 12);
    socket.on('connect', () => socket.end(request));
    socket.on('data', () => socket.destroy());
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
}
