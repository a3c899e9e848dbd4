import { eventually, slipwayBackends } from '../../support/activity.ts';
import type { TestDatabase } from '../../support/database.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';

const a = 'migrations/20250101000000_a.sql';
const b = 'migrations/20250102000000_b.sql';

/** What another session has done and not committed yet when a migration does the same; `:r`, `:s` are roles, `:db` the database. */
const races = [
  ['ALTER ROLE', 'ALTER ROLE :r CONNECTION LIMIT 7', 'ALTER ROLE :r CONNECTION LIMIT 8'],
  ['ALTER ROLE ... SET', "ALTER ROLE :r SET work_mem = '5MB'", "ALTER ROLE :r SET work_mem = '6MB'"],
  ['a membership', 'GRANT :r TO :s', 'GRANT :r TO :s'],
  ['REVOKE of a membership', 'REVOKE pg_monitor FROM :r', 'REVOKE pg_monitor FROM :r'],
  ['COMMENT ON ROLE', "COMMENT ON ROLE :r IS 'one'", "COMMENT ON ROLE :r IS 'two'"],
  ['a privilege on the database', 'GRANT TEMP ON DATABASE :db TO :r', 'GRANT TEMP ON DATABASE :db TO :s'],
  [
    'ALTER DATABASE ... SET',
    "ALTER DATABASE :db SET work_mem = '5MB'",
    "ALTER DATABASE :db SET work_mem = '6MB'",
  ],
  ['a privilege on a schema', 'GRANT USAGE ON SCHEMA app TO :r', 'GRANT USAGE ON SCHEMA app TO :s'],
  ['a privilege on a table', 'GRANT SELECT ON app.t TO :r', 'GRANT SELECT ON app.t TO :s'],
  [
    'default privileges',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO :r',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO :s',
  ],
  ['CREATE SCHEMA IF NOT EXISTS', 'CREATE SCHEMA made', 'CREATE SCHEMA IF NOT EXISTS made'],
  [
    'CREATE TABLE IF NOT EXISTS',
    'CREATE TABLE app.made (n int)',
    'CREATE TABLE IF NOT EXISTS app.made (n int)',
  ],
  [
    'CREATE TYPE where it is asked whether it is there',
    'CREATE TYPE app.mood AS ENUM ()',
    `DO $$ BEGIN IF to_regtype('app.mood') IS NULL THEN CREATE TYPE app.mood AS ENUM (); END IF; END $$`,
  ],
  ['CREATE EXTENSION IF NOT EXISTS', 'CREATE EXTENSION hstore', 'CREATE EXTENSION IF NOT EXISTS hstore'],
  [
    'CREATE ROLE where it is asked whether it is there',
    'CREATE ROLE :r_new',
    `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ':r_new') THEN CREATE ROLE :r_new; END IF; END $$`,
  ],
  [
    'CREATE OR REPLACE FUNCTION',
    'CREATE OR REPLACE FUNCTION app.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'CREATE OR REPLACE FUNCTION app.f() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$',
  ],
  [
    'CREATE OR REPLACE FUNCTION of one that is there',
    'CREATE OR REPLACE FUNCTION app.g() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'CREATE OR REPLACE FUNCTION app.g() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$',
  ],
  ['the schema of the ledger', 'CREATE SCHEMA slipway', null],
] as const;

/** What a session of Slipway waits for that another one holds. */
const waiting = (database: TestDatabase): Promise<string> =>
  eventually(async () => {
    const waits = (await slipwayBackends(database)).map(({ waits }) => waits);
    return waits.find((wait) => wait === 'transactionid' || wait === 'object') ?? undefined;
  }, 'that it waits for the other session');

describe('Hostile and odd: two sessions that write one row of a catalog', () => {
  const scene = useScenes();

  test.each(races)('%s: tried again, and done', async (_, others, ours) => {
    const { run, role, project, database } = await scene({
      [a]: 'CREATE SCHEMA app; CREATE TABLE app.t (); CREATE FUNCTION app.g() RETURNS int LANGUAGE sql AS $$ SELECT 0 $$;',
    });
    const [r, s] = [(await role()).name, (await role()).name];
    const named = (sql: string): string =>
      sql.replaceAll(':db', database.name).replaceAll(':r', r).replaceAll(':s', s);
    await database.query(named('GRANT pg_monitor TO :r'));
    if (ours !== null) {
      expectSuccess(await run('up'));
      project.write(b, `${named(ours)};`);
    }
    const other = await database.connect();
    await other.query(`BEGIN; ${named(others)}`);
    const running = startSlipway(['up'], {
      cwd: project.directory,
      env: { ...database.env, SLIPWAY_DDL_LOCK_TIMEOUT: '60s' },
    });
    const wait = await waiting(database);
    await other.query('COMMIT');
    const { logs } = expectSuccess(await running.done);
    // Some majors lock the role itself, and nobody comes too late then.
    const tries = logs.filter(({ event }) => event === 'gaveWay').map(({ try: n }) => n);
    expect([wait, tries]).toEqual([wait, wait === 'object' ? [] : [1]]);
    await database.query(`DROP ROLE IF EXISTS ${r}_new; DROP OWNED BY ${r}, ${s}`);
  });

  test('CREATE ROLE of a role that another session makes at that moment: 65, as it is there then', async () => {
    const { run, role, project, database } = await scene({ [a]: 'SELECT 1;' });
    const { name } = await role();
    expectSuccess(await run('up'));
    project.write(b, `CREATE ROLE ${name}_new;`);
    const other = await database.connect();
    await other.query(`BEGIN; CREATE ROLE ${name}_new`);
    const running = startSlipway(['up'], {
      cwd: project.directory,
      env: { ...database.env, SLIPWAY_DDL_LOCK_TIMEOUT: '60s' },
    });
    await waiting(database);
    await other.query('COMMIT');
    expectFailure(await running.done, {
      code: 65,
      names: /already exists/,
      place: `${b}:1:1`,
      remedy: /CREATE ROLE/,
    });
    await database.query(`DROP ROLE ${name}_new`);
  });

  test('six databases that alter one role at once: all are done', async () => {
    const six = await Promise.all(Array.from({ length: 6 }, () => scene({ [a]: 'SELECT 1;' })));
    const { name } = (await six[0]?.role()) ?? { name: '' };
    for (const { project } of six)
      project.write(a, `ALTER ROLE ${name} CONNECTION LIMIT 9;\nSELECT pg_sleep(0.1);`);
    const results = await Promise.all(six.map(({ run }) => run('up', { SLIPWAY_DDL_LOCK_TIMEOUT: '60s' })));
    for (const result of results) expectSuccess(result);
    expect(
      results.flatMap(({ logs }) => logs.filter(({ event }) => event === 'gaveWay')).length,
    ).toBeGreaterThan(0);
  });

  test.each([
    [
      'a catalog that another session writes each time',
      75,
      'tuple concurrently updated',
      /tuple concurrently updated \(10 attempts\)/,
      /Another session changed the same role/,
    ],
    [
      'an object that is never found',
      65,
      'cache lookup failed for relation 4711',
      /cache lookup failed for relation 4711 \(3 attempts\)/,
      /see the server's log/,
    ],
  ])('%s: %d after some tries', async (_, code, message, names, remedy) => {
    const { run, ledger } = await scene({
      [a]: `DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE = '${message}'; END $$;`,
    });
    expectFailure(await run('up'), { code, names, place: `${a}:1:7`, remedy });
    expect(await ledger()).toEqual([]);
  });

  test('a key of the users that is there twice is no such race: 65 at the first try', async () => {
    const { run } = await scene({
      [a]: 'CREATE TABLE public.a (n int PRIMARY KEY); INSERT INTO public.a VALUES (1), (1);',
    });
    const result = await run('up');
    expectFailure(result, { code: 65, names: /duplicate key/, remedy: /Correct the statement/ });
    expect(result.logs.filter(({ event }) => event === 'gaveWay')).toEqual([]);
  });
});
