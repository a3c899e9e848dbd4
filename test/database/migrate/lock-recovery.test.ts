import { backendRunning } from '../../support/activity.ts';
import { createDatabase, newestMajor, type TestDatabase } from '../../support/database.ts';
import { type FarHost, makeFarHost, whyNoFarHost } from '../../support/far-host.ts';
import { record } from '../../support/figures.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { type RunningSlipway, slipway, startSlipway } from '../../support/slipway.ts';

jest.setTimeout(600_000);

/** SLIPWAY_TEST_FULL: 20 tries of each instead of 2. */
const tries = process.env.SLIPWAY_TEST_FULL ? 20 : 2;

/** How the holder of the lock keeps its server process: at work, or waiting for what comes next. */
const bodies = {
  'in a statement': {
    'migrations/20250102000000_long.sql': "SELECT pg_sleep(current_setting('slipway.pause')::float);",
  },
  'between two statements': {
    'migrations/20250102000000_long.mjs': `export const up = async ({ client }) => {
      const { rows } = await client.query("SELECT current_setting('slipway.pause') AS pause, 'between' AS two");
      await new Promise((resolve) => setTimeout(resolve, 1000 * rows[0].pause));
    };`,
  },
} as const;
const index = {
  'migrations/20250102000000_index.sql':
    '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY items_n ON public.items (n);',
};
const table = { 'migrations/20250101000000_table.sql': 'CREATE TABLE public.items (n int);' };
const pause = { SLIPWAY_VAR_pause: '300' };
const noPause = { SLIPWAY_VAR_pause: '0' };

const projects: Project[] = [];
afterAll(() => {
  for (const project of projects) project.destroy();
});
function projectOf(files: Readonly<Record<string, string>>): string {
  const project = makeProject({ ...table, ...files });
  projects.push(project);
  return project.directory;
}

/** Starts a run that must wait for the lock; resolves once it does. */
async function startWaiter(
  cwd: string,
  env: Record<string, string>,
  holder: RegExp,
): Promise<RunningSlipway> {
  const waiter = startSlipway(['up'], { cwd, env: { ...env, ...noPause } });
  const said = await waiter.waitForLog(({ event }) => event === 'lock');
  expect(said.holder).toMatch(/^process \d+, "slipway [^"]+", role "\w+", .*since \d+\.\d s/);
  expect(said.holder).toMatch(holder);
  return waiter;
}

/** Until the waiter has the lock and has done the work: ms from `since`. */
async function takesOver(waiter: RunningSlipway, since: number, event: string): Promise<number> {
  await waiter.waitForLog((line) => line.event === event);
  const ms = performance.now() - since;
  return ms;
}

describe('the holder is killed with -9', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase(newestMajor);
  });
  afterEach(() => database.drop());

  test.each(Object.entries(bodies))(
    '%s of a transaction: the next one has the lock within 2 s',
    async (where, files) => {
      const cwd = projectOf(files);
      for (let n = 0; n < tries; n += 1) {
        const holder = startSlipway(['up'], { cwd, env: { ...database.env, ...pause } });
        await backendRunning(database, /slipway\.pause/);
        const waiter = await startWaiter(cwd, database.env, /(?:runs|last ran) (?:\d of \d: \d{14}_|SELECT)/);
        const killedAt = performance.now();
        holder.kill('SIGKILL');
        const ms = await takesOver(waiter, killedAt, 'applying');
        expect((await waiter.done).code).toBe(0);
        expect(ms).toBeLessThan(2000);
        record({ figure: `holder killed ${where}: the next one has the lock`, ms });
        await database.drop();
        database = await createDatabase(newestMajor);
      }
    },
  );

  test('in a concurrent index: the next one waits for the build, names it, and builds anew within 2 s', async () => {
    const [before, cwd] = [projectOf({}), projectOf(index)];
    for (let n = 0; n < tries; n += 1) {
      expect((await slipway(['up'], { cwd: before, env: database.env })).code).toBe(0);
      const snapshot = await database.connect();
      await snapshot.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
      const holder = startSlipway(['up'], { cwd, env: database.env });
      await backendRunning(database, /^CREATE INDEX CONCURRENTLY/m);
      const waiter = await startWaiter(cwd, database.env, /active.* runs CREATE INDEX CONCURRENTLY/);
      const killedAt = performance.now();
      holder.kill('SIGKILL');
      const ms = await takesOver(waiter, killedAt, 'rebuild');
      await snapshot.query('COMMIT');
      expect((await waiter.done).code).toBe(0);
      expect(ms).toBeLessThan(2000);
      record({ figure: 'holder killed in a concurrent index: the next one clears it away', ms });
      await database.drop();
      database = await createDatabase(newestMajor);
    }
  });
});

describe("the holder's host is gone", () => {
  let instance: Instance;
  let far: FarHost;
  let obstacle: string | null;
  beforeAll(async () => {
    obstacle = await whyNoFarHost();
    if (obstacle !== null) return;
    far = await makeFarHost();
    instance = await makeInstance();
    await instance.start({ listen_addresses: '*' });
    instance.writeHba('host all all 0.0.0.0/0 scram-sha-256');
    await instance.query('SELECT pg_reload_conf()');
  });
  afterAll(async () => {
    await instance?.destroy();
    await far?.destroy();
  });

  test('in a statement, between two, and in a concurrent index: the next one has the lock within 15 s', async () => {
    if (obstacle !== null) {
      process.stderr.write(`\nA HOST THAT IS GONE IS NOT TESTED: ${obstacle}\n`);
      expect(process.env.CI).toBeUndefined();
      return;
    }
    const before = projectOf({});
    const kinds = [
      ...Object.entries(bodies).map(([where, files]) => ({
        where,
        cwd: projectOf(files),
        at: /slipway\.pause/,
      })),
      { where: 'in a concurrent index', cwd: projectOf(index), at: /CREATE INDEX CONCURRENTLY/ },
    ];
    for (let n = 0; n < Math.ceil(tries / kinds.length); n += 1) {
      const held = await Promise.all(
        kinds.map(async ({ where, cwd, at }, k) => {
          const name = `far_${n}_${k}`;
          await instance.query(`CREATE DATABASE ${name}`);
          const env = instance.env(name);
          expect((await slipway(['up'], { cwd: before, env })).code).toBe(0);
          const snapshot = await instance.connect(name);
          await snapshot.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
          const holder = startSlipway(['up'], {
            cwd,
            env: { ...env, ...pause, PGHOST: far.address },
            beneath: far.beneath,
          });
          await backendRunning({ query: (sql) => instance.query(sql, name) }, at);
          return { where, holder, waiter: await startWaiter(cwd, env, /from 10\./), snapshot };
        }),
      );
      const cutAt = performance.now();
      await far.cut();
      await Promise.all(
        held.map(async ({ where, holder, waiter, snapshot }) => {
          const isIndex = where === 'in a concurrent index';
          const ms = await takesOver(waiter, cutAt, isIndex ? 'rebuild' : 'applying');
          await snapshot.query('COMMIT');
          expect((await waiter.done).code).toBe(0);
          expect(ms).toBeLessThan(15_000);
          record({ figure: "holder's host gone: the next one has the lock", ms });
          holder.kill('SIGKILL');
          await holder.done;
        }),
      );
      await far.restore();
    }
  });
});
