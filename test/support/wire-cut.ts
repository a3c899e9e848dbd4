import { connect, createServer, type Socket } from 'node:net';

/** A port in front of a server where the talk stops at one message. */
export interface WireCut {
  readonly port: number;
  /** The messages that clients sent so far after their start-up message. */
  readonly sent: number;
  /** When the talk has stopped. */
  readonly stopped: Promise<void>;
  close(): Promise<void>;
}

/**
 * Passes messages on to a server until the one with this number, counted from 1 over all connections; for connections
 * without TLS.
 *
 * @param target the server's port on 127.0.0.1.
 * @param how `before`: the server never sees that message. `after`: it does, and its answer reaches nobody.
 */
export async function cutWire(target: number, at: number, how: 'before' | 'after'): Promise<WireCut> {
  let sent = 0;
  let isStopped = false;
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = () => {
      isStopped = true;
      resolve();
    };
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(target, '127.0.0.1');
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => end.destroy());
    }
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
    let isStarted = false;
    const read = messageReader((message) => {
      if (isStopped) return;
      if (isStarted) sent += 1;
      isStarted = true;
      if (sent < at || how === 'after') onward.write(message);
      if (sent >= at) stop();
    });
    socket.on('data', read);
    onward.on('data', (chunk) => {
      if (!isStopped) socket.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the wire has no port');
  return {
    port: address.port,
    get sent() {
      return sent;
    },
    stopped,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** PostgreSQL docs 55.7: the start-up message has no type, every later one has, and its length without that byte. */
function messageReader(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let held = Buffer.alloc(0);
  let isStarted = false;
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    for (;;) {
      const prefix = isStarted ? 1 : 0;
      if (held.length < prefix + 4) return;
      const length = prefix + held.readInt32BE(prefix);
      if (held.length < length) return;
      isStarted = true;
      onMessage(held.subarray(0, length));
      held = held.subarray(length);
    }
  };
}
