import { exampleFiles } from '../../support/example.ts';
import { granted, type Lie, lyingServer, message, objection, setting } from '../../support/lying-server.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure } from '../../support/scene.ts';
import { newSecret } from '../../support/secrets.ts';
import { type SlipwayResult, slipway, startSlipway } from '../../support/slipway.ts';
import { freePort, type Listener } from '../../support/tcp-port.ts';

jest.setTimeout(60_000);

/** The login is granted by a server that says that it is this old. */
const grantedBy = (version: string): Buffer =>
  Buffer.concat([message('R', 0), setting('server_version', version), message('K', 1, 2), message('Z', 'I')]);

let project: Project;
const servers: Listener[] = [];
beforeAll(() => {
  project = makeProject(exampleFiles());
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  project.destroy();
});

const portOf = async (lie: Lie): Promise<number> => {
  const server = await lyingServer(lie);
  servers.push(server);
  return server.port;
};
const envOf = (...ports: readonly number[]): Record<string, string> => ({
  PGHOST: ports.map(() => '127.0.0.1').join(),
  PGPORT: ports.join(),
  PGUSER: 'app',
  PGDATABASE: 'app',
  PGSSLMODE: 'disable',
  SLIPWAY_SHADOW_URL: `postgresql://app@127.0.0.1:${ports[0]}/app?sslmode=disable`,
  SLIPWAY_WAIT_TIMEOUT: '20s',
});
const run = (args: string, env: Record<string, string>): Promise<SlipwayResult> =>
  slipway(args.split(' '), { cwd: project.directory, env });

describe('Hostile and odd: a server that is too old', () => {
  test.each([
    ['up', '13.23'],
    ['status', '9.6.24'],
    ['wait --timeout 5s', '13.23 (Debian 13.23-1.pgdg120+1)'],
    ['check --write', '13.23'],
  ])('%s on PostgreSQL %s: 78 at once', async (args, version) => {
    const port = await portOf({ login: (socket) => void socket.write(grantedBy(version)) });
    const result = await run(args, envOf(port));
    expectFailure(result, {
      code: 78,
      names: new RegExp(
        `127\\.0\\.0\\.1:${port} is PostgreSQL ${version.split(' ')[0]}, and Slipway needs 14 or later`,
      ),
      remedy: /Upgrade that server/,
    });
    expect(result.ms).toBeLessThan(5_000);
  });

  test('check on a shadow server that does not know the settings that are asked of it: 78, for its age', async () => {
    let logins = 0;
    const port = await portOf({
      login: (socket) => {
        logins += 1;
        if (logins > 2) socket.write(grantedBy('13.23'));
        else
          socket.end(
            objection('FATAL', '42704', 'unrecognized configuration parameter "idle_session_timeout"'),
          );
      },
    });
    const names = /is PostgreSQL 13\.23, and Slipway needs 14 or later/;
    expectFailure(await run('check --write', envOf(port)), { code: 78, names, remedy: /Upgrade/ });
  });

  test('an old server before one that will do: the next host is taken', async () => {
    const old = await portOf({ login: (socket) => void socket.write(grantedBy('13.23')) });
    const asked: string[] = [];
    const fit = await portOf({
      login: (socket) => void socket.write(granted),
      query: (socket, sql) => {
        asked.push(sql);
        socket.destroy();
      },
    });
    await run('wait --timeout 1s', { ...envOf(old, fit), PGTARGETSESSIONATTRS: 'prefer-standby' });
    expect(asked).not.toEqual([]);
  });
});

describe('Hostile and odd: a run that is ended before it has a connection', () => {
  test('a host that an .env file names, which may have come with a folder that was mounted: it is said', async () => {
    const own = makeProject({ ...exampleFiles(), '.env': `PGHOST=127.0.0.1\nPGPORT=${await freePort()}\n` });
    const { PGHOST: _, PGPORT: __, ...env } = envOf(1);
    const result = await slipway(['up'], {
      cwd: own.directory,
      env: { ...env, SLIPWAY_WAIT_TIMEOUT: '0' },
    });
    own.destroy();
    expectFailure(result, { code: 75, names: /refuses/, remedy: /The host is from \.env: PGHOST\./ });
  });

  test('SLIPWAY_RUN_TIMEOUT is over while nobody listens: 75, which says so', async () => {
    const port = await freePort();
    const result = await run('up --run-timeout 1s', envOf(port));
    expectFailure(result, {
      code: 75,
      names: new RegExp(
        `SLIPWAY_RUN_TIMEOUT\\), and there was no connection: 127\\.0\\.0\\.1:${port} refuses connections`,
      ),
      remedy: /Is the server running/,
    });
    expect(result.stderr).not.toContain('rolled back');
  });

  test('SLIPWAY_RUN_TIMEOUT is over within the first try, which has no answer: 75, which says so', async () => {
    const port = await portOf({ login: () => undefined });
    expectFailure(await run('up --run-timeout 1s', envOf(port)), {
      code: 75,
      names: new RegExp(`there was no connection: 127\\.0\\.0\\.1:${port} had not answered yet`),
      remedy: /Is the server alive/,
    });
  });

  test('SIGTERM while nobody listens: 143, which says so', async () => {
    const port = await freePort();
    const running = startSlipway(['status'], { cwd: project.directory, env: envOf(port) });
    await running.waitForLog(({ event }) => event === 'waiting');
    running.kill('SIGTERM');
    expectFailure(await running.done, {
      code: 143,
      names: new RegExp(`ended by SIGTERM, and there was no connection: 127\\.0\\.0\\.1:${port} refuses`),
      remedy: /Is the server running/,
    });
  });
});

describe('Hostile and odd: a login that is its own', () => {
  const refuses =
    (code: string): NonNullable<Lie['login']> =>
    (socket) =>
      void socket.end(objection('FATAL', code, 'no'));

  test('a shadow server that asks for a password, and PGPASSWORD is set: 77, which does not ask for PGPASSWORD', async () => {
    const port = await portOf({ login: (socket) => void socket.write(message('R', 5, 'salt')) });
    const result = await run('check --write', { ...envOf(port), PGPASSWORD: newSecret() });
    expectFailure(result, {
      code: 77,
      names: /asks for the password of role "app", and none is configured/,
      remedy: /password file .*or into SLIPWAY_SHADOW_URL: PGPASSWORD is not given to this server/,
    });
  });

  test.each([
    ['28P01', 77, /Check user and password \(SLIPWAY_SHADOW_URL\)/],
    ['3D000', 78, /name one that is there in SLIPWAY_SHADOW_URL/],
  ])(
    'a shadow server that refuses the login with %s: %i, which names its URL',
    async (code, exit, remedy) => {
      const port = await portOf({ login: refuses(code) });
      const result = await run('check --write', { ...envOf(port), SLIPWAY_WAIT_TIMEOUT: '1s' });
      expectFailure(result, { code: exit, names: new RegExp(`127\\.0\\.0\\.1:${port}`), remedy });
    },
  );
});
