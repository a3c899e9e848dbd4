import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleFiles } from '../../support/example.ts';
import {
  drip,
  flood,
  granted,
  headerOf,
  type Lie,
  lyingServer,
  message,
  objection,
  repeatedly,
  setting,
} from '../../support/lying-server.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure } from '../../support/scene.ts';
import { type SlipwayResult, slipway } from '../../support/slipway.ts';
import type { Listener } from '../../support/tcp-port.ts';

jest.setTimeout(90_000);

/** The memory that a run takes at most, MiB; without anything wrong it is about 60. */
const mostMiB = 500;
const meter = `
  process.on('exit', () => {
    require('node:fs').writeFileSync(process.env.METER, String(process.resourceUsage().maxRSS / 1024));
  });
`;

const row = message('D', Buffer.from([0, 1]), 1, 'x');
const columns = message(
  'T',
  Buffer.from([0, 1]),
  'x\0',
  0,
  Buffer.alloc(2),
  25,
  Buffer.from([255, 255]),
  -1 >>> 0,
  Buffer.alloc(2),
);
let counter = 0;
const newSetting = (): Buffer => {
  counter += 1;
  return setting(`slipway.s${counter}`, 'x'.repeat(1000));
};

/** What a server sends that is too much, and what is said of it. */
const excesses: readonly [title: string, lie: Lie, names: RegExp][] = [
  [
    'a message of 2 GiB before the login',
    { login: (socket) => flood(socket, after(headerOf('R', 0x7ffffff0), repeatedly(Buffer.alloc(65_536)))) },
    /a message of 2047 MiB or more before the login; at most 64 KiB are taken/,
  ],
  [
    'an ERROR of 70 KiB before the login',
    { login: (socket) => void socket.write(objection('FATAL', '28000', 'x'.repeat(70_000))) },
    /a message of 68 KiB or more before the login/,
  ],
  [
    'settings without end in the login',
    { login: (socket) => flood(socket, after(message('R', 0), newSetting)) },
    /an answer of 1 MiB or more before the login/,
  ],
  [
    'requests for a login without end',
    { login: (socket) => flood(socket, repeatedly(message('R', 0))) },
    /an answer of 1 MiB or more before the login/,
  ],
  [
    'notices without end in the login',
    { login: (socket) => flood(socket, repeatedly(objection('NOTICE', '00000', 'x'.repeat(1000), 'N'))) },
    /an answer of 1 MiB or more before the login/,
  ],
  [
    'settings without end that nobody asked for',
    { login: (socket) => flood(socket, after(granted, newSetting)) },
    /an answer of (1|256) MiB or more/,
  ],
  [
    'a message of 2 GiB as the answer',
    { query: (socket) => flood(socket, after(headerOf('D', 0x7ffffff0), repeatedly(Buffer.alloc(65_536)))) },
    /a message of 2047 MiB or more; at most 256 MiB are taken/,
  ],
  [
    'rows of one letter without end',
    { query: (socket) => flood(socket, after(columns, repeatedly(row))) },
    /an answer of 256 MiB or more/,
  ],
  [
    'empty messages without end',
    { query: (socket) => flood(socket, repeatedly(message('I'))) },
    /an answer of 256 MiB or more/,
  ],
  [
    'notices without end',
    { query: (socket) => flood(socket, repeatedly(objection('NOTICE', '00000', 'x'.repeat(1000), 'N'))) },
    /an answer of 256 MiB or more/,
  ],
];

/** One thing first, and then others. */
function after(head: Buffer, next: () => Buffer): () => Buffer {
  let isFirst = true;
  return () => {
    if (!isFirst) return next();
    isFirst = false;
    return head;
  };
}

/** What a server leaves unsaid, on which way, and what then ends the run: in seconds, with how much to spare. */
const silences: readonly [title: string, args: string, lie: Lie, seconds: number, names: RegExp][] = [
  [
    'wait --timeout 3s, no answer to a query',
    'wait --timeout 3s',
    {},
    3,
    /accepted the login, but did not answer a query within [123]\.\d s/,
  ],
  [
    'wait --timeout 0, no answer to a query',
    'wait --timeout 0',
    {},
    1,
    /did not answer a query within 1\.\d s/,
  ],
  ['status, no answer to a query', 'status', {}, 10, /did not answer a query within 10\.\d s/],
  ['plan, no answer to a query', 'plan', {}, 10, /did not answer a query within 10\.\d s/],
  ['up, no answer to a query', 'up', {}, 10, /did not answer a query within 10\.\d s/],
  ['down, no answer to a query', 'down', {}, 10, /did not answer a query within 10\.\d s/],
  ['adopt, no answer to a query', 'adopt --as head', {}, 10, /did not answer a query within 10\.\d s/],
  ['repair, no answer to a query', 'repair', {}, 10, /did not answer a query within 10\.\d s/],
  [
    'check on a shadow, no answer to a query',
    'check --write',
    {},
    10,
    /did not answer a query within 10\.\d s/,
  ],
  [
    'squash on a shadow, no answer to a query',
    'squash --carried-by 1.0.0',
    {},
    10,
    /did not answer a query within 10\.\d s/,
  ],
  [
    'plan, an answer that comes byte by byte',
    'plan',
    { query: (socket) => drip(socket, Buffer.concat([columns, row, row, row, row]), 300) },
    10,
    /did not answer a query within 10\.\d s/,
  ],
  [
    'plan, a login that comes byte by byte',
    'plan',
    { login: (socket) => drip(socket, granted, 300) },
    1,
    /accepts connections but does not answer/,
  ],
  [
    'plan, no answer to the request for TLS',
    'plan',
    { tls: () => undefined },
    1,
    /accepts connections but does not answer/,
  ],
  [
    'plan, a TLS handshake that does not go on',
    'plan',
    { tls: (socket) => void socket.write('S') },
    1,
    /accepts connections but does not answer/,
  ],
];

describe('Hostile and odd: a server that lies or is slow', () => {
  let project: Project;
  const servers: Listener[] = [];
  const open = async (lie: Lie): Promise<Record<string, string>> => {
    const server = await lyingServer(lie);
    servers.push(server);
    const to = { PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: 'app', PGDATABASE: 'app' };
    return {
      ...to,
      PGSSLMODE: lie.tls ? 'require' : 'disable',
      SLIPWAY_SHADOW_URL: `postgresql://app@127.0.0.1:${server.port}/app?sslmode=disable`,
      SLIPWAY_WAIT_TIMEOUT: '10s',
    };
  };
  let silent: Promise<SlipwayResult>[];
  beforeAll(async () => {
    const lock = readFileSync(join(import.meta.dirname, '../../../sql/schema.lock.json'), 'utf8');
    project = makeProject({ ...exampleFiles(), 'sql/schema.lock.json': lock });
    writeFileSync(join(project.directory, 'meter.cjs'), meter);
    // All of them wait; they may as well do it together.
    silent = await Promise.all(
      silences.map(async ([, args, lie, seconds]) => {
        const env = { ...(await open(lie)), SLIPWAY_WAIT_TIMEOUT: `${seconds}s` };
        return { done: slipway(args.split(' '), { cwd: project.directory, env }) };
      }),
    ).then((all) => all.map(({ done }) => done));
  });
  afterAll(async () => {
    await Promise.all(silent);
    await Promise.all(servers.map((server) => server.close()));
    project.destroy();
  });

  test.each(silences)('%s: 75', async (title, _, __, seconds, names) => {
    const result = (await silent[silences.findIndex(([other]) => other === title)]) as SlipwayResult;
    expectFailure(result, { code: 75, names, remedy: /SLIPWAY_WAIT_TIMEOUT|PGCONNECT_TIMEOUT/ });
    expect(result.ms).toBeLessThan(1000 * seconds + 8_000);
  });

  test('a slow answer is said while it is waited for', async () => {
    const at = silences.findIndex(([, args]) => args === 'plan');
    const { logs } = (await silent[at]) as SlipwayResult;
    expect(logs.find(({ event }) => event === 'waiting')).toMatchObject({
      reason: 'answer',
      msg: expect.stringMatching(/accepted the login, but does not answer a query; 3\.\d s of 10\.0 s/),
    });
  });

  test.each([
    ['a row of something else', () => Buffer.concat([columns, row, message('C', 'SELECT 1\0')])],
    ['no row', () => Buffer.concat([columns, message('C', 'SELECT 0\0')])],
    ['nothing', () => Buffer.alloc(0)],
  ])('%s as the answer to every query: 78, and no empty database', async (_, answered) => {
    const query: Lie['query'] = (socket) => void socket.write(Buffer.concat([answered(), message('Z', 'I')]));
    const env = await open({ query });
    for (const command of ['status', 'up', 'wait']) {
      expectFailure(await slipway([command], { cwd: project.directory, env }), {
        code: 78,
        names: /does not answer queries as PostgreSQL does/,
        remedy: /Check host and port/,
      });
    }
  });

  test.each(excesses)('%s: 78, in little memory', async (title, lie, names) => {
    const path = join(project.directory, `meter-${excesses.findIndex(([other]) => other === title)}`);
    const result = await slipway(['plan'], {
      cwd: project.directory,
      env: {
        ...(await open(lie)),
        // On a busy machine 256 MiB take their time.
        SLIPWAY_WAIT_TIMEOUT: '40s',
        NODE_OPTIONS: `--require ${join(project.directory, 'meter.cjs')}`,
        METER: path,
      },
    });
    expectFailure(result, { code: 78, names, remedy: /check host and port/i });
    expect(Number(readFileSync(path, 'utf8'))).toBeLessThan(mostMiB);
    expect(result.stderr.length).toBeLessThan(4_000_000);
  });
});
