import { backendRunning } from '../../support/activity.ts';
import { statesOf } from '../../support/ledger.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';

const a = 'migrations/20250101000000_a.sql';
const b = 'migrations/20250102000000_b.sql';
const c = 'migrations/20250103000000_c.sql';
const done = ['20250101000000:done', '20250102000000:done', '20250103000000:done'];

const levels = [
  ['serializable', 'serializable'],
  ['repeatable-read', 'repeatable read'],
] as const;

const files = (level: string): Record<string, string> => ({
  [a]: `-- slipway: isolation ${level}\nCREATE TABLE public.levels AS SELECT current_setting('transaction_isolation') AS level;`,
  [b]: "INSERT INTO public.levels SELECT current_setting('transaction_isolation');",
  [c]: `-- slipway: isolation ${level}\nINSERT INTO public.levels SELECT current_setting('transaction_isolation');`,
});

describe('a migration with a level of isolation', () => {
  const scene = useScenes();

  test.each(levels)('%s runs in a transaction of that level, and no other does', async (level, name) => {
    for (const isProved of [false, true]) {
      const { run, database } = await scene(files(level));
      if (isProved) expectSuccess(await run('check --write'));
      expectSuccess(await run('up'));
      expect(await database.query('SELECT level FROM public.levels')).toEqual(
        [name, 'read committed', name].map((one) => ({ level: one })),
      );
      expect(await statesOf(database)).toEqual(done);
      expectSuccess(await run('up'));
    }
  });

  test.each(levels)('%s, by six runs at once: each is applied once', async (level) => {
    const { run, database } = await scene(files(level));
    const results = await Promise.all(Array.from({ length: 6 }, () => run('up')));
    for (const result of results) expectSuccess(result);
    expect(await database.query('SELECT count(*)::int AS n FROM public.levels')).toEqual([{ n: 3 }]);
    const applied = results.flatMap(({ logs }) => logs.filter(({ event }) => event === 'applied'));
    expect(applied).toHaveLength(3);
  });

  test('that another transaction gets in the way of (40001) is tried again', async () => {
    const { run, project, database } = await scene({ [a]: 'CREATE TABLE public.t AS SELECT 1 AS n;' });
    expectSuccess(await run('up'));
    project.write(b, '-- slipway: isolation repeatable-read\nUPDATE public.t SET n = n + 1;');
    const other = await database.connect();
    await other.query('BEGIN; UPDATE public.t SET n = 10');
    const running = startSlipway(['up'], { cwd: project.directory, env: database.env });
    await backendRunning(database, /UPDATE public.t/);
    await other.query('COMMIT');
    const result = await running.done;
    expectSuccess(result);
    expect(
      result.logs.filter(({ event, sqlstate }) => event === 'gaveWay' && sqlstate === '40001'),
    ).toMatchObject([{ msg: expect.stringContaining('serialization failure: backed off, attempt 1 of 3') }]);
    expect(await database.query('SELECT n FROM public.t')).toEqual([{ n: 11 }]);
  });

  test('that takes its snapshot sees what another run has committed before it had the lock', async () => {
    const { run, project, database } = await scene({ [a]: 'CREATE TABLE public.t (n int);' });
    expectSuccess(await run('up'));
    project.write(b, '-- slipway: isolation serializable\nINSERT INTO public.t VALUES (1);');
    const other = await database.connect();
    // As another run does at the end of its step: the row is written, the lock is free with COMMIT.
    await other.query(
      "BEGIN; INSERT INTO slipway.ledger SELECT app, '20250102000000', 'b', kind, origin, state, checksum, started_at, finished_at, duration_ms, applied_by, slipway, run, pg_current_xact_id()::text, accepted, format FROM slipway.ledger",
    );
    const running = startSlipway(['up'], { cwd: project.directory, env: database.env });
    await backendRunning(database, /LOCK TABLE/);
    await other.query('COMMIT');
    // Its own row is the other's, of a file with another checksum.
    expectFailure(await running.done, { code: 82, names: /was edited after it was applied/, remedy: /./ });
    expect(await database.query('SELECT FROM public.t')).toEqual([]);
  });

  test.each([
    ['isolation snapshot', /"snapshot" is not a level of isolation/],
    ['no-transaction\n-- slipway: isolation serializable', /a no-transaction file asks for a level/],
  ])('%s is refused', async (directive, names) => {
    const { run } = await scene({ [a]: `-- slipway: ${directive}\nSELECT 1;` });
    expectFailure(await run('up'), { code: 65, names, remedy: /./ });
  });
});
