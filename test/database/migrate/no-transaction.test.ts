import type pg from 'pg';
import { backendRunning, eventually, nobodyLeft } from '../../support/activity.ts';
import { createDatabase, majors, named, newestMajor, type TestDatabase } from '../../support/database.ts';
import { statesOf } from '../../support/ledger.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { type RunningSlipway, type SlipwayResult, slipway, startSlipway } from '../../support/slipway.ts';

jest.setTimeout(60_000);

const table = '20250101000000';
const index = '20250102000000';
const after = '20250103000000';
const done = [`${table}:done`, `${index}:done`, `${after}:done`];
const indexPath = `migrations/${index}_index.sql`;
const concurrently = '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY items_n ON public.items (n);\n';

let project: Project;
let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase(newestMajor);
  project = makeProject({
    [`migrations/${table}_table.sql`]:
      'CREATE TABLE public.items (n int);\nINSERT INTO public.items SELECT generate_series(1, 1000);',
    [indexPath]: concurrently,
    [`migrations/${after}_after.sql`]: 'CREATE TABLE public.after (n int);',
  });
});
afterEach(async () => {
  await database.drop();
  project.destroy();
});

const env = (more: Record<string, string> = {}) => ({
  cwd: project.directory,
  env: { ...database.env, ...more },
});
const up = (more?: Record<string, string>): Promise<SlipwayResult> => slipway(['up'], env(more));
const start = (more?: Record<string, string>): RunningSlipway => startSlipway(['up'], env(more));
const failure = ({ logs }: SlipwayResult) => logs.find(({ event }) => event === 'failed');

/** Applies the table alone. */
async function applyTable(): Promise<void> {
  const first = makeProject({ [`migrations/${table}_table.sql`]: tableSql() });
  const { code } = await slipway(['up'], { cwd: first.directory, env: database.env });
  first.destroy();
  expect(code).toBe(0);
}
const tableSql = (): string =>
  'CREATE TABLE public.items (n int);\nINSERT INTO public.items SELECT generate_series(1, 1000);';

/** A transaction that a concurrent build must wait for: until the table is free, or until old snapshots are gone. */
async function block(how: 'writer' | 'snapshot'): Promise<pg.Client> {
  const blocker = await database.connect({ application_name: 'blocker' });
  await blocker.query(
    how === 'writer'
      ? 'BEGIN; INSERT INTO public.items VALUES (0)'
      : 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class',
  );
  return blocker;
}

/** The indexes of the table that nobody may rely on, and those that hold. */
const indexes = async (): Promise<{ name: string; valid: boolean }[]> =>
  database.query(
    `SELECT indexrelid::regclass::text AS name, indisvalid AS valid FROM pg_index
      WHERE indrelid = 'public.items'::regclass ORDER BY 1`,
  );

describe.each(named(majors))('a concurrent index on PostgreSQL $version', ({ major }) => {
  const killers: readonly (readonly [string, (running: RunningSlipway, pid: number) => Promise<unknown>])[] =
    [
      ['kill -9 of slipway', async (running) => running.kill('SIGKILL')],
      ['SIGTERM', async (running) => running.kill('SIGTERM')],
      [
        'kill -9 of slipway, and its backend ended',
        async (running, pid) => {
          running.kill('SIGKILL');
          await database.query('SELECT pg_terminate_backend($1)', [pid]);
        },
      ],
    ];
  const stages = ['writer', 'snapshot'] as const;

  const cases = killers.flatMap(([title, kill]) => stages.map((stage) => ({ title, stage, kill })));

  test.each(major === newestMajor ? cases : cases.slice(1, 2))(
    'interrupted by $title while it waits for a $stage: the next run converges',
    async ({ stage, kill }) => {
      if (major !== newestMajor) {
        await database.drop();
        database = await createDatabase(major);
      }
      await applyTable();
      const blocker = await block(stage);
      const running = start();
      const { pid } = await backendRunning(database, /^\s*(--.*\n)?\s*CREATE INDEX CONCURRENTLY/);
      await eventually(async () => (await indexes()).length === 1, 'the beginning of the build');
      expect(await statesOf(database)).toEqual([`${table}:done`, `${index}:running`]);
      await kill(running, pid);
      await running.done;
      await nobodyLeft(database);
      expect(await indexes()).toEqual([{ name: 'items_n', valid: false }]);
      await blocker.query('COMMIT');
      const again = await up();
      expect(again.code).toBe(0);
      expect(again.logs.map(({ event }) => event)).toContain('rebuild');
      expect(await statesOf(database)).toEqual(done);
      expect(await indexes()).toEqual([{ name: 'items_n', valid: true }]);
    },
  );
});

describe('a concurrent index', () => {
  test('whose backend is ended is built again by the same run', async () => {
    await applyTable();
    const blocker = await block('snapshot');
    const running = start();
    const { pid } = await backendRunning(database, /CREATE INDEX CONCURRENTLY/);
    await eventually(async () => (await indexes()).length === 1, 'the beginning of the build');
    await database.query('SELECT pg_terminate_backend($1)', [pid]);
    await running.waitForLog(({ event }) => event === 'connectionLost');
    await blocker.query('COMMIT');
    expect((await running.done).code).toBe(0);
    expect(await statesOf(database)).toEqual(done);
    expect(await indexes()).toEqual([{ name: 'items_n', valid: true }]);
  });

  test('that waits names the blocker in its progress, and ends when it leaves', async () => {
    await applyTable();
    const blocker = await block('snapshot');
    const running = start({ SLIPWAY_DDL_LOCK_TIMEOUT: '100ms' });
    const said = await running.waitForLog(({ event }) => event === 'progress');
    expect(said.msg).toContain('waits for process');
    expect(said.msg).toContain('"blocker"');
    expect(said.msg).toContain('idle in transaction');
    await blocker.query('COMMIT');
    expect((await running.done).code).toBe(0);
    expect(await indexes()).toEqual([{ name: 'items_n', valid: true }]);
  });

  test('that another run builds is waited for, and not begun twice', async () => {
    await applyTable();
    const blocker = await block('snapshot');
    const first = start();
    await backendRunning(database, /CREATE INDEX CONCURRENTLY/);
    const second = start();
    const said = await second.waitForLog(({ event }) => event === 'lock');
    expect(said.msg).toContain('another run is at work');
    await blocker.query('COMMIT');
    const results = await Promise.all([first.done, second.done]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(results.map(({ logs }) => logs.filter(({ event }) => event === 'applied').length)).toEqual([2, 0]);
  });

  test('that is still being built by a server process without its client is waited for, and the log says so', async () => {
    await applyTable();
    const blocker = await block('snapshot');
    const running = start();
    await backendRunning(database, /CREATE INDEX CONCURRENTLY/);
    await eventually(async () => (await indexes()).length === 1, 'the beginning of the build');
    running.kill('SIGTERM');
    await running.done;
    await database.query('DROP INDEX public.items_n');
    const builder = await database.connect({ application_name: 'builder' });
    const built = builder.query('CREATE INDEX CONCURRENTLY items_n ON public.items (n)');
    await eventually(async () => (await indexes()).length === 1, "the builder's beginning");
    const next = start();
    const said = await next.waitForLog(({ event }) => event === 'building');
    expect(said.msg).toContain('public.items_n is still being built by process');
    await blocker.query('COMMIT');
    await built;
    expect((await next.done).code).toBe(0);
    expect(await indexes()).toEqual([{ name: 'items_n', valid: true }]);
    expect(await statesOf(database)).toEqual(done);
  });

  test('that is unique and meets duplicates: 65, no leftover, no row; corrected, it goes on', async () => {
    project.write(indexPath, concurrently.replace('INDEX', 'UNIQUE INDEX'));
    await applyTable();
    await database.query('INSERT INTO public.items VALUES (7)');
    const result = await up();
    expect(result.code).toBe(65);
    expect(failure(result)?.msg).toContain(`${indexPath}:2:1: could not create unique index "items_n"`);
    expect(await indexes()).toEqual([]);
    expect(await statesOf(database)).toEqual([`${table}:done`]);
    await database.query('DELETE FROM public.items WHERE n = 7');
    expect((await up()).code).toBe(0);
    expect(await statesOf(database)).toEqual(done);
  });

  test('with IF NOT EXISTS over an invalid index of the name is not believed: 84, and nothing is touched', async () => {
    project.write(indexPath, concurrently.replace('CONCURRENTLY', 'CONCURRENTLY IF NOT EXISTS'));
    await applyTable();
    await database.query('INSERT INTO public.items VALUES (7)');
    await expect(
      database.query('CREATE UNIQUE INDEX CONCURRENTLY items_n ON public.items (n)'),
    ).rejects.toThrow();
    const result = await up();
    expect(result.code).toBe(84);
    expect(failure(result)?.msg).toContain(
      `${indexPath}: the index public.items_n is there already, and is invalid`,
    );
    expect(failure(result)?.remedy).toContain('DROP INDEX CONCURRENTLY public.items_n;');
    expect(await indexes()).toEqual([{ name: 'items_n', valid: false }]);
    expect(await statesOf(database)).toEqual([`${table}:done`]);
    await database.query('DROP INDEX CONCURRENTLY public.items_n');
    expect((await up()).code).toBe(0);
    expect(await indexes()).toEqual([{ name: 'items_n', valid: true }]);
  });

  test('with IF NOT EXISTS over a valid index of the name is done', async () => {
    project.write(indexPath, concurrently.replace('CONCURRENTLY', 'CONCURRENTLY IF NOT EXISTS'));
    await applyTable();
    await database.query('CREATE INDEX items_n ON public.items (n)');
    expect((await up()).code).toBe(0);
    expect(await statesOf(database)).toEqual(done);
  });

  test('that exceeds SLIPWAY_STATEMENT_TIMEOUT: 65, no leftover, no row', async () => {
    await applyTable();
    const blocker = await block('snapshot');
    const result = await up({ SLIPWAY_STATEMENT_TIMEOUT: '500ms' });
    expect(result.code).toBe(65);
    expect(failure(result)?.remedy).toContain('SLIPWAY_STATEMENT_TIMEOUT');
    await blocker.query('COMMIT');
    expect((await up()).code).toBe(0);
    expect(await indexes()).toEqual([{ name: 'items_n', valid: true }]);
  });
});

describe('a statement that leaves no mark to judge by', () => {
  const kinds = [
    ['an index without a name', 'CREATE INDEX CONCURRENTLY ON public.items (n);'],
    ['a block', 'DO LANGUAGE plpgsql $$ BEGIN LOCK TABLE public.items; END $$;'],
  ] as const;

  /** What stands in the way of each of them. */
  async function hold(): Promise<pg.Client> {
    const blocker = await database.connect({ application_name: 'blocker' });
    await blocker.query('BEGIN; LOCK TABLE public.items IN SHARE UPDATE EXCLUSIVE MODE');
    return blocker;
  }

  test.each(kinds)('%s, interrupted: 84 with what to check; a second run meanwhile waits', async (_, sql) => {
    project.write(indexPath, `-- slipway: no-transaction\n${sql}\n`);
    await applyTable();
    await database.query('CREATE INDEX items_old ON public.items (n)');
    const blocker = await hold();
    const running = start({ SLIPWAY_DDL_LOCK_TIMEOUT: '1h' });
    const { pid } = await backendRunning(database, new RegExp(sql.slice(0, 6)));
    const second = start({ SLIPWAY_LOCK_TIMEOUT: '1s' });
    const other = await second.done;
    expect(other.code).toBe(75);
    expect(failure(other)?.msg).toContain(`process ${pid}`);
    running.kill('SIGKILL');
    await nobodyLeft(database);
    await blocker.query('COMMIT');
    const result = await up();
    expect(result.code).toBe(84);
    expect(failure(result)?.msg).toContain(`${indexPath}: ${index}_index was started at`);
    expect(failure(result)?.remedy).toContain('may be half done. `slipway repair`');
    expect(await statesOf(database)).toEqual([`${table}:done`, `${index}:running`]);
    await database.query(
      "UPDATE slipway.ledger SET state = 'done', finished_at = now() WHERE state = 'running'",
    );
    expect((await up()).code).toBe(0);
    expect(await statesOf(database)).toEqual(done);
  });

  test('ALTER SYSTEM that the server refuses: 65, and no row is left', async () => {
    project.write(indexPath, "-- slipway: no-transaction\nALTER SYSTEM SET work_mem = 'a lot';\n");
    const result = await up();
    expect(result.code).toBe(65);
    expect(failure(result)?.msg).toContain(`${indexPath}:2:`);
    expect(await statesOf(database)).toEqual([`${table}:done`]);
  });
});
