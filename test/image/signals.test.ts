import {
  buildImages,
  eventually,
  images,
  logged,
  must,
  requireEngines,
  run,
  stopContainer,
} from '../support/containers.ts';
import { record } from '../support/figures.ts';
import { seed, seeded } from '../support/seeded.ts';
import { environment, Server, settings } from './server.ts';
import { Workspace } from './workspace.ts';

jest.setTimeout(600_000);

const workspace = new Workspace();
const started: string[] = [];
let server: Server;

beforeAll(async () => {
  await requireEngines('docker info');
  await buildImages();
  server = await Server.start('postgres:18');
  await server.query('postgres', 'create database target');
});
afterEach(async () => {
  for (const container of started.splice(0)) await run('docker', ['rm', '-f', container]);
});
afterAll(async () => {
  workspace.remove();
  await server?.stop();
});

async function start(...args: string[]): Promise<string> {
  const container = await must('docker', ['run', '-d', ...args]);
  started.push(container);
  return container;
}

const sessions = (database: string): Promise<{ query: string }[]> =>
  server.query('postgres', `select query from pg_stat_activity where datname = '${database}'`);

describe('SIGTERM to PID 1', () => {
  test('while it waits for a server that is not there', async () => {
    const absent = { ...settings('postgres'), PGHOST: '127.0.0.1' };
    const container = await start('--read-only', ...environment(absent), images.example);
    await logged(container, /refused/i);
    const { code, ms } = await stopContainer(container);
    expect(code).toBe(143);
    expect(ms).toBeLessThan(5000);
  });

  test('while a migration runs: it is rolled back, its backend is gone, and the next run applies it', async () => {
    const slow = { '20251127101038_slow.sql': 'create table half (id int);\nselect pg_sleep(60);' };
    const mounted = workspace.migrations('slow', slow);
    const container = await start(...server.reaching('target'), ...mounted, images.bare);
    await eventually('the migration sleeps', 20_000, async () => {
      const sleeping = await server.query(
        'postgres',
        `select from pg_stat_activity where wait_event = 'PgSleep'`,
      );
      return sleeping.length > 0 ? true : undefined;
    });

    const { code, ms } = await stopContainer(container);
    expect(code).toBe(143);
    expect(ms).toBeLessThan(5000);
    expect(await sessions('target')).toEqual([]);
    expect(await server.tables('target', 'public')).toBe(0);

    workspace.file('slow/20251127101038_slow.sql', 'create table whole (id int);');
    expect(await server.slipway(images.bare, 'target', mounted)).toMatchObject({ code: 0 });
    expect(await server.tables('target', 'public')).toBe(1);
  });
});

/** SLIPWAY_TEST_FULL: 20 tries of each instead of 3. */
const tries = process.env.SLIPWAY_TEST_FULL ? 20 : 3;
const versions = [1, 2, 3, 4].map((n) => `2025010${n}000000`);
/** What the two pauses of a run take, ms. */
const spanMs = 800;
/** One step makes a table, two write a row into it and take their time, one is a concurrent index. */
const steps = Object.fromEntries(
  versions.map((version, n) => [
    `${version}_step.sql`,
    [
      'create table trace (step int);',
      'select pg_sleep(0.4); insert into trace values (2);',
      '-- slipway: no-transaction\ncreate index concurrently trace_step on trace (step);',
      'insert into trace values (4); select pg_sleep(0.4);',
    ][n] as string,
  ]),
);

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)(
  `%s to PID 1 at ${tries} moments of a run: it ends within 5 s, nothing is half done, and the next run converges`,
  async (signal, expected) => {
    const random = seeded(seed + expected);
    const mounted = workspace.migrations('steps', steps);
    const codes: number[] = [];
    for (let n = 0; n < tries; n += 1) {
      const database = `signal_${expected}_${n}`;
      await server.query('postgres', `create database ${database}`);
      const container = await start(...server.reaching(database), ...mounted, images.bare);
      await eventually('it is connected', 20_000, async () => (await sessions(database))[0]);
      await new Promise((resolve) => setTimeout(resolve, spanMs * random()));
      const { code, ms } = await stopContainer(container, signal);
      codes.push(code);
      expect([expected, 0]).toContain(code);
      expect(ms).toBeLessThan(5000);
      expect(await sessions(database)).toEqual([]);
      expect(await server.slipway(images.bare, database, mounted)).toMatchObject({ code: 0 });
      expect(await server.query(database, 'select step from trace order by step')).toEqual(
        [2, 4].map((step) => ({ step })),
      );
      record({ figure: `${signal} to process 1 of a container: the container has ended`, ms });
    }
    expect(codes).toContain(expected);
  },
);
