import { backendRunning, nobodyLeft } from '../../support/activity.ts';
import { createDatabase, newestMajor, serverOf, type TestDatabase } from '../../support/database.ts';
import { exampleFiles, exampleVersions } from '../../support/example.ts';
import { record } from '../../support/figures.ts';
import { ledgerOf, statesOf } from '../../support/ledger.ts';
import { type Pooler, type PoolMode, pgbouncer, startPooler } from '../../support/pgbouncer.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { seed, seeded } from '../../support/seeded.ts';
import { type SlipwayResult, slipway, startSlipway } from '../../support/slipway.ts';
import { testInCi } from '../../support/thorough.ts';

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

  const column = 'not transactional';

  describe.each(['session', 'transaction'] as const)('%s mode', (mode) => {
    test('16 runs at once apply each version exactly once', async () => {
      project.destroy();
      const files = Object.entries(exampleFiles()).filter(
        ([, text]) => mode === 'session' || !text.includes('no-transaction'),
      );
      project = makeProject(Object.fromEntries(files));
      const results = await Promise.all(Array.from({ length: 16 }, () => slipway(['up'], through(mode))));
      expect(results.map(({ code }) => code)).toEqual(Array(16).fill(0));
      const applied = results.flatMap(({ logs }) => logs.filter(({ event }) => event === 'applied'));
      const versions = applied.map(({ version }) => version).sort();
      expect(versions).toEqual((await ledgerOf(database)).map(({ version }) => version));
      expect(versions).toHaveLength(exampleVersions().length - (mode === 'session' ? 0 : 1));
      record({ mode, column: 'herd of 16', result: 'each version applied once, all end with 0' });
    });

    test('killed with -9 in the middle: the server process ends, nothing is left, and the next run has the lock', async () => {
      project.remove(indexPath);
      expect((await slipway(['up'], through(mode))).code).toBe(0);
      project.write(
        indexPath,
        "CREATE TABLE public.half ();\nSELECT pg_sleep(current_setting('slipway.pause')::float);",
      );
      const holder = startSlipway(['up'], through(mode, { SLIPWAY_VAR_pause: '300' }));
      await backendRunning(database, /slipway\.pause/);
      const next = startSlipway(['up'], through(mode, { SLIPWAY_VAR_pause: '0' }));
      await next.waitForLog(({ event }) => event === 'lock');
      const killedAt = performance.now();
      holder.kill('SIGKILL');
      await next.waitForLog(({ event }) => event === 'applying');
      expect(performance.now() - killedAt).toBeLessThan(2000);
      expect((await next.done).code).toBe(0);
      expect(await statesOf(database)).toEqual([`${table}:done`, `${index}:done`]);
      record({ mode, column: 'killed', result: 'rolled back, the next run goes on within 2 s' });
    });
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
      record({ mode: 'transaction', column: 'transactional', result: 'applied' });
    });

    test('a no-transaction migration is refused with 78, and the remedy names SLIPWAY_DIRECT_URL', async () => {
      const result = await slipway(['up'], through('transaction'));
      expect(result.code).toBe(78);
      expect(failure(result)?.msg).toContain('pooler in transaction or statement mode');
      expect(failure(result)?.remedy).toContain('SLIPWAY_DIRECT_URL');
      expect(await statesOf(database)).toEqual([`${table}:done`]);
      record({ mode: 'transaction', column, result: 'refused with 78, which names SLIPWAY_DIRECT_URL' });
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
      record({ mode: 'transaction', column, result: 'applied over SLIPWAY_DIRECT_URL' });
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
      record({ mode: 'session', column: 'transactional', result: 'applied' });
      record({ mode: 'session', column, result: 'applied' });
    });
  });

  describe('statement mode', () => {
    const refused = 'refused with 78, nothing written';

    test.each([
      ['transactional', indexPath, /transaction blocks not allowed in statement pooling mode/, /pool_mode/],
      [column, `migrations/${table}_table.sql`, /transaction or statement mode/, /SLIPWAY_DIRECT_URL/],
    ])('what is %s is refused with 78, and nothing is written', async (what, other, names, remedy) => {
      project.remove(other);
      const result = await slipway(['up'], through('statement'));
      expect(failure(result)?.msg).toMatch(names);
      expect(failure(result)?.remedy).toMatch(remedy);
      expect(result.code).toBe(78);
      expect(await statesOf(database)).toEqual([]);
      record({ mode: 'statement', column: what, result: refused });
    });

    test('16 runs at once are all refused', async () => {
      const results = await Promise.all(
        Array.from({ length: 16 }, () => slipway(['up'], through('statement'))),
      );
      expect(results.map(({ code }) => code)).toEqual(Array(16).fill(78));
      expect(await statesOf(database)).toEqual([]);
      record({ mode: 'statement', column: 'herd of 16', result: refused });
    });

    test('killed with -9 at any moment: nothing is written, and the next run is refused too', async () => {
      const random = seeded(seed);
      const { ms } = await slipway(['up'], through('statement'));
      for (let n = 0; n < 4; n += 1) {
        const running = startSlipway(['up'], through('statement'));
        await new Promise((resolve) => setTimeout(resolve, ms * (0.4 + 0.6 * random())));
        running.kill('SIGKILL');
        await running.done;
        expect(await statesOf(database)).toEqual([]);
      }
      expect((await slipway(['up'], through('statement'))).code).toBe(78);
      record({ mode: 'statement', column: 'killed', result: refused });
    });
  });

  testInCi('a database that the pooler cannot reach is waited for, and 75', async () => {
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
