import { connect, createServer, type Socket } from 'node:net';

/** From the client to the server, or back. */
export type Direction = 'sent' | 'received';

/** A message of the protocol that passed by. */
export interface WireMessage {
  readonly direction: Direction;
  /** Its type byte; `startup` where it has none. */
  readonly type: string;
  /** What it is a part of: the first word of the statement that was sent last; `connect` before there is one. */
  readonly phase: string;
}

/** What happens to the connection once the fault is there. */
export type After = 'pass on' | 'close' | 'pass on and close' | 'fall silent';

export interface WireFault {
  readonly direction: Direction;
  /** Which message of that direction, from 1, over all connections. */
  readonly at: number;
  readonly after: After;
  /** What is done while the message is held; gets the port by which the server knows the connection. */
  strike(serverSideOf: number): Promise<void>;
}

/** A port in front of a server that knows where a message begins and ends, and strikes once at one of them. */
export interface FaultWire {
  readonly port: number;
  /** All that passed by so far, in order. */
  readonly messages: readonly WireMessage[];
  /** Whether the fault has happened. */
  readonly hasStruck: boolean;
  /** Ends every connection with RST, as one end's keepalive does once the other has been silent for too long. */
  reset(): void;
  close(): Promise<void>;
}

/**
 * Opens a port in front of a server on 127.0.0.1; for connections without TLS.
 *
 * @param target the server's port.
 * @param fault what goes wrong, once; null: nothing, to see which messages there are.
 */
export async function openFaultWire(target: number, fault: WireFault | null): Promise<FaultWire> {
  const messages: WireMessage[] = [];
  const counts: Record<Direction, number> = { sent: 0, received: 0 };
  const sockets = new Set<Socket>();
  let hasStruck = false;
  let isSilent = false;

  const server = createServer((client) => {
    const onward = connect(target, '127.0.0.1');
    let phase = 'connect';
    for (const end of [client, onward]) {
      sockets.add(end);
      end.setNoDelay();
      end.on('error', () => end.destroy());
      end.on('close', () => sockets.delete(end));
    }
    const destroy = (): void => {
      client.destroy();
      onward.destroy();
    };
    client.on('close', () => isSilent || onward.destroy());
    onward.on('close', () => isSilent || client.destroy());

    const strike = async (way: WireFault, pass: () => void): Promise<void> => {
      if (way.after === 'fall silent') isSilent = true;
      await way.strike(onward.localPort ?? 0);
      if (way.after === 'pass on' || way.after === 'pass on and close') pass();
      if (way.after === 'close') destroy();
      if (way.after === 'pass on and close') setImmediate(destroy);
    };

    for (const [direction, from, to] of [
      ['sent', client, onward],
      ['received', onward, client],
    ] as const) {
      let queue = Promise.resolve();
      const reader = messageReader(direction === 'received', (type, message) => {
        if (direction === 'sent' && (type === 'Q' || type === 'P')) phase = firstWord(type, message);
        messages.push({ direction, type, phase });
        counts[direction] += 1;
        const isMeant =
          fault !== null && !hasStruck && fault.direction === direction && counts[direction] === fault.at;
        if (isMeant) hasStruck = true;
        queue = queue.then(async () => {
          if (isSilent || to.destroyed) return;
          const pass = (): void => void to.write(message);
          if (isMeant) await strike(fault, pass);
          else pass();
        });
      });
      from.on('data', reader);
      from.on('end', () => {
        queue = queue.then(() => {
          if (!isSilent) to.end();
        });
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the wire has no port');
  return {
    port: address.port,
    messages,
    get hasStruck() {
      return hasStruck;
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The first word of the statement in a Query message, or a Parse message, where the name of it comes before. */
function firstWord(type: string, message: Buffer): string {
  const from = type === 'P' ? message.indexOf(0, 5) + 1 : 5;
  return /[a-z]+/i.exec(message.toString('latin1', from, from + 200))?.[0].toUpperCase() ?? '?';
}

/**
 * Splits a stream into messages. PostgreSQL docs 55.7: a type byte, then the length, which counts itself; a client's
 * first message has no type.
 */
function messageReader(
  isTyped: boolean,
  onMessage: (type: string, message: Buffer) => void,
): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  let isStarted = isTyped;
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      const prefix = isStarted ? 1 : 0;
      if (held.length < prefix + 4) return;
      const length = prefix + held.readInt32BE(prefix);
      if (held.length < length) return;
      onMessage(isStarted ? held.toString('latin1', 0, 1) : 'startup', held.subarray(0, length));
      isStarted = true;
      held = held.subarray(length);
    }
  };
}
