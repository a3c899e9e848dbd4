import { attempt } from '../../../src/postgres/attempt.ts';
import { ConnectionLost } from '../../../src/postgres/loss.ts';
import { Unreadable } from '../../../src/postgres/reading.ts';
import type { Session } from '../../../src/postgres/session.ts';
import { type FakeServer, openFakeServer, type Script } from '../../fuzz/fake-server.ts';
import { load } from '../../support/config-input.ts';

let server: FakeServer;
beforeEach(async () => {
  server = await openFakeServer();
});
afterEach(() => server.close());

/** A message of the protocol: its type, the number at its beginning where it has one, and text. */
const message = (type: string, number: number | null, text = ''): Buffer => {
  const body = Buffer.concat([number === null ? Buffer.alloc(0) : int32(number), Buffer.from(text)]);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const accepted = Buffer.concat([message('R', 0), message('K', 1, 'key.'), message('Z', null, 'I')]);

async function connect(script: Partial<Script>) {
  server.play({
    tls: Buffer.from('N'),
    authentication: [],
    greeting: Buffer.alloc(0),
    answers: [],
    ...script,
  });
  const env = { PGHOST: '127.0.0.1', PGUSER: 'a', PGPASSWORD: 'hunter2', PGSSLMODE: 'disable' };
  const { connection } = load({ env }).config;
  const identity = { applicationName: 'test', signal: new AbortController().signal };
  return attempt(connection, { host: '127.0.0.1', port: server.port }, identity, 5_000);
}

const sasl = { bytes: message('R', 10, 'SCRAM-SHA-256\0\0'), waits: true };

test.each<[string, Partial<Script>]>([
  ['asks for GSSAPI', { greeting: message('R', 7) }],
  [
    'asks for a password in clear text after another way',
    { authentication: [sasl, { bytes: message('R', 3), waits: true }] },
  ],
  [
    'asks for MD5 after another way',
    { authentication: [sasl, { bytes: message('R', 5, 'salt'), waits: true }] },
  ],
  ['sends an ERROR that never ends', { greeting: message('E', null, 'SFATAL\0Mno\0') }],
  ['sends a message that is shorter than it must be', { greeting: message('R', null) }],
])('a server that %s gets no password, and ends the try alone', async (_, script) => {
  expect(await connect(script)).toMatchObject({ failed: { error: expect.any(Unreadable) } });
  expect(server.received.includes('hunter2')).toBe(false);
});

test.each([
  ['a type that there is none of', message('\u007f', null)],
  ['a row of no result', message('D', null, '\0\0')],
  ['an ERROR without SQLSTATE', message('E', null, 'SERROR\0Mno\0\0')],
  ['an ERROR that never ends', message('E', null, 'SERROR\0Mno\0')],
])('%s as the answer to a query is a connection lost', async (_, answer) => {
  const outcome = await connect({ greeting: accepted, answers: [answer] });
  const { session } = outcome as { session: Session };
  await expect(session.rows('SELECT 1')).rejects.toThrow(ConnectionLost);
  await expect(session.rows('SELECT 1')).rejects.toThrow(ConnectionLost);
});
