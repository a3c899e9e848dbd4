import type pg from 'pg';
import { createDatabase, newestMajor, serverOf, type TestDatabase } from '../../support/database.ts';
import { statesOf } from '../../support/ledger.ts';
import { type Pooler, pgbouncer, startPooler } from '../../support/pgbouncer.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess } from '../../support/scene.ts';
import { type RunningSlipway, type SlipwayResult, startSlipway } from '../../support/slipway.ts';

jest.setTimeout(90_000);

const table = '20250101000000';
const index = '20250102000000';
const waited = ({ logs }: SlipwayResult) => logs.filter(({ event }) => event === 'waiting');

describe('Hostile and odd: a pooler that is full, cut off or restarting', () => {
  if (pgbouncer === null) {
    test('PgBouncer is not installed: nothing of it is tested', () => {
      process.stderr.write('\nPgBouncer IS NOT TESTED: install the package pgbouncer\n');
      expect(process.env.CI).toBeUndefined();
    });
    return;
  }

  let project: Project;
  let indexed: Project;
  let database: TestDatabase;
  beforeAll(() => {
    const files = { [`migrations/${table}_table.sql`]: 'CREATE TABLE public.items (n int);' };
    project = makeProject(files);
    indexed = makeProject({
      ...files,
      [`migrations/${index}_index.sql`]:
        '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY items_n ON public.items (n);\n',
    });
  });
  afterAll(() => {
    project.destroy();
    indexed.destroy();
  });
  beforeEach(async () => {
    database = await createDatabase(newestMajor);
  });
  afterEach(() => database.drop());

  const run = (
    pooler: Pooler,
    args: string,
    wait: string,
    { files = project, ...more }: { files?: Project; SLIPWAY_DIRECT_URL?: string } = {},
  ): RunningSlipway =>
    startSlipway(args.split(' '), {
      cwd: files.directory,
      env: { ...database.env, PGPORT: String(pooler.port), SLIPWAY_WAIT_TIMEOUT: wait, ...more },
    });
  /** Takes a slot of the pool. */
  const occupy = async (pooler: Pooler): Promise<pg.Client> => {
    const client = await database.connect({ port: pooler.port });
    await client.query('BEGIN');
    return client;
  };

  describe.each(['session', 'transaction'] as const)('PgBouncer with one slot in %s mode', (mode) => {
    let pooler: Pooler;
    beforeAll(async () => {
      pooler = await startPooler(serverOf(newestMajor), mode, 1, {
        query_wait_timeout: 1,
        max_client_conn: 4,
      });
    });
    afterAll(() => pooler.stop());

    test('taken by another: waited for with a line that says so, and 75', async () => {
      await occupy(pooler);
      const result = await run(pooler, 'up', '4s').done;
      expectFailure(result, {
        code: 75,
        names: /the pool at 127\.0\.0\.1:\d+ is full: query_wait_timeout \(gave up after/,
        remedy: /default_pool_size/,
      });
      expect(waited(result).map(({ reason }) => reason)).toEqual(['poolFull']);
      expect(result.ms).toBeLessThan(12_000);
    });

    test('taken by another, who leaves: 0', async () => {
      const other = await occupy(pooler);
      const running = run(pooler, 'up', '30s');
      await running.waitForLog(({ reason }) => reason === 'poolFull');
      await other.end();
      expectSuccess(await running.done);
      expect(await statesOf(database)).toEqual([`${table}:done`]);
    });

    test('max_client_conn is reached: waited for with a line that says so, and 0 when clients leave', async () => {
      const others: pg.Client[] = [];
      for (let n = 0; n < 4; n += 1) others.push(await database.connect({ port: pooler.port }));
      const running = run(pooler, 'up', '30s');
      await running.waitForLog(
        /the pool at 127\.0\.0\.1:\d+ is full: no more connections allowed \(max_client_conn\)/,
      );
      await Promise.all(others.map((client) => client.end()));
      expectSuccess(await running.done);
    });
  });

  describe('PgBouncer whose slots are taken, and that says nothing', () => {
    let pooler: Pooler;
    beforeAll(async () => {
      pooler = await startPooler(serverOf(newestMajor), 'transaction', 1);
    });
    afterAll(() => pooler.stop());

    test('wait --timeout 0, wait --timeout 3s: 75, in time', async () => {
      await occupy(pooler);
      const [once, thrice] = await Promise.all([
        run(pooler, 'wait --timeout 0', '60s').done,
        run(pooler, 'wait --timeout 3s', '60s').done,
      ]);
      const failure = { code: 75, names: /did not answer a query within/, remedy: /SHOW POOLS/ };
      expectFailure(once, failure);
      expectFailure(thrice, failure);
      expect(once.ms).toBeLessThan(5_000);
      expect(thrice.ms).toBeLessThan(8_000);
    });

    test('up waits, and says so; when they are free: 0', async () => {
      const other = await occupy(pooler);
      const running = run(pooler, 'up', '60s');
      await running.waitForLog(({ reason }) => reason === 'answer');
      await other.end();
      expectSuccess(await running.done);
    });
  });

  test('a pooler whose server is down: waited for with a line that says so, and 75', async () => {
    const pooler = await startPooler({ ...serverOf(newestMajor), port: 1 }, 'transaction', 1, {
      client_login_timeout: 1,
      server_login_retry: 1,
    });
    const result = await run(pooler, 'up', '6s').done;
    await pooler.stop();
    expectFailure(result, {
      code: 75,
      names:
        /the pooler at 127\.0\.0\.1:\d+ does not reach its server: .*(server_login_retry|client_login_timeout|cannot connect)/,
      remedy: /server behind it running/,
    });
    expect(waited(result).map(({ reason }) => reason)).toContain('behindPooler');
  });

  test('a database that PgBouncer has disabled: waited for, and 0 once it is enabled', async () => {
    const pooler = await startPooler(serverOf(newestMajor), 'transaction', 2);
    const admin = await database.connect({ port: pooler.port, database: 'pgbouncer' });
    const before = await database.connect({ port: pooler.port });
    await before.query('SELECT 1');
    await admin.query(`DISABLE ${database.name}`);
    const running = run(pooler, 'up', '30s');
    await running.waitForLog(/accepts no connection now: database ".*" is disabled/);
    await admin.query(`ENABLE ${database.name}`);
    expectSuccess(await running.done);
    await admin.end();
    await before.end();
    await pooler.stop();
  });

  test('PgBouncer is paused, and restarted meanwhile: waited for, and 0', async () => {
    const pooler = await startPooler(serverOf(newestMajor), 'transaction', 2);
    const admin = await database.connect({ port: pooler.port, database: 'pgbouncer' });
    await admin.query('PAUSE');
    const running = run(pooler, 'up', '60s');
    await running.waitForLog(({ event }) => event === 'waiting');
    await pooler.stop();
    const again = await startPooler(serverOf(newestMajor), 'transaction', 2, { listen_port: pooler.port });
    expectSuccess(await running.done);
    await again.stop();
  });

  test('a no-transaction migration through a session pool of one slot: 75 in time, and it names the pool; with SLIPWAY_DIRECT_URL: 0', async () => {
    const pooler = await startPooler(serverOf(newestMajor), 'session', 1);
    const result = await run(pooler, 'up', '5s', { files: indexed }).done;
    expectFailure(result, {
      code: 75,
      names: /the pool at 127\.0\.0\.1:\d+ had no room for a second connection beside the one of this run/,
      remedy: /at least two connections.*SLIPWAY_DIRECT_URL/,
    });
    expect(waited(result)).toMatchObject([
      { reason: 'pool', msg: expect.stringContaining('no-transaction') },
    ]);
    expect(await statesOf(database)).toEqual([`${table}:done`]);
    const direct = await run(pooler, 'up', '5s', { files: indexed, SLIPWAY_DIRECT_URL: database.url }).done;
    await pooler.stop();
    expectSuccess(direct);
    expect(await statesOf(database)).toEqual([`${table}:done`, `${index}:done`]);
  });
});
