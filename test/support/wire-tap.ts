import { connect, createServer, type Socket } from 'node:net';

/** A port in front of a server that notes which messages pass on to it. */
export interface WireTap {
  readonly port: number;
  /** The types of the messages that clients sent after their start-up message, e.g. `p` and `Q`, in order. */
  readonly sent: readonly string[];
  /** How often a client had its answers before it asked again: queries that came together count once. */
  readonly roundTrips: number;
  /** The texts of the simple queries among them, in order. */
  readonly queries: readonly string[];
  /** How many connections were made. */
  readonly connections: number;
  /** How much the server sent so far. */
  readonly receivedBytes: number;
  close(): Promise<void>;
}

/**
 * Taps the way to a server; for connections without TLS, be it that they never ask for it.
 *
 * @param target the server's port on 127.0.0.1.
 */
export async function tapWire(target: number): Promise<WireTap> {
  const sent: string[] = [];
  const queries: string[] = [];
  let receivedBytes = 0;
  let connections = 0;
  let roundTrips = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    const onward = connect(target, '127.0.0.1');
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => end.destroy());
    }
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
    let unanswered = 0;
    const read = messageReader((type, body, isBehind) => {
      sent.push(type);
      if (type === 'Q' && !isBehind && unanswered === 0) roundTrips += 1;
      if (type === 'Q') unanswered += 1;
      if (type === 'Q') queries.push(body.toString('utf8').replace(/\0$/, ''));
    });
    socket.on('data', (chunk) => {
      read(chunk);
      onward.write(chunk);
    });
    const readAnswer = messageReader((type) => {
      if (type === 'Z') unanswered = Math.max(0, unanswered - 1);
    }, true);
    onward.on('data', (chunk) => {
      receivedBytes += chunk.length;
      readAnswer(chunk);
    });
    onward.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the tap has no port');
  return {
    port: address.port,
    sent,
    queries,
    get roundTrips() {
      return roundTrips;
    },
    get connections() {
      return connections;
    },
    get receivedBytes() {
      return receivedBytes;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * PostgreSQL docs 55.7: the start-up message has no type, every later one has, and its length without that byte.
 *
 * @param onMessage is told as well whether the message began to come together with the one before.
 * @param isAnswer whether they are the server's, which has no start-up message.
 */
function messageReader(
  onMessage: (type: string, body: Buffer, isBehind: boolean) => void,
  isAnswer = false,
): (chunk: Buffer) => void {
  let held = Buffer.alloc(0);
  let isStarted = isAnswer;
  let isBehind = false;
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    for (;;) {
      const prefix = isStarted ? 1 : 0;
      if (held.length < prefix + 4) return;
      const length = prefix + held.readInt32BE(prefix);
      if (held.length < length) return;
      if (isStarted) onMessage(held.toString('latin1', 0, 1), held.subarray(5, length), isBehind);
      isStarted = true;
      held = held.subarray(length);
      isBehind = held.length > 0;
    }
  };
}
