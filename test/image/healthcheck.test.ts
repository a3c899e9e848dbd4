import { join } from 'node:path';
import {
  buildImages,
  eventually,
  images,
  logged,
  must,
  type Ran,
  requireEngines,
  root,
  run,
  stopContainer,
} from '../support/containers.ts';
import { environment, password, Server, settings } from './server.ts';

jest.setTimeout(600_000);

const scripts = ['healthcheck:/healthcheck', 'sql:/lock'].flatMap((mount) => [
  '-v',
  `${join(root, mount)}:ro`,
]);
const started: string[] = [];

beforeAll(async () => {
  await requireEngines('docker info');
  await buildImages();
});
afterEach(async () => {
  for (const container of started.splice(0)) await run('docker', ['rm', '-f', '-v', container]);
});

async function start(...args: string[]): Promise<string> {
  const container = await must('docker', ['run', '-d', ...args]);
  started.push(container);
  return container;
}

describe('postgres.sh', () => {
  test('is not fooled by the server that answers on its socket while the database is initialised', async () => {
    const hold = 'touch /tmp/held; until [ -f /tmp/go ]; do sleep 0.1; done';
    const container = await start(
      ...scripts,
      ...environment({
        POSTGRES_USER: 'owner',
        POSTGRES_DB: 'trading',
        POSTGRES_PASSWORD: password,
        HOLD: hold,
      }),
      '--entrypoint=bash',
      'postgres:18',
      ...['-c', 'echo "$HOLD" > /docker-entrypoint-initdb.d/hold.sh; exec postgres-entrypoint.sh postgres'],
    );
    const execute = (...args: string[]) => run('docker', ['exec', container, ...args]);
    const done = async ({ code }: Ran) => (code === 0 ? true : undefined);
    await eventually('the initialisation is held', 20_000, async () =>
      done(await execute('test', '-f', '/tmp/held')),
    );

    expect(await execute('pg_isready', '-h', '/var/run/postgresql')).toMatchObject({ code: 0 });
    expect((await execute('sh', '/healthcheck/postgres.sh')).code).not.toBe(0);
    await must('docker', ['exec', container, 'touch', '/tmp/go']);
    await eventually('the probe succeeds', 20_000, async () =>
      done(await execute('sh', '/healthcheck/postgres.sh')),
    );
    expect(
      await execute('psql', '-h', '127.0.0.1', '-U', 'owner', 'trading', '-c', 'select 1'),
    ).toMatchObject({
      code: 0,
    });
  });
});

describe('beside a server', () => {
  let server: Server;
  let head: string;
  beforeAll(async () => {
    server = await Server.start('postgres:18');
    await server.query('postgres', 'create database ready');
    await server.query('postgres', 'create database bare');
    expect(await server.slipway(images.example, 'ready', [])).toMatchObject({ code: 0 });
    const rows = await server.query<{ head: string }>(
      'ready',
      'select max(version) as head from slipway.ledger',
    );
    head = rows[0]?.head ?? '';
  });
  afterAll(() => server?.stop());

  describe('schema.sh', () => {
    const schema = (database: string, args: readonly string[], more: Record<string, string> = {}) =>
      server.slipway(
        'postgres:18',
        database,
        [...scripts, ...environment(more), '--entrypoint=sh'],
        ['/healthcheck/schema.sh', ...args],
      );

    test.each([
      { name: 'the version is there', database: 'ready', version: 'head', code: 0 },
      { name: 'that of a lock file is', database: 'ready', version: '/lock/schema.lock.json', code: 0 },
      { name: 'that of a lock file is not', database: 'bare', version: '/lock/schema.lock.json', code: 75 },
      { name: 'there is no lock file', database: 'ready', version: '/lock/none.json', code: 66 },
      { name: 'a later one is', database: 'ready', version: '20200101000000', code: 0 },
      { name: 'it is not there yet', database: 'ready', version: '29990101000000', code: 75 },
      { name: 'there is no ledger', database: 'bare', version: 'head', code: 75 },
      {
        name: 'the app has no rows',
        database: 'ready',
        version: 'head',
        code: 75,
        more: { SLIPWAY_APP: 'other' },
      },
      { name: 'the version is none', database: 'ready', version: "1' or true --", code: 64 },
      {
        name: 'the timeout is none',
        database: 'ready',
        version: 'head',
        code: 78,
        more: { SLIPWAY_WAIT_TIMEOUT: 'soon' },
      },
    ])('as a probe: $name: $code', async ({ database, version, code, more }) => {
      expect(await schema(database, [version === 'head' ? head : version], more)).toMatchObject({ code });
    });

    test('takes a URL with a driver suffix', async () => {
      const url = `postgresql+asyncpg://postgres:${encodeURIComponent(password)}@postgres/ready`;
      const more = { DATABASE_URL: url, PGHOST: 'nowhere', PGPASSWORD: '' };
      expect(await schema('bare', [head], more)).toMatchObject({ code: 0 });
    });

    test('becomes the command once the schema is there', async () => {
      const ran = await schema('ready', [
        head,
        '--',
        'sh',
        '-c',
        'echo "application $$ $1"; exit 7',
        '-',
        'a b',
      ]);
      expect(ran).toMatchObject({ code: 7, stdout: 'application 1 a b\n' });
    });

    test('gives up when the time is over, and the command never runs', async () => {
      const ran = await schema('bare', [head, '--', 'echo', 'application'], { SLIPWAY_WAIT_TIMEOUT: '1s' });
      expect(ran).toMatchObject({ code: 75, stdout: '' });
      expect(ran.stderr).toMatch(/slipway\.ledger/);
    });

    test('ends at once on SIGTERM', async () => {
      const container = await start(
        ...server.reaching('bare'),
        ...scripts,
        ...['--stop-signal=SIGTERM', '--entrypoint=sh', 'postgres:18'],
        ...['/healthcheck/schema.sh', head, '--', 'true'],
      );
      await logged(container, /waiting/);
      const { code, ms } = await stopContainer(container);
      expect(code).toBe(143);
      expect(ms).toBeLessThan(5000);
    });
  });

  describe('gate.mjs', () => {
    test('lets the application start when the schema is there, and leaves SIGTERM to it', async () => {
      const container = await start(...server.reaching('ready'), images.app);
      await logged(container, /^listening$/m);
      expect(await stopContainer(container)).toMatchObject({ code: 0 });
    });

    test('given through NODE_OPTIONS, it does not gate itself', async () => {
      const ran = await server.slipway(
        images.app,
        'ready',
        [...environment({ NODE_OPTIONS: '--import=/opt/slipway/healthcheck/gate.mjs' }), '--entrypoint=node'],
        ['-e', 'console.log("application")'],
      );
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.stdout).toMatch(/^application$/m);
    });

    test('ends with the exit code of `slipway wait` when the schema is not there in time', async () => {
      const ran = await server.slipway(images.app, 'bare', environment({ SLIPWAY_WAIT_TIMEOUT: '1s' }));
      expect(ran).toMatchObject({ code: 75 });
      expect(ran.stdout).not.toMatch(/^listening$/m);
    });

    test('passes SIGTERM on while it waits', async () => {
      const absent = { ...settings('ready'), PGHOST: '127.0.0.1' };
      const container = await start(...environment(absent), images.app);
      await logged(container, /refused/i);
      const { code, ms } = await stopContainer(container);
      expect(code).toBe(143);
      expect(ms).toBeLessThan(5000);
    });
  });
});
