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
    expect(
      await server.query('postgres', `select query from pg_stat_activity where datname = 'target'`),
    ).toEqual([]);
    expect(await server.tables('target', 'public')).toBe(0);

    workspace.file('slow/20251127101038_slow.sql', 'create table whole (id int);');
    expect(await server.slipway(images.bare, 'target', mounted)).toMatchObject({ code: 0 });
    expect(await server.tables('target', 'public')).toBe(1);
  });
});
