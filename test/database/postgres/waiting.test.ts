import type { Socket } from 'node:net';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure } from '../../support/scene.ts';
import { newSecret } from '../../support/secrets.ts';
import { type RunningSlipway, type SlipwayResult, slipway, startSlipway } from '../../support/slipway.ts';
import { freePort, listen } from '../../support/tcp-port.ts';
import { makeProxy } from '../../support/tcp-proxy.ts';

const word = newSecret();

jest.setTimeout(60_000);

let project: Project;
let instance: Instance;
/** What an operator may still create or repair. */
interface Case {
  readonly title: string;
  readonly env: () => Record<string, string>;
  readonly code: number;
  readonly message: string;
  readonly remedy: string;
}
const cases: readonly Case[] = [
  {
    title: 'a wrong password',
    env: () => as('late', { PGPASSWORD: newSecret() }),
    code: 77,
    message: 'rejects the password of role "late"',
    remedy: 'POSTGRES_PASSWORD does not change it later',
  },
  {
    title: 'a role that does not exist, and would need a password',
    env: () => as('nobody'),
    code: 77,
    message: 'role "nobody"',
    remedy: 'PGUSER',
  },
  {
    title: 'a role that does not exist, and would be trusted',
    env: () => as('ghost'),
    code: 77,
    message: 'role "ghost" does not exist',
    remedy: 'Create the role "ghost"',
  },
  {
    title: 'a database that does not exist',
    env: () => as('trusted', { PGDATABASE: 'absent' }),
    code: 78,
    message: 'the database "absent" does not exist',
    remedy: 'SLIPWAY_CREATE_DATABASE',
  },
  {
    title: 'a database that the role may not connect to',
    env: () => as('closed', { PGDATABASE: 'closed' }),
    code: 77,
    message: 'permission denied for database "closed"',
    remedy: 'GRANT CONNECT ON DATABASE "closed" TO "closed"',
  },
  {
    title: 'a line of pg_hba.conf that rejects',
    env: () => as('outsider', { PGSSLMODE: 'disable' }),
    code: 77,
    message: 'pg_hba.conf rejects connection',
    remedy: 'pg_hba.conf',
  },
  {
    title: 'a server that wants TLS, and sslmode=disable',
    env: () => as('onlytls', { PGSSLMODE: 'disable' }),
    code: 77,
    message: 'no encryption',
    remedy: 'PGSSLMODE',
  },
];

/** What takes longer than 10 s goes on beside the other tests from the start. */
let refused: Promise<SlipwayResult>;
const unrepaired = new Map<string, Promise<SlipwayResult>>();

beforeAll(async () => {
  project = makeProject({ 'migrations/20250101000000_first.sql': 'CREATE TABLE public.first (id int);' });
  instance = await makeInstance();
  instance.writeHba(
    'host all clear 127.0.0.1/32 password',
    'host all trusted 127.0.0.1/32 trust',
    'host all ghost 127.0.0.1/32 trust',
    'hostssl all onlytls 127.0.0.1/32 scram-sha-256',
    'host all outsider 127.0.0.1/32 reject',
    'host all postgres,late,limited,reader,closed 127.0.0.1/32 scram-sha-256',
    'host all nobody,newcomer 127.0.0.1/32 scram-sha-256',
  );
  await instance.start();
  await instance.query(`
    SET password_encryption = 'scram-sha-256';
    CREATE ROLE clear LOGIN PASSWORD '${word}';
    CREATE ROLE trusted LOGIN;
    CREATE ROLE onlytls LOGIN PASSWORD '${word}';
    CREATE ROLE outsider LOGIN PASSWORD '${word}';
    CREATE ROLE late LOGIN PASSWORD '${newSecret()}';
    CREATE ROLE limited LOGIN PASSWORD '${word}' CONNECTION LIMIT 1;
    CREATE ROLE reader LOGIN PASSWORD '${word}';
    CREATE ROLE closed LOGIN PASSWORD '${word}';
    ALTER ROLE reader SET default_transaction_read_only = on;
  `);
  for (const name of ['late', 'limited', 'closed']) await instance.query(`CREATE DATABASE ${name}`);
  await instance.query('REVOKE CONNECT ON DATABASE closed FROM PUBLIC');
  for (const { title, env } of cases) unrepaired.set(title, up(env()).done);
  const port = await freePort();
  refused = up({ ...instance.env(), PGPORT: String(port), SLIPWAY_WAIT_TIMEOUT: '11s' }).done;
});
afterAll(async () => {
  await instance.destroy();
  project.destroy();
});

const as = (user: string, more: Record<string, string> = {}): Record<string, string> => ({
  ...instance.env(),
  PGUSER: user,
  PGPASSWORD: word,
  ...more,
});
const up = (env: Record<string, string>): RunningSlipway =>
  startSlipway(['up'], { cwd: project.directory, env });

/** The reasons that the log gives for waiting, in order. */
const reasons = ({ logs }: SlipwayResult): unknown[] =>
  logs.filter(({ event }) => event === 'waiting').map(({ reason }) => reason);
const failure = ({ logs }: SlipwayResult) => logs.find(({ event }) => event === 'failed');

describe('a reason that passes', () => {
  test.each([
    ['a name that does not resolve', { PGHOST: 'no-such-host.invalid' }, 'name', 'no-such-host.invalid'],
    ['an address without a route', { PGHOST: '255.255.255.255' }, 'route', '255.255.255.255'],
  ])('%s is said once, and is 75 at the deadline', async (_, env, reason, named) => {
    const result = await slipway(['up'], {
      cwd: project.directory,
      env: { ...instance.env(), ...env, SLIPWAY_WAIT_TIMEOUT: '2s' },
    });
    expect(result.code).toBe(75);
    expect(reasons(result)).toEqual([reason]);
    expect(failure(result)?.msg).toContain(named);
    expect(failure(result)?.msg).toMatch(/gave up after 2\.\d s/);
    expect(result.ms).toBeLessThan(4000);
  });

  test('nothing listens, then it hangs up, then it is mute, then it is there: one line each', async () => {
    const proxy = await makeProxy(instance.port);
    const running = up({ ...instance.env(), PGPORT: String(proxy.port), PGCONNECT_TIMEOUT: '2' });
    const refused = await running.waitForLog(({ reason }) => reason === 'refused');
    expect(refused.msg).toContain(`127.0.0.1:${proxy.port} refuses connections`);
    await proxy.become('hangsUp');
    const closed = await running.waitForLog(({ reason }) => reason === 'closed');
    expect(closed.msg).toContain('accepts connections and closes them');
    await proxy.become('mute');
    const mute = await running.waitForLog(({ reason }) => reason === 'mute');
    expect(mute.msg).toContain('accepts connections but does not answer');
    await proxy.become('server');
    const result = await running.done;
    await proxy.close();
    expect(result.code).toBe(0);
    const said = reasons(result).filter((reason, index, all) => reason !== all[index - 1]);
    expect(said).toEqual(reasons(result));
    expect(new Set(said)).toEqual(new Set(['refused', 'closed', 'mute']));
  });

  test.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request', true, {}],
    ['HTTP, where TLS is asked of it', 'HTTP/1.1 400 Bad Request', true, { PGSSLMODE: 'require' }],
    ['SSH', 'SSH-2.0-OpenSSH_9.2', false, {}],
    ['SSH, where it is not asked for TLS', 'SSH-2.0-OpenSSH_9.2', false, { PGSSLMODE: 'disable' }],
  ])(
    'a server that speaks %s is named by what it says, waited for, and 75',
    async (_, greeting, hangsUp, env) => {
      const other = await listen((socket) => {
        socket.once('data', () =>
          hangsUp ? socket.end(`${greeting}\r\n\r\n`) : socket.write(`${greeting}\r\n`),
        );
      });
      const result = await slipway(['up'], {
        cwd: project.directory,
        env: { ...instance.env(), PGPORT: String(other.port), SLIPWAY_WAIT_TIMEOUT: '2s', ...env },
      });
      await other.close();
      expectFailure(result, {
        code: 75,
        names: new RegExp(
          `what listens on 127.0.0.1:${other.port} is not a PostgreSQL server: it says "${greeting}" \\(gave up after`,
        ),
        remedy: /Check host and port/,
      });
      expect(reasons(result)).toEqual(['foreign']);
      expect(other.connections).toBeGreaterThan(1);
    },
  );

  test.each([
    [
      'accepts and hangs up',
      'accepts connections and closes them',
      (socket: Socket) => void socket.destroy(),
    ],
    [
      'accepts and says nothing',
      'accepts connections but does not answer',
      (socket: Socket) => void socket.resume(),
    ],
  ])('a server that %s is 75 at the deadline', async (_, said, behave) => {
    const other = await listen(behave);
    const result = await slipway(['up'], {
      cwd: project.directory,
      env: { ...instance.env(), PGPORT: String(other.port), SLIPWAY_WAIT_TIMEOUT: '2s' },
    });
    await other.close();
    expectFailure(result, {
      code: 75,
      names: new RegExp(`127.0.0.1:${other.port} ${said} \\(gave up after`),
      remedy: /Is it a PostgreSQL server/,
    });
  });

  test('no connection left: waited for, and taken when one is free', async () => {
    const holder = await instance.connect('limited');
    await holder.query('GRANT ALL ON SCHEMA public TO limited; GRANT CREATE ON DATABASE limited TO limited');
    const first = startSlipway(['wait', '--timeout', '30s'], {
      cwd: project.directory,
      env: as('limited', { PGDATABASE: 'limited' }),
    });
    await first.waitForLog(({ event }) => event === 'waiting');
    const second = up(as('limited', { PGDATABASE: 'limited' }));
    const said = await second.waitForLog(({ reason }) => reason === 'slots');
    expect(said.msg).toContain('too many connections for role "limited"');
    first.kill('SIGTERM');
    expect((await first.done).code).toBe(143);
    const result = await second.done;
    expect(result.code).toBe(0);
    expect(reasons(result)).toEqual(['slots']);
  });

  test('the same reason is said again after 10 s, not earlier', async () => {
    const result = await refused;
    expect(result.code).toBe(75);
    const waited = result.logs
      .filter(({ event }) => event === 'waiting')
      .map(({ waitedMs }) => Number(waitedMs));
    expect(waited).toHaveLength(2);
    expect(waited[0]).toBeLessThan(1000);
    expect(waited[1]).toBeGreaterThan(9_900);
  });

  test('SLIPWAY_WAIT_TIMEOUT=0 tries once', async () => {
    const other = await listen((socket) => void socket.destroy());
    const result = await slipway(['up'], {
      cwd: project.directory,
      env: {
        ...instance.env(),
        PGPORT: String(other.port),
        PGSSLMODE: 'disable',
        SLIPWAY_WAIT_TIMEOUT: '0',
      },
    });
    const tries = other.connections;
    await other.close();
    expect(result.code).toBe(75);
    expect(tries).toBe(1);
    expect(reasons(result)).toEqual([]);
    expect(result.ms).toBeLessThan(2000);
  });
});

describe('what an operator may still create is tried for 10 s', () => {
  test.each(cases)('$title: $code', async ({ title, code, message, remedy }) => {
    const result = (await unrepaired.get(title)) as SlipwayResult;
    expect(failure(result)?.msg).toContain(message);
    expect(failure(result)?.remedy).toContain(remedy);
    expect(result.code).toBe(code);
    expect(reasons(result)).toHaveLength(1);
    expect(result.ms).toBeGreaterThan(9_900);
    expect(result.ms).toBeLessThan(14_000);
  });

  test('a password, a role and a database that are made meanwhile: it goes on', async () => {
    const running = up(as('newcomer', { PGDATABASE: 'newcomer' }));
    await running.waitForLog(({ event }) => event === 'waiting');
    await instance.query(`CREATE ROLE newcomer LOGIN PASSWORD '${newSecret()}'`);
    await instance.query(`ALTER ROLE newcomer PASSWORD '${word}'`);
    await running.waitForLog(({ reason }) => reason === 'database');
    await instance.query('CREATE DATABASE newcomer OWNER newcomer');
    const result = await running.done;
    expect(result.code).toBe(0);
    expect(reasons(result).at(-1)).toBe('database');
  });
});

describe('what waiting cannot change ends at once', () => {
  test.each([
    [
      'a password is asked for and none is configured',
      () => ({ ...as('late'), PGPASSWORD: '' }),
      77,
      'the password of role "late", and none is configured',
      'PGPASSWORD_FILE',
    ],
    [
      'the password is asked for in clear text, without TLS',
      () => as('clear'),
      78,
      'in clear text on a connection that is not encrypted',
      'PGSSLMODE',
    ],
    [
      'a read-only role',
      () => as('reader'),
      78,
      'role "reader" is read-only',
      'RESET default_transaction_read_only',
    ],
  ])('%s', async (_, env, code, message, remedy) => {
    const result = await slipway(['up'], { cwd: project.directory, env: env() });
    expect(failure(result)?.msg).toContain(message);
    expect(failure(result)?.remedy).toContain(remedy);
    expect(result.code).toBe(code);
    expect(reasons(result)).toEqual([]);
    expect(result.ms).toBeLessThan(3000);
  });
});
