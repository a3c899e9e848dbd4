import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type Authority, makeAuthority } from '../../support/certificates.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure } from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';
import { listen } from '../../support/tcp-port.ts';

const password = 'secret-of-the-app';

let authority: Authority;
let project: Project;
beforeAll(() => {
  authority = makeAuthority();
  project = makeProject({ 'migrations/20250101000000_first.sql': 'SELECT 1;' });
});
afterAll(() => {
  authority.destroy();
  project.destroy();
});

/** AuthenticationCleartextPassword (PostgreSQL docs 55.7). */
const askForIt = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
/** ErrorResponse: invalid_password. */
const rejected = ((fields: Buffer) => {
  const head = Buffer.from([0x45, 0, 0, 0, 0]);
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
})(Buffer.from('SFATAL\0VFATAL\0C28P01\0Mno\0\0'));

/** Plays an impostor: answers the request for TLS, asks for the password in clear text, keeps all that it is told. */
async function listenIn(
  tls: boolean,
): Promise<{ port: number; heard: () => string; close(): Promise<void> }> {
  const heard: Buffer[] = [];
  const secure = tls ? authority.issue('localhost') : null;
  const converse = (socket: Socket): void => {
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      heard.push(bytes);
      // What begins with its length is the start-up message; the password comes as a message of type p.
      socket.write(bytes[0] === 0 ? askForIt : rejected);
    });
  };
  const listener = await listen((socket) => {
    socket.once('data', (first) => {
      heard.push(first);
      const asksForTls = first.length === 8 && first.readInt32BE(4) === 80877103;
      if (!asksForTls || !secure) {
        socket.write(asksForTls ? 'N' : askForIt);
        return converse(socket);
      }
      socket.write('S');
      converse(new TLSSocket(socket, { isServer: true, cert: secure.certificate, key: secure.key }));
    });
  });
  return { port: listener.port, heard: () => Buffer.concat(heard).toString('latin1'), close: listener.close };
}

const up = (port: number, env: Record<string, string>) =>
  slipway(['up'], {
    cwd: project.directory,
    env: {
      PGHOST: 'localhost',
      PGHOSTADDR: '127.0.0.1',
      PGPORT: String(port),
      PGUSER: 'app',
      PGDATABASE: 'trading',
      PGPASSWORD: password,
      SLIPWAY_WAIT_TIMEOUT: '0',
      ...env,
    },
  });

test.each(['disable', 'allow', 'prefer'])(
  'sslmode=%s, and the server asks for it in clear text without TLS: 78, and it is not sent',
  async (mode) => {
    const impostor = await listenIn(false);
    const result = await up(impostor.port, { PGSSLMODE: mode });
    await impostor.close();
    expectFailure(result, {
      code: 78,
      names: new RegExp(
        `127.0.0.1:${impostor.port}: the server asks for the password in clear text on a connection that is not encrypted`,
      ),
      remedy: /PGSSLMODE=verify-full.*scram-sha-256/,
    });
    expect(impostor.heard()).toContain('user\0app\0');
    expect(impostor.heard()).not.toContain(password);
  },
);

test.each([
  ['require', () => ({})],
  ['verify-full', () => ({ PGSSLROOTCERT: authority.rootFile })],
])('sslmode=%s where the server has no TLS: 78, and it is told nothing at all', async (mode, root) => {
  const impostor = await listenIn(false);
  const result = await up(impostor.port, { PGSSLMODE: mode, ...root() });
  await impostor.close();
  expectFailure(result, {
    code: 78,
    names: /does not support SSL/,
    remedy: new RegExp(`sslmode is ${mode}: switch TLS on there`),
  });
  expect(impostor.heard()).toHaveLength(8);
});

test('over TLS to somebody whose certificate is not the one: 78, and it is not sent', async () => {
  const impostor = await listenIn(true);
  const stranger = makeAuthority();
  const result = await up(impostor.port, { PGSSLMODE: 'verify-full', PGSSLROOTCERT: stranger.rootFile });
  await impostor.close();
  stranger.destroy();
  expectFailure(result, {
    code: 78,
    names: /is not signed by an authority that is trusted here/,
    remedy: /PGSSLROOTCERT/,
  });
  expect(impostor.heard()).not.toContain('app');
});

test('over TLS, verified: it is sent', async () => {
  const server = await listenIn(true);
  const result = await up(server.port, { PGSSLMODE: 'verify-full', PGSSLROOTCERT: authority.rootFile });
  await server.close();
  expect(server.heard()).toContain(`${password}\0`);
  expectFailure(result, {
    code: 77,
    names: new RegExp(`127.0.0.1:${server.port} rejects the password of role "app"`),
    remedy: /PGPASSWORD/,
  });
});
