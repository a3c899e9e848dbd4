import { eventually, slipwayBackends } from '../../support/activity.ts';
import { expectSuccess, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';
import { tapWire } from '../../support/wire-tap.ts';

/** What stands ahead of a body goes in a message of its own, together with that of the body. */
const scene = useScenes();
const [a, b, c] = ['20250101000000_a', '20250102000000_b', '20250103000000_c'].map(
  (name) => `migrations/${name}.sql`,
) as [string, string, string];
const table = 'CREATE TABLE public.one (a int);';
const waiting = 'SELECT pg_advisory_xact_lock(4711)';

test.each([
  ['the first', { [a]: `${table}\n${waiting}` }, '1 of 1: 20250101000000_a', false],
  [
    'a later one',
    { [a]: table, [b]: `ALTER TABLE public.one ADD b int;\n${waiting}` },
    '2 of 2: 20250102000000_b',
    false,
  ],
  [
    'a proved one',
    { [a]: table, [b]: `ALTER TABLE public.one ADD b int;\n${waiting}` },
    '2 of 2: 20250102000000_b',
    true,
  ],
] as const)(
  'the server shows title and statements of %s while it runs',
  async (_, files, title, isLocked) => {
    const { run, project, database } = await scene(files);
    if (isLocked) expectSuccess(await run('check --write'));
    const person = await database.connect();
    await person.query('SELECT pg_advisory_lock(4711)');
    const running = startSlipway(['up'], {
      cwd: project.directory,
      env: { ...database.env, SLIPWAY_DDL_LOCK_TIMEOUT: '60s' },
    });
    const { query } = await eventually(
      async () => (await slipwayBackends(database)).find(({ waits }) => waits === 'advisory'),
      'the wait of the migration',
    );
    await person.query('SELECT pg_advisory_unlock(4711)');
    expectSuccess(await running.done);
    await person.end();
    expect(query.split('\n')[0]).toBe(`-- slipway: ${title}`);
    // PostgreSQL shows 1,024 bytes unless track_activity_query_size says otherwise.
    expect(Buffer.from(query).subarray(0, 500).toString()).toContain(waiting);
  },
);

test('the message of a body does nothing where the one ahead of it has not begun the transaction', async () => {
  const { run, database } = await scene({
    [a]: table,
    [b]: 'CREATE TABLE public.two ();',
    [c]: 'CREATE TABLE public.three ();',
  });
  expectSuccess(await run('check --write'));
  const tap = await tapWire(Number(database.env.PGPORT));
  try {
    expectSuccess(await run('up', { PGPORT: String(tap.port) }));
  } finally {
    await tap.close();
  }
  const bodies = tap.queries.filter((query) => /CREATE TABLE public\.(?:one|two|three)/.test(query));
  // One more where another database of the server was written to meanwhile.
  expect(bodies.length).toBeGreaterThanOrEqual(3);
  await database.query('DROP TABLE public.one, public.two, public.three');
  for (const body of bodies) await expect(database.query(body)).rejects.toThrow('division by zero');
  expect(await database.query(`SELECT FROM pg_class WHERE relname IN ('one', 'two', 'three')`)).toEqual([]);
});
