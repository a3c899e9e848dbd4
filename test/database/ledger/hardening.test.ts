import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';

const scene = useScenes();
const a = 'migrations/20250101000000_a.sql';
const b = 'migrations/20250102000000_b.sql';
const files = { [a]: 'CREATE TABLE a (n int);' };

const columns = `app text, version text, name text, kind text, origin text, state text, checksum text, started_at timestamptz,
  finished_at timestamptz, duration_ms bigint, applied_by text, slipway text, run text, transaction_id text, accepted jsonb, format smallint`;

describe('a ledger that somebody else has planted, met by a superuser', () => {
  test('whose column default is a function of theirs: 81, and the function does not run', async () => {
    const { run, database, role } = await scene(files);
    const { name } = await role();
    await database.query(`CREATE SCHEMA slipway AUTHORIZATION ${name};
      CREATE TABLE public.trapped (); GRANT ALL ON public.trapped TO public;
      SET ROLE ${name};
      CREATE FUNCTION slipway.trap() RETURNS smallint LANGUAGE sql AS 'INSERT INTO public.trapped DEFAULT VALUES; SELECT 1::smallint';
      CREATE TABLE slipway.ledger (${columns} DEFAULT slipway.trap());
      RESET ROLE`);
    expectFailure(await run('up'), {
      code: 81,
      names: /cannot be trusted/,
      remedy: /who made or changed it/,
    });
    expect(await database.query('SELECT count(*)::int AS n FROM public.trapped')).toEqual([{ n: 0 }]);
  });

  test('one of whose columns has a type with a cast of theirs: 81 also for who only asks, and the cast does not run', async () => {
    const { run, database, role } = await scene(files);
    const { name } = await role();
    await database.query(`CREATE SCHEMA slipway AUTHORIZATION ${name};
      SET ROLE ${name};
      CREATE TYPE slipway.mood AS ENUM ('calm');
      CREATE FUNCTION slipway.shout(slipway.mood) RETURNS json LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the cast of a user has run'; END $$;
      CREATE CAST (slipway.mood AS json) WITH FUNCTION slipway.shout(slipway.mood);
      CREATE TABLE slipway.ledger (${columns}, mood slipway.mood);
      INSERT INTO slipway.ledger (app, version, state, format, mood) VALUES ('default', '20250101000000', 'done', 1, 'calm');
      RESET ROLE`);
    for (const line of ['plan', 'up']) {
      expectFailure(await run(line), { code: 81, names: /cannot be trusted/, remedy: /who made/ });
    }
    expect(JSON.parse(expectSuccess(await run('status --json')).stdout)).toMatchObject({ state: 'corrupt' });
  });
});

test('a ledger that lacks columns which are written: 81', async () => {
  const { run, database } = await scene(files);
  await database.query(
    'CREATE SCHEMA slipway; CREATE TABLE slipway.ledger (app text, version text, state text, format smallint)',
  );
  expectFailure(await run('up'), { code: 81, names: /lacks columns/, remedy: /who made/ });
});

test('a version that was completed in time to come is not waited for: the clock was set back', async () => {
  const { run, database, project } = await scene(files);
  expectSuccess(await run('up'));
  await database.query(`UPDATE slipway.ledger SET finished_at = now() + interval '1 day'`);
  project.write(b, 'CREATE TABLE b ();');
  expectSuccess(await run('up', { SLIPWAY_RUN_TIMEOUT: '5s' }));
});

test('a ledger whose columns have other types than are written: 81', async () => {
  const { run, database } = await scene(files);
  expectSuccess(await run('up'));
  await database.query('ALTER TABLE slipway.ledger ALTER duration_ms TYPE text, ALTER accepted TYPE json');
  expectFailure(await run('up'), {
    code: 81,
    names: /columns of Slipway's ledger, or has them with other types/,
    remedy: /who made/,
  });
});

test('a block outside of a transaction that committed before it failed is not taken back: 84, and not run twice', async () => {
  const { run, database, ledger } = await scene({
    ...files,
    [b]: `-- slipway: no-transaction\nDO $$ BEGIN INSERT INTO a VALUES (1); COMMIT; RAISE EXCEPTION 'half way'; END $$;`,
  });
  const failure = expectFailure(await run('up'), {
    code: 84,
    names: /half way/,
    remedy: /may have committed a part/,
  });
  expect(failure.detail).toContainEqual('failed, outside of a transaction: 20250102000000_b');
  expectFailure(await run('up'), { code: 84, names: /never finished/, remedy: /slipway repair/ });
  expect(await database.query('SELECT count(*)::int AS n FROM a')).toEqual([{ n: 1 }]);
  expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'running']);
});

test('a concurrent index that backs off is built again from scratch when it is tried again', async () => {
  const { run, database, ledger, project } = await scene({
    ...files,
    [b]: '-- slipway: no-transaction\n-- slipway: lock-timeout 300ms\nCREATE INDEX CONCURRENTLY a_n ON a (n);',
  });
  await database.query('CREATE TABLE a (n int)');
  expectSuccess(await run('adopt --as 20250101000000 --unverified'));
  const writer = await database.connect();
  try {
    await writer.query('BEGIN; INSERT INTO a VALUES (1)');
    const running = startSlipway(['up'], { cwd: project.directory, env: database.env });
    await running.waitForLog(({ event }) => event === 'gaveWay');
    await writer.query('COMMIT');
    expectSuccess(await running.done);
  } finally {
    await writer.end();
  }
  expect(await database.query(`SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass`)).toEqual([
    { indisvalid: true },
  ]);
  expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'done']);
});

test("a database's own statement_timeout does not end an inspection", async () => {
  const { run, database } = await scene(files);
  expectSuccess(await run('up'));
  await database.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 10', current_database()); END $$`,
  );
  expectSuccess(await run('up'));
  expectSuccess(await run('status'));
});

test('a database that is made for SLIPWAY_ROLE belongs to it', async () => {
  const { run, database, role } = await scene(files);
  const [owner, login] = [await role(), await role('CREATEDB')];
  await database.query(`GRANT ${owner.name} TO ${login.name}`);
  const name = `${database.name}_made`;
  try {
    expectSuccess(
      await run('up', {
        ...login.env,
        PGDATABASE: name,
        SLIPWAY_ROLE: owner.name,
        SLIPWAY_CREATE_DATABASE: 'on',
      }),
    );
  } finally {
    await database.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
});

test('what a body has set does not go to the next client of the connection', async () => {
  const { run, database } = await scene({
    [a]: "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.a ();",
    [b]: 'CREATE TABLE b ();',
  });
  expectSuccess(await run('up'));
  expect(await database.query(`SELECT to_regclass('public.b') IS NOT NULL AS is_there`)).toEqual([
    { is_there: true },
  ]);
});

test('the values of a row that breaks a constraint are not shown', async () => {
  const { run } = await scene({
    [a]: "CREATE TABLE a (token text PRIMARY KEY); INSERT INTO a VALUES ('hunter2');\nINSERT INTO a SELECT token FROM a;",
  });
  const result = await run('up');
  const failure = expectFailure(result, { code: 65, names: /duplicate key/, remedy: /Correct/ });
  expect(failure.detail).toContainEqual('detail: Key (token) already exists.');
});
