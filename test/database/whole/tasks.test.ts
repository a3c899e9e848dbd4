import { type Application, type ApplicationOptions, startApplication } from '../../support/application.ts';
import {
  createDatabase,
  majors,
  named,
  newestMajor,
  serverOf,
  type TestDatabase,
} from '../../support/database.ts';
import { check } from '../../support/locked.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectSuccess, type Scene, sceneOf } from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';
import { type Deploy, readTaskPage, type TaskPage, taskTables } from '../../support/task-page.ts';

jest.setTimeout(120_000);

const orders = 200_000;
const customers = 1_000;
const keys = { order: orders, customer: customers };
/** So long an application waits for a lock, as docs/tasks/README.md says. */
const patienceMs = 500;
/** What a busy machine may add to what an application measures. */
const marginMs = 500;
const limit = { SLIPWAY_MAX_LOCK: 'no-rewrite,no-scan' };
const baseline = { 'sql/baseline.sql': taskTables() };

interface Task {
  readonly page: string;
  /** What the application sees of the wrong way: no lock in time, or no such column. */
  readonly naive: { readonly sqlstate: '55P03' | '42703'; readonly isRefused: boolean };
  /** Number of a deploy, from 0 on -> a query that says `true` after it, while both applications serve. */
  readonly right: Readonly<Record<number, string>>;
}

const isNotNull = (column: string): string =>
  `SELECT attnotnull AS right FROM pg_attribute WHERE attrelid = 'shop.orders'::regclass AND attname = '${column}'`;

const tasks: readonly Task[] = [
  {
    page: 'add-a-column',
    naive: { sqlstate: '55P03', isRefused: true },
    right: {
      1: `SELECT count(DISTINCT token) = count(*) AND bool_and(channel = 'web') AND (${isNotNull('token')}) AS right FROM shop.orders`,
    },
  },
  {
    page: 'change-a-type',
    naive: { sqlstate: '55P03', isRefused: true },
    right: {
      0: 'SELECT bool_and(amount_new = amount) AS right FROM shop.orders',
      1: `SELECT pg_typeof(amount) = 'bigint'::regtype AND (${isNotNull('amount')}) AS right FROM shop.orders LIMIT 1`,
    },
  },
  {
    page: 'add-a-constraint',
    naive: { sqlstate: '55P03', isRefused: true },
    right: {
      0: `SELECT array_agg(contype ORDER BY contype) = '{c,f,u}' AND bool_and(convalidated) AS right FROM pg_constraint
        WHERE conrelid = 'shop.orders'::regclass AND contype IN ('c', 'f', 'u')`,
    },
  },
  {
    page: 'backfill',
    naive: { sqlstate: '55P03', isRefused: false },
    right: {
      0: `SELECT bool_and(tier = 'basic') AND (${isNotNull('tier')}) AND to_regclass('shop.orders_without_tier') IS NULL AS right FROM shop.orders`,
    },
  },
  {
    page: 'rename',
    naive: { sqlstate: '42703', isRefused: false },
    right: {
      0: `SELECT bool_and(note IS NOT DISTINCT FROM remark) AND count(DISTINCT remark) > ${orders / 2} AND count(*) FILTER (WHERE note = 'fragile') > 0 AND count(*) FILTER (WHERE remark = 'urgent') > 0 AS right FROM shop.orders`,
      1: `SELECT count(DISTINCT remark) > ${orders / 2} AS right FROM shop.orders`,
      2: `SELECT count(*) > ${customers} AND (SELECT count(*) FROM shop.customers WHERE name = 'Dan') > 0 AS right FROM shop.clients`,
      3: `SELECT to_regclass('shop.customers') IS NULL AS right`,
    },
  },
];

const able = majors.filter((major) => major === newestMajor || serverOf(major).isDebian);
/** Each server takes a minute: one of the two at each commit. */
const turn = Number(process.env.SLIPWAY_TEST_ROWS ?? 0) % able.length;
const tested = process.env.SLIPWAY_TEST_FULL ? able : able.slice(turn, turn + 1);

describe.each(named(tested))('PostgreSQL $version', ({ major }) => {
  let template: TestDatabase;
  const open: { readonly database: TestDatabase; readonly project: Project }[] = [];
  beforeAll(async () => {
    template = await createDatabase(major);
    const project = makeProject(baseline);
    expectSuccess(await slipway(['up'], { cwd: project.directory, env: template.env }));
    project.destroy();
    const client = await template.connect();
    await client.query(`INSERT INTO shop.customers (name) SELECT 'customer ' || n FROM generate_series(1, ${customers}) n;
      INSERT INTO shop.orders (customer, amount, note)
        SELECT 1 + n % ${customers}, n, 'note ' || n FROM generate_series(1, ${orders}) n`);
    await client.query('VACUUM ANALYZE');
    await client.end();
  });
  afterAll(() => template.drop());
  afterEach(async () => {
    for (const { database, project } of open.splice(0)) {
      project.destroy();
      await database.drop();
    }
  });

  /** A database with the tables and their rows, at the baseline, and its project. */
  async function inUse(): Promise<Scene> {
    const database = await createDatabase(major, { template: template.name });
    const project = makeProject(baseline);
    open.push({ database, project });
    return sceneOf(database, project);
  }

  for (const task of tasks) {
    const page = readTaskPage(task.page);
    test(`docs/tasks/${task.page}.md: in one statement, the application fails`, async () => {
      await tryNaive(await inUse(), page, task.naive);
    });

    test(`docs/tasks/${task.page}.md: file by file, the application goes on`, async () => {
      await deployAll(await inUse(), page, task.right);
    });
  }

  test('docs/tasks/change-a-type.md: what was prepared before fails until it is prepared again', async () => {
    const made = await inUse();
    await made.database.query('TRUNCATE shop.orders');
    const prepare = 'PREPARE amounts AS SELECT amount FROM shop.orders';
    await made.database.query(prepare);
    for (const { files } of readTaskPage('change-a-type').deploys) write(made, files);
    expectSuccess(await made.run('up'));
    await expect(made.database.query('EXECUTE amounts')).rejects.toMatchObject({ code: '0A000' });
    await made.database.query(`DEALLOCATE amounts; ${prepare}`);
    expect(await made.database.query('EXECUTE amounts')).toEqual([]);
  });

  test('docs/tasks/rename.md: the old image starts on a database that is ahead', async () => {
    const made = await inUse();
    const { deploys, text } = readTaskPage('rename');
    const files = deploys[0]?.files ?? {};
    await made.database.query('TRUNCATE shop.orders');
    write(made, files);
    expectSuccess(await made.run('up'));
    for (const path of Object.keys(files)) made.project.remove(path);
    const old = expectSuccess(await made.run('up'));
    const said = old.logs.find(({ event }) => event === 'ahead')?.msg ?? 'nothing';
    expect(text).toContain(`\n${said}\n`);
    expectSuccess(await made.run('wait --timeout 0'));
    expect((await made.run('up', { SLIPWAY_ON_AHEAD: 'fail' })).code).toBe(83);
  });
});

const applicationOf = (
  { database }: Scene,
  statements: readonly string[],
  lockTimeoutMs: number,
): ApplicationOptions => ({ database, statements, keys, lockTimeoutMs });

/** Runs what the page shows as the wrong way beside its application, and holds what `check` says of it to the page. */
async function tryNaive(
  made: Scene,
  { naive, said, deploys }: TaskPage,
  expected: Task['naive'],
): Promise<void> {
  const file = 'migrations/20260109000000_naive.sql';
  expectSuccess(await check(made, '--write'));
  made.project.write(file, naive);
  const refused = await check(made, '--write', limit);
  expect(refused.code).toBe(expected.isRefused ? 65 : 0);
  made.project.remove('sql/schema.lock.json');
  const told = expectSuccess(await check(made, '--write --json'));
  const words = JSON.parse(told.stdout).locks.flatMap((lock: { words: string[] }) => lock.words);
  expect(words).toEqual(expect.arrayContaining([...said]));

  const statements = deploys.find(({ serving }) => serving.length > 0)?.serving ?? [];
  const lockTimeoutMs =
    expected.sqlstate === '55P03' ? Math.ceil((await timeOf(made, naive)) / 3) : patienceMs;
  const application = await startApplication(applicationOf(made, statements, lockTimeoutMs));
  await application.serve(5);
  await made.database.query(`BEGIN; ${naive} COMMIT;`);
  await application.serve(1);
  const { failure } = await application.stop();
  expect(failure?.error.code).toBe(expected.sqlstate);
}

/** How long it takes, in ms, where nobody else is and all is in the cache; it is rolled back. */
async function timeOf({ database }: Scene, sql: string): Promise<number> {
  const tries: number[] = [];
  for (let n = 0; n < 2; n += 1) {
    const startedAt = performance.now();
    await database.query(`BEGIN; ${sql}`);
    tries.push(performance.now() - startedAt);
    await database.query('ROLLBACK');
  }
  return Math.min(...tries);
}

/** Runs the page's files, deploy by deploy, beside the application that serves then; the next one comes afterwards. */
async function deployAll(made: Scene, { deploys }: TaskPage, right: Task['right']): Promise<void> {
  const start = (statements: readonly string[]): Promise<Application> =>
    startApplication(applicationOf(made, statements, patienceMs));
  let application = await start(deploys.find(({ serving }) => serving.length > 0)?.serving ?? []);
  for (const [at, { files, serving, next }] of deploys.entries()) {
    if (at > 0 && serving.length > 0) {
      await expectService(application);
      application = await start(serving);
    }
    await application.serve(50);
    await bring(made, files);
    await application.serve(50);
    if (next.length > 0) {
      const following = await start(next);
      await Promise.all([application.serve(200), following.serve(200)]);
      await expectService(application);
      application = following;
    }
    const query = right[at];
    if (query !== undefined) expect(await made.database.query(query)).toEqual([{ right: true }]);
  }
  await expectService(application);
}

/** Stops an application, none of whose statements has failed or waited for longer than the page says. */
async function expectService(application: Application): Promise<void> {
  const { failure, longestMs } = await application.stop();
  expect(failure).toBeNull();
  expect(longestMs).toBeLessThan(patienceMs + marginMs);
}

function write({ project }: Scene, files: Deploy['files']): void {
  for (const [path, sql] of Object.entries(files))
    project.write(path, sql.replace('pause 100ms', 'pause 5ms'));
}

/** One deploy: its files are added, the lock is written, and `up` runs, both with the limit that the pages recommend. */
async function bring(made: Scene, files: Deploy['files']): Promise<void> {
  write(made, files);
  const told = expectSuccess(await check(made, '--write --json', limit));
  const { locks = [] } = JSON.parse(told.stdout);
  expect(locks.filter(({ isLong }: { isLong: boolean }) => isLong)).toEqual([]);
  expectSuccess(await made.run('up', limit));
}
