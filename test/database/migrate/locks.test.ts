import { backendRunning, eventually, nobodyLeft } from '../../support/activity.ts';
import { createDatabase, newestMajor, type TestDatabase } from '../../support/database.ts';
import { statesOf } from '../../support/ledger.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { type RunningSlipway, type SlipwayResult, slipway, startSlipway } from '../../support/slipway.ts';

jest.setTimeout(60_000);

const table = '20250101000000';
const change = '20250102000000';
const changePath = `migrations/${change}_change.sql`;
const tableSql = 'CREATE TABLE public.items (n int);\nCREATE TABLE public.other (n int);';

let project: Project;
let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase(newestMajor);
  project = makeProject({ [`migrations/${table}_table.sql`]: tableSql });
  expect((await up()).code).toBe(0);
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
const events = ({ logs }: SlipwayResult, event: string) => logs.filter((line) => line.event === event);

describe('a second run', () => {
  test('names who holds the lock, and is 75 after SLIPWAY_LOCK_TIMEOUT', async () => {
    project.write(changePath, 'SELECT pg_sleep(60);');
    const first = start();
    const { pid } = await backendRunning(database, /pg_sleep/);
    const second = await up({ SLIPWAY_LOCK_TIMEOUT: '1s' });
    expect(second.code).toBe(75);
    expect(failure(second)?.msg).toMatch(/the lock of app "default" was not free within 1\.\d s/);
    expect(failure(second)?.msg).toContain(`process ${pid}, "slipway `);
    expect(failure(second)?.remedy).toContain('SLIPWAY_LOCK_TIMEOUT');
    expect(events(second, 'lock')).toHaveLength(1);
    expect(events(second, 'plan')).toHaveLength(1);
    expect(events(second, 'applying')).toHaveLength(0);
    expect(second.ms).toBeLessThan(3000);
    first.kill('SIGTERM');
    expect((await first.done).code).toBe(143);
  });

  test('with SLIPWAY_LOCK_TIMEOUT=0 does not wait', async () => {
    project.write(changePath, 'SELECT pg_sleep(60);');
    const first = start();
    await backendRunning(database, /pg_sleep/);
    const second = await up({ SLIPWAY_LOCK_TIMEOUT: '0' });
    expect(second.code).toBe(75);
    expect(failure(second)?.msg).toContain('held by process');
    expect(second.ms).toBeLessThan(2000);
    first.kill('SIGTERM');
    await first.done;
  });

  test('goes on when the first one fails, and meets the same failure', async () => {
    project.write(changePath, 'SELECT pg_sleep(1); SELECT 1/0;');
    const first = start();
    await backendRunning(database, /pg_sleep/);
    const second = await up();
    expect([(await first.done).code, second.code]).toEqual([65, 65]);
    expect(await statesOf(database)).toEqual([`${table}:done`]);
  });

  test('of another app is not in the way', async () => {
    project.write(changePath, 'SELECT pg_sleep(60);');
    const first = start();
    await backendRunning(database, /pg_sleep/);
    const other = makeProject({
      'migrations/20250101000000_other.sql': 'CREATE TABLE public.second_app (n int);',
    });
    const result = await slipway(['up'], {
      cwd: other.directory,
      env: { ...database.env, SLIPWAY_APP: 'other', SLIPWAY_LOCK_TIMEOUT: '0' },
    });
    other.destroy();
    expect(result.code).toBe(0);
    first.kill('SIGTERM');
    await first.done;
  });
});

describe('a migration that needs a table somebody else uses', () => {
  beforeEach(() => project.write(changePath, 'ALTER TABLE public.items ADD COLUMN more text;'));

  const read = async () => {
    const reader = await database.connect({ application_name: 'report' });
    await reader.query('BEGIN; SELECT count(*) FROM public.items');
    return reader;
  };

  test('backs off, names the blocker, lets others pass, and succeeds when the reader leaves', async () => {
    const reader = await read();
    const running = start({ SLIPWAY_DDL_LOCK_TIMEOUT: '1500ms' });
    const said = await running.waitForLog(({ event }) => event === 'gaveWay');
    expect(said.msg).toContain('lock timeout: backed off, attempt 1 of 10');
    expect(said.msg).toContain('"report"');
    expect(said.sqlstate).toBe('55P03');
    await database.query('SELECT count(*) FROM public.items');
    await reader.query('COMMIT');
    const result = await running.done;
    expect(result.code).toBe(0);
    expect(await statesOf(database)).toEqual([`${table}:done`, `${change}:done`]);
  });

  test('is 75 after 10 tries, says who held the table, and leaves nothing', async () => {
    await read();
    const result = await up({ SLIPWAY_DDL_LOCK_TIMEOUT: '300ms' });
    expect(result.code).toBe(75);
    expect(events(result, 'gaveWay')).toHaveLength(9);
    expect(failure(result)?.msg).toContain(
      `${changePath}:1:1: canceling statement due to lock timeout (10 attempts)`,
    );
    expect(failure(result)?.remedy).toContain('SLIPWAY_DDL_LOCK_TIMEOUT');
    expect(JSON.stringify(failure(result)?.detail)).toContain('report');
    expect(await statesOf(database)).toEqual([`${table}:done`]);
  });

  test('backs off also where a deferred trigger needs it, at the end of the transaction', async () => {
    project.write(
      changePath,
      `CREATE FUNCTION public.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE public.items; RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER late AFTER INSERT ON public.other DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.late();
       INSERT INTO public.other VALUES (1);`,
    );
    const reader = await read();
    const running = start({ SLIPWAY_DDL_LOCK_TIMEOUT: '100ms' });
    const said = await running.waitForLog(({ event }) => event === 'gaveWay');
    expect(said).toMatchObject({
      sqlstate: '55P03',
      msg: expect.stringContaining(`${changePath}: at the end of its transaction: canceling statement`),
    });
    expect(await statesOf(database)).toEqual([`${table}:done`]);
    await reader.query('COMMIT');
    expect((await running.done).code).toBe(0);
    expect(await statesOf(database)).toEqual([`${table}:done`, `${change}:done`]);
  });

  test('waits as long as its directive says', async () => {
    project.write(changePath, '-- slipway: lock-timeout 30s\nALTER TABLE public.items ADD COLUMN more text;');
    const reader = await read();
    const running = start({ SLIPWAY_DDL_LOCK_TIMEOUT: '100ms' });
    const said = await running.waitForLog(({ event }) => event === 'progress');
    expect(said.msg).toContain('"report"');
    await reader.query('COMMIT');
    const result = await running.done;
    expect(result.code).toBe(0);
    expect(events(result, 'gaveWay')).toHaveLength(0);
  });
});

test('a deadlock is broken by the server, and the migration tried again', async () => {
  project.write(changePath, 'LOCK TABLE public.items;\nSELECT pg_sleep(0.5);\nLOCK TABLE public.other;');
  const other = await database.connect({ application_name: 'other' });
  await other.query("SET deadlock_timeout = '1h'; BEGIN; LOCK TABLE public.other");
  const running = start({ SLIPWAY_DDL_LOCK_TIMEOUT: '30s' });
  await backendRunning(database, /pg_sleep/);
  const queued = other.query('LOCK TABLE public.items');
  const said = await running.waitForLog(({ event }) => event === 'gaveWay');
  expect(said).toMatchObject({
    sqlstate: '40P01',
    msg: expect.stringContaining('deadlock: backed off, attempt 1 of 3'),
  });
  await queued;
  await other.query('COMMIT');
  expect((await running.done).code).toBe(0);
  expect(await statesOf(database)).toEqual([`${table}:done`, `${change}:done`]);
});

test('the ledger itself locked by somebody: the inspection is 75, and says so', async () => {
  const other = await database.connect();
  await other.query('BEGIN; LOCK TABLE slipway.ledger');
  const result = await up();
  expect(result.code).toBe(75);
  expect(failure(result)?.msg).toContain('the database is busy');
  await other.query('COMMIT');
  expect((await up()).code).toBe(0);
});

describe('deadlines', () => {
  test('a statement beyond SLIPWAY_STATEMENT_TIMEOUT: 65, rolled back', async () => {
    project.write(changePath, 'CREATE TABLE public.half (n int);\nSELECT pg_sleep(60);');
    const result = await up({ SLIPWAY_STATEMENT_TIMEOUT: '300ms' });
    expect(result.code).toBe(65);
    expect(failure(result)?.msg).toContain(`${changePath}:2:1: canceling statement due to statement timeout`);
    expect(failure(result)?.remedy).toContain('SLIPWAY_STATEMENT_TIMEOUT');
    expect(await statesOf(database)).toEqual([`${table}:done`]);
    expect(await database.query("SELECT to_regclass('public.half') AS half")).toEqual([{ half: null }]);
  });

  test('a run beyond SLIPWAY_RUN_TIMEOUT: 75, rolled back, and the backend is gone', async () => {
    project.write(changePath, 'CREATE TABLE public.half (n int);\nSELECT pg_sleep(60);');
    const result = await up({ SLIPWAY_RUN_TIMEOUT: '1s' });
    expect(result.code).toBe(75);
    expect(failure(result)?.msg).toContain('SLIPWAY_RUN_TIMEOUT');
    expect(result.ms).toBeLessThan(5000);
    await nobodyLeft(database);
    expect(await statesOf(database)).toEqual([`${table}:done`]);
    expect(await database.query("SELECT to_regclass('public.half') AS half")).toEqual([{ half: null }]);
  });

  test('a server process that stops answering does not outlast SLIPWAY_RUN_TIMEOUT', async () => {
    project.write(changePath, 'SELECT pg_sleep(60);');
    const running = start({ SLIPWAY_RUN_TIMEOUT: '3s' });
    const { pid } = await backendRunning(database, /pg_sleep/);
    process.kill(pid, 'SIGSTOP');
    const result = await running.done.finally(() => process.kill(pid, 'SIGCONT'));
    expect(result.code).toBe(75);
    expect(result.ms).toBeLessThan(8_000);
    await eventually(async () => (await statesOf(database)).length === 1, 'the rollback');
  });
});
