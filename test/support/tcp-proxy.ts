import { connect, type Socket } from 'node:net';
import { freePort, type Listener, listen } from './tcp-port.ts';

/** What stands at a port: nothing, something that hangs up at once, something that never speaks, or the server. */
type Stage = 'nothing' | 'hangsUp' | 'mute' | 'server';

/** A port in front of a server, where a test decides how much of the server can be reached. */
export interface Proxy {
  readonly port: number;
  become(stage: Stage): Promise<void>;
  close(): Promise<void>;
}

/** @param target port of the server on 127.0.0.1. */
export async function makeProxy(target: number): Promise<Proxy> {
  const port = await freePort();
  let listener: Listener | null = null;
  const behave: Record<Exclude<Stage, 'nothing'>, (socket: Socket) => void> = {
    hangsUp: (socket) => void socket.destroy(),
    mute: (socket) => void socket.resume(),
    server: (socket) => {
      const onward = connect(target, '127.0.0.1');
      onward.on('error', () => socket.destroy());
      socket.on('close', () => onward.destroy());
      onward.on('close', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    },
  };
  const close = async (): Promise<void> => {
    await listener?.close();
    listener = null;
  };
  return {
    port,
    close,
    async become(stage) {
      await close();
      if (stage !== 'nothing') listener = await listen(behave[stage], port);
    },
  };
}
