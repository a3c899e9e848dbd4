import { connect, createServer, type Socket } from 'node:net';

/** What a server said: when a session began, and then to one query after the other; each a list of messages. */
export interface Recording {
  readonly greeting: readonly Buffer[];
  readonly answers: readonly (readonly Buffer[])[];
}

/** Splits bytes of a server into messages (PostgreSQL docs 55.7: a type byte, then the length, which counts itself). */
function messagesOf(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const next = at + 1 + bytes.readInt32BE(at + 1);
    found.push(bytes.subarray(at, next));
    at = next;
  }
  return found;
}

/**
 * Records what a server says to `work`, which is given the port to connect to without TLS, once. How the password was
 * proved is left out: another session proves it anew.
 */
export async function record(target: number, work: (port: number) => Promise<unknown>): Promise<Recording> {
  const said: Buffer[] = [];
  const answers: Buffer[][] = [];
  const listener = createServer((client) => {
    const onward = connect(target, '127.0.0.1');
    let current = said;
    client.on('data', (chunk) => {
      // A query comes in one piece here: they are short, and the client waits for each answer.
      if (chunk[0] === 0x51) {
        current = [];
        answers.push(current);
      }
      onward.write(chunk);
    });
    onward.on('data', (chunk) => {
      current.push(chunk);
      client.write(chunk);
    });
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  const port = await listening(listener);
  await work(port);
  await new Promise((resolve) => listener.close(resolve));
  return {
    greeting: messagesOf(Buffer.concat(said)).filter((message) => message[0] !== 0x52),
    answers: answers.map((chunks) => messagesOf(Buffer.concat(chunks))),
  };
}

/** What a fake server says, in the order in which it is asked. */
export interface Script {
  /** To the request for TLS. */
  readonly tls: Buffer;
  /** Ahead of the greeting, each waiting for the client's answer where one is due. */
  readonly authentication: readonly { readonly bytes: Buffer; readonly waits: boolean }[];
  readonly greeting: Buffer;
  readonly answers: readonly Buffer[];
}

/** A port that says what the script of the moment holds, whatever it is asked; then it hangs up. */
export interface FakeServer {
  readonly port: number;
  play(script: Script): void;
  /** Everything that clients sent since `play`. */
  readonly received: Buffer;
  close(): Promise<void>;
}

/** So long nobody says anything, then the server hangs up. */
const mostSilentMs = 80;
const tlsRequest = 80_877_103;

/** Opens the port. */
export async function openFakeServer(): Promise<FakeServer> {
  let script: Script = { tls: Buffer.from('N'), authentication: [], greeting: Buffer.alloc(0), answers: [] };
  let received: Buffer[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    const { tls, authentication, greeting, answers } = script;
    const steps = [...authentication];
    const queue = [...answers];
    let isStarted = false;
    socket.setTimeout(mostSilentMs, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    const goOn = (): void => {
      for (let step = steps.shift(); step; step = steps.shift()) {
        socket.write(step.bytes);
        if (step.waits) return;
      }
      isStarted = true;
      socket.write(greeting);
    };
    socket.on('data', (chunk) => {
      received.push(chunk);
      if (!isStarted && chunk.length === 8 && chunk.readInt32BE(4) === tlsRequest)
        return void socket.write(tls);
      if (!isStarted) return goOn();
      const answer = chunk[0] === 0x58 ? undefined : queue.shift();
      if (answer) socket.write(answer);
      else socket.end();
    });
  });
  const port = await listening(listener);
  return {
    port,
    play(next) {
      script = next;
      received = [];
    },
    get received() {
      return Buffer.concat(received);
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}

function listening(listener: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}
