import { backendRunning } from '../../support/activity.ts';
import type { TestDatabase } from '../../support/database.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { statesOf } from '../../support/ledger.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess } from '../../support/scene.ts';
import { type LogLine, slipway, startSlipway } from '../../support/slipway.ts';

const first = '20250101000000';
const second = '20250102000000';
const path = `migrations/${second}_second.sql`;

let instance: Instance;
let project: Project;
let name: string;
let databases = 0;
beforeAll(async () => {
  instance = await makeInstance();
});
afterAll(() => instance.destroy());
beforeEach(async () => {
  project = makeProject({ [`migrations/${first}_first.sql`]: 'CREATE TABLE public.first (n int);' });
  await instance.start();
  databases += 1;
  name = `shut_${databases}`;
  await instance.query(`CREATE DATABASE ${name}`);
});
afterEach(async () => {
  await instance.stop('SIGQUIT');
  project.destroy();
});

const database: Pick<TestDatabase, 'query'> = { query: (sql) => instance.query(sql, name) };
const options = (waitTimeout: string) => ({
  cwd: project.directory,
  env: { ...instance.env(name), SLIPWAY_WAIT_TIMEOUT: waitTimeout },
});
const isShuttingDown = ({ event, reason, msg }: LogLine): boolean =>
  event === 'waiting' && reason === 'starting' && msg.includes('the database system is shutting down');

/** A client that keeps a server from shutting down: smart waits for it; fast ends it, which its process cannot hear. */
async function hold(how: 'smart' | 'fast'): Promise<{ release(): Promise<void> }> {
  const client = await instance.connect(name);
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const pid = rows[0]?.pid as number;
  if (how === 'fast') process.kill(pid, 'SIGSTOP');
  return {
    release: async () => {
      if (how === 'fast') process.kill(pid, 'SIGCONT');
      else await client.end();
      await instance.ended();
    },
  };
}

test.each(['smart', 'fast'] as const)(
  'a %s shutdown that a client holds up: waited for, and gone on when the server is back; 75 when it is not',
  async (how) => {
    const client = await hold(how);
    instance.shutDown(how);
    const patient = startSlipway(['up'], options('60s'));
    await patient.waitForLog(isShuttingDown);
    const impatient = await slipway(['up'], options('0'));
    expectFailure(impatient, {
      code: 75,
      names: new RegExp(`127.0.0.1:${instance.port}: the database system is shutting down \\(gave up after`),
      remedy: /See the server's own log for how far it is: it starts, replays its log, or shuts down/,
    });
    await client.release();
    await patient.waitForLog(({ reason }) => reason === 'refused');
    await instance.start();
    expectSuccess(await patient.done);
    expect(await statesOf(database)).toEqual([`${first}:done`]);
  },
);

/** A run that is in its second migration, which needs what `blocker` holds. */
async function underWay(waitTimeout: string) {
  expectSuccess(await slipway(['up'], options('60s')));
  project.write(path, 'CREATE TABLE public.second (n int);\nLOCK TABLE public.first;');
  const blocker = await instance.connect(name);
  await blocker.query('BEGIN; LOCK TABLE public.first');
  const { cwd, env } = options(waitTimeout);
  const running = startSlipway(['up'], { cwd, env: { ...env, SLIPWAY_DDL_LOCK_TIMEOUT: '1h' } });
  await backendRunning(database, /LOCK TABLE/);
  return { running, blocker };
}

test('a smart shutdown lets a run come to its end', async () => {
  const { running, blocker } = await underWay('0');
  instance.shutDown('smart');
  await blocker.query('COMMIT');
  expectSuccess(await running.done);
  await blocker.end();
  await instance.ended();
  await instance.start();
  expect(await statesOf(database)).toEqual([`${first}:done`, `${second}:done`]);
});

test('a fast shutdown ends a run: it goes on when the server is back', async () => {
  const { running } = await underWay('60s');
  await instance.stop('SIGINT');
  const lost = await running.waitForLog(({ event }) => event === 'connectionLost');
  expect(lost.msg).toContain('terminating connection due to administrator command');
  await instance.start();
  expectSuccess(await running.done);
  expect(await statesOf(database)).toEqual([`${first}:done`, `${second}:done`]);
});

test('a fast shutdown ends a run: 75 when the server stays away, and nothing of the migration is there', async () => {
  const { running } = await underWay('1s');
  await instance.stop('SIGINT');
  expectFailure(await running.done, {
    code: 75,
    names: new RegExp(`127.0.0.1:${instance.port} refuses connections \\(gave up after`),
    remedy: /Is the server running/,
  });
  await instance.start();
  expect(await statesOf(database)).toEqual([`${first}:done`]);
  expect(await database.query("SELECT to_regclass('public.second') AS second")).toEqual([{ second: null }]);
  expectSuccess(await slipway(['up'], options('60s')));
  expect(await statesOf(database)).toEqual([`${first}:done`, `${second}:done`]);
});
