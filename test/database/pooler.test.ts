import { backendRunning, nobodyLeft } from '../support/activity.ts';
import { createDatabase, newestMajor, serverOf, type TestDatabase } from '../support/database.ts';
import { exampleFiles, exampleVersions } from '../support/example.ts';
import { ledgerOf, statesOf } from '../support/ledger.ts';
import { type Pooler, type PoolMode, pgbouncer, startPooler } from '../support/pgbouncer.ts';
import { makeProject, type Project } from '../support/project.ts';
import { type SlipwayResult, slipway, startSlipway } from '../support/slipway.ts';

jest.setTimeout(60_000);

const failure = ({ logs }: SlipwayResult) => logs.find(({ event }) => event === 'failed');

const table = '20250101000000';
const index = '20250102000000';
const indexPath = `migrations/${index}_index.sql`;
const files = {
  [`migrations/${table}_table.sql`]:
    'CREATE TABLE public.items (n int);\nINSERT INTO public.items VALUES (1);',
  [indexPath]: '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY items_n ON public.items (n);\n',
};

if (pgbouncer === null) {
  test('PgBouncer is not installed: nothing of it is tested', () => {
    process.stderr.write('\nPgBouncer IS NOT TESTED: install the package pgbouncer\n');
    expect(process.env.CI).toBeUndefined();
  });
} else {
  const poolers = new Map<PoolMode, Pooler>();
  let project: Project;
  let database: TestDatabase;
  beforeAll(async () => {
    const server = serverOf(newestMajor);
    for (const mode of ['transaction', 'session', 'statement'] as const) {
      poolers.set(mode, await startPooler(server, mode, mode === 'session' ? 20 : 2));
    }
  });
  afterAll(() => Promise.all([...poolers.values()].map((pooler) => pooler.stop())));
  beforeEach(async () => {
    database = await createDatabase(newestMajor);
    project = makeProject(files);
  });
  afterEach(async () => {
    await database.drop();
    project.destroy();
  });

  const through = (mode: PoolMode, more: Record<string, string> = {}) => ({
    cwd: project.directory,
    env: { ...database.env, PGPORT: String(poolers.get(mode)?.port), ...more },
  });

  describe('transaction mode', () => {
    test('transactional migrations are applied, and a second run finds them done', async () => {
      project.remove(indexPath);
      for (const events of [['plan', 'applying', 'applied', 'done'], ['done']]) {
        const result = await slipway(['up'], through('transaction'));
        expect(result.logs.map(({ event }) => event)).toEqual(events);
        expect(result.code).toBe(0);
      }
      expect(await statesOf(database)).toEqual([`${table}:done`]);
    });

    test('8 runs at once apply each version exactly once', async () => {
      project.destroy();
      const plain = Object.entries(exampleFiles()).filter(([, text]) => !text.includes('no-transaction'));
      project = makeProject(Object.fromEntries(plain));
      const results = await Promise.all(
        Array.from({ length: 8 }, () => slipway(['up'], through('transaction'))),
      );
      expect(results.map(({ code }) => code)).toEqual(Array(8).fill(0));
      const applied = results.flatMap(({ logs }) => logs.filter(({ event }) => event === 'applied'));
      const versions = applied.map(({ version }) => version).sort();
      expect(versions).toEqual((await ledgerOf(database)).map(({ version }) => version));
      expect(versions).toHaveLength(exampleVersions().length - 1);
    });

    test('a no-transaction migration is refused with 78, and the remedy names SLIPWAY_DIRECT_URL', async () => {
      const result = await slipway(['up'], through('transaction'));
      expect(result.code).toBe(78);
      expect(failure(result)?.msg).toContain('pooler in transaction mode');
      expect(failure(result)?.remedy).toContain('SLIPWAY_DIRECT_URL');
      expect(await statesOf(database)).toEqual([`${table}:done`]);
    });

    test('so it is at every try among many other clients, who take and leave server processes all the time', async () => {
      const busy = await startPooler(serverOf(newestMajor), 'transaction', 6);
      const clients = await Promise.all(
        Array.from({ length: 8 }, () => database.connect({ port: busy.port })),
      );
      let isOver = false;
      const traffic = clients.map(async (client) => {
        while (!isOver) await client.query('SELECT 1');
      });
      const codes: (number | null)[] = [];
      for (let n = 0; n < 6; n += 1)
        codes.push((await slipway(['up'], through('transaction', { PGPORT: String(busy.port) }))).code);
      isOver = true;
      await Promise.all(traffic);
      await Promise.all(clients.map((client) => client.end()));
      await busy.stop();
      expect(codes).toEqual(Array(6).fill(78));
      expect(await statesOf(database)).toEqual([`${table}:done`]);
    });

    test('with SLIPWAY_DIRECT_URL it is applied', async () => {
      const result = await slipway(['up'], through('transaction', { SLIPWAY_DIRECT_URL: database.url }));
      expect(result.code).toBe(0);
      expect(await statesOf(database)).toEqual([`${table}:done`, `${index}:done`]);
    });

    test('SIGTERM cancels what runs over the direct connection', async () => {
      const blocker = await database.connect();
      await blocker.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
      const running = startSlipway(['up'], through('transaction', { SLIPWAY_DIRECT_URL: database.url }));
      await backendRunning(database, /CREATE INDEX CONCURRENTLY/);
      const sentAt = performance.now();
      running.kill('SIGTERM');
      expect((await running.done).code).toBe(143);
      expect(performance.now() - sentAt).toBeLessThan(2000);
      await blocker.query('COMMIT');
      const next = await slipway(['up'], through('transaction', { SLIPWAY_DIRECT_URL: database.url }));
      expect(next.code).toBe(0);
      expect(await statesOf(database)).toEqual([`${table}:done`, `${index}:done`]);
    });

    test('SIGTERM cancels a transaction, through the pooler', async () => {
      project.write(indexPath, 'SELECT pg_sleep(60);');
      const running = startSlipway(['up'], through('transaction'));
      await backendRunning(database, /pg_sleep/);
      running.kill('SIGTERM');
      expect((await running.done).code).toBe(143);
      expect(await statesOf(database)).toEqual([`${table}:done`]);
    });
  });

  describe('session mode', () => {
    test('everything is applied, without a false alarm', async () => {
      const result = await slipway(['up'], through('session'));
      expect(result.code).toBe(0);
      expect(result.logs.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
      expect(await statesOf(database)).toEqual([`${table}:done`, `${index}:done`]);
      await nobodyLeft(database);
    });
  });

  describe('statement mode', () => {
    test('is refused with 78, and nothing is written', async () => {
      const result = await slipway(['up'], through('statement'));
      expect(failure(result)?.msg).toContain('transaction blocks not allowed in statement pooling mode');
      expect(failure(result)?.remedy).toContain('pool_mode');
      expect(result.code).toBe(78);
      expect(await statesOf(database)).toEqual([]);
    });
  });

  test('a database that the pooler cannot reach is waited for, and 75', async () => {
    const nowhere = await startPooler({ ...serverOf(newestMajor), port: 1 }, 'transaction', 2);
    const env = through('transaction', {
      PGPORT: String(nowhere.port),
      PGCONNECT_TIMEOUT: '2',
      SLIPWAY_WAIT_TIMEOUT: '5s',
    });
    const result = await slipway(['up'], env);
    await nowhere.stop();
    expect(result.logs.filter(({ event }) => event === 'waiting').map(({ reason }) => reason)).toEqual([
      'mute',
    ]);
    expect(result.code).toBe(75);
  });
}
