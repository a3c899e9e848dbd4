import type { Socket } from 'node:net';
import { type Listener, listen } from './tcp-port.ts';

/** A message of the protocol (PostgreSQL docs 55.7): its type, then the length of what follows, then that. */
export function message(type: string, ...body: readonly (Buffer | string | number)[]): Buffer {
  const content = Buffer.concat(
    body.map((part) => (typeof part === 'number' ? int32(part) : Buffer.from(part))),
  );
  return Buffer.concat([Buffer.from(type), int32(content.length + 4), content]);
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** What begins a message that is said to be that long; the rest of it never comes. */
export const headerOf = (type: string, length: number): Buffer =>
  Buffer.concat([Buffer.from(type), int32(length)]);

export const setting = (name: string, value: string): Buffer => message('S', `${name}\0${value}\0`);

/** An ERROR, FATAL or NOTICE with its fields, each a letter and a text. */
export const objection = (severity: string, code: string, text: string, type: 'E' | 'N' = 'E'): Buffer =>
  message(type, `S${severity}\0V${severity}\0C${code}\0M${text}\0\0`);

/** The login is granted, and the server waits for a query. */
export const granted: Buffer = Buffer.concat([
  message('R', 0),
  setting('server_version', '18.0'),
  message('K', 1, 2),
  message('Z', 'I'),
]);

/** What a lying server does with a client; it has read the client's first message of each stage. */
export interface Lie {
  /** Answers the request for TLS, after which nothing is understood; by default it says no. */
  readonly tls?: (socket: Socket) => void;
  /** Answers the message that starts a session; by default it lets in. */
  readonly login?: (socket: Socket) => void;
  /** Answers each query; by default it is silent. */
  readonly query?: (socket: Socket, sql: string) => void;
}

const tlsRequest = 80_877_103;
const cancelRequest = 80_877_102;

/** Listens as a server that does what it is told to. */
export const lyingServer = ({ tls, login, query }: Lie): Promise<Listener> =>
  listen((socket) => {
    let isStarted = false;
    let isSecret = false;
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      const code = chunk.length >= 8 ? chunk.readInt32BE(4) : 0;
      if (isSecret) return;
      if (!isStarted && code === tlsRequest) {
        isSecret = tls !== undefined;
        return tls ? tls(socket) : void socket.write('N');
      }
      if (!isStarted && code === cancelRequest) return void socket.destroy();
      if (!isStarted) {
        isStarted = true;
        return login ? login(socket) : void socket.write(granted);
      }
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
        const whole = rest.subarray(0, rest.readInt32BE(1) + 1);
        rest = rest.subarray(whole.length);
        if (whole[0] === 0x51) query?.(socket, whole.subarray(5, -1).toString());
        else if (whole[0] === 0x58) socket.end();
      }
    });
  });

/** Writes what `next` gives, as fast as it is read, without end. */
export function flood(socket: Socket, next: () => Buffer): void {
  const goOn = (): void => {
    while (socket.writable && socket.write(next()));
  };
  socket.on('drain', goOn);
  goOn();
}

/** The same again and again, many at a time. */
export function repeatedly(one: Buffer): () => Buffer {
  const many = Buffer.concat(Array<Buffer>(Math.ceil(100_000 / one.length)).fill(one));
  return () => many;
}

/** Writes byte by byte, with pauses: each byte comes, and the end never does. */
export function drip(socket: Socket, bytes: Buffer, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), everyMs);
  socket.on('close', () => clearInterval(timer));
}
