import { backendRunning } from '../../support/activity.ts';
import { administer, newestMajor } from '../../support/database.ts';
import { writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Role, type Scene, useScenes } from '../../support/scene.ts';
import { newSecret } from '../../support/secrets.ts';
import { startSlipway } from '../../support/slipway.ts';

const scene = useScenes();
const a = 'migrations/20250101000000_a.sql';
const files = {
  [a]: 'CREATE TABLE public.a (x int);',
  'migrations/20250102000000_b.sql': 'CREATE TABLE public.b (x int);',
};
const reading =
  /Name it in SLIPWAY_READERS.*GRANT USAGE ON SCHEMA "slipway" TO .*GRANT SELECT ON "slipway"\.ledger TO/;

/** A scene with roles; the first may make schemas, and tables in public. */
async function withRoles(count: number, sql = files): Promise<Scene & { readonly roles: readonly Role[] }> {
  const made = await scene(sql);
  const roles: Role[] = [];
  for (let n = 0; n < count; n += 1) roles.push(await made.role());
  const owner = roles[0]?.name;
  await made.database.query(
    `GRANT CREATE ON DATABASE ${made.database.name} TO ${owner}; GRANT CREATE ON SCHEMA public TO ${owner}`,
  );
  return { ...made, roles };
}

async function ownersOf({ database }: Scene): Promise<unknown> {
  return database.query(
    `SELECT oid::regclass::text AS name, relowner::regrole::text AS owner FROM pg_class
      WHERE oid IN (to_regclass('a'), to_regclass('b'), to_regclass('slipway.ledger')) ORDER BY 1`,
  );
}

test('without privileges beyond CREATE, a role brings the database to head', async () => {
  const made = await withRoles(1);
  const [owner] = made.roles;
  expectSuccess(await made.run('up', owner?.env));
  expect(await ownersOf(made)).toEqual([
    { name: 'a', owner: owner?.name },
    { name: 'b', owner: owner?.name },
    { name: 'slipway.ledger', owner: owner?.name },
  ]);
  expectSuccess(await made.run('up', owner?.env));
});

test('a schema that the owner made for the ledger is enough', async () => {
  const { run, role, database } = await scene(files);
  const { name, env } = await role();
  await database.query(
    `CREATE SCHEMA slipway AUTHORIZATION ${name}; GRANT CREATE ON SCHEMA public TO ${name}`,
  );
  expectSuccess(await run('up', env));
});

describe('SLIPWAY_ROLE', () => {
  test('is taken before any DDL: it owns everything, and the ledger says who logged in', async () => {
    const made = await withRoles(2);
    const [owner, login] = made.roles;
    await made.database.query(`GRANT ${owner?.name} TO ${login?.name}`);
    const env = { ...login?.env, SLIPWAY_ROLE: owner?.name };
    expectSuccess(await made.run('up', env));
    expect(await ownersOf(made)).toEqual(
      ['a', 'b', 'slipway.ledger'].map((name) => ({ name, owner: owner?.name })),
    );
    expect((await made.ledger()).map(({ applied_by }) => applied_by)).toEqual([login?.name, login?.name]);
    made.project.write(
      'migrations/20250103000000_c.sql',
      '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (x);',
    );
    made.project.write(
      'migrations/20250103000000_c.down.sql',
      '-- slipway: no-transaction\nDROP INDEX CONCURRENTLY i;',
    );
    expectSuccess(await made.run('up', env));
    for (const line of ['status --exit-code', 'plan', 'wait --timeout 0', 'down'])
      expectSuccess(await made.run(line, env));
  });

  test('a body that takes another role, or the one that logged in, does not lead the ledger astray', async () => {
    const made = await withRoles(2, {
      [a]: 'RESET ROLE; SET ROLE NONE; CREATE TABLE public.a (x int);',
      'migrations/20250102000000_b.sql': 'CREATE TABLE public.b (x int);',
    });
    const [owner, login] = made.roles;
    await made.database.query(
      `GRANT ${owner?.name} TO ${login?.name}; GRANT CREATE ON SCHEMA public TO ${login?.name}`,
    );
    expectSuccess(await made.run('up', { ...login?.env, SLIPWAY_ROLE: owner?.name }));
    expect(await ownersOf(made)).toMatchObject([
      { owner: login?.name },
      { owner: owner?.name },
      { owner: owner?.name },
    ]);
  });

  test('that does not exist or is not granted is named', async () => {
    const made = await withRoles(2);
    const [owner, login] = made.roles;
    const before = await made.fingerprint();
    for (const [role, names] of [
      [owner?.name ?? '', /permission denied to set role/],
      ['no_such_role', /role "no_such_role" does not exist/],
    ] as const) {
      for (const line of ['up', 'plan', 'wait --timeout 0']) {
        const result = await made.run(line, { ...login?.env, SLIPWAY_ROLE: role });
        expectFailure(result, { code: 77, names, remedy: new RegExp(`GRANT "${role}" TO "${login?.name}"`) });
      }
    }
    expect(await made.fingerprint()).toEqual(before);
  });
});

describe('SLIPWAY_READERS', () => {
  test('lets the app ask with its own credentials, and do no more', async () => {
    const made = await withRoles(2);
    const [owner, app] = made.roles;
    const readers = { SLIPWAY_READERS: `${app?.name},no_such_role` };
    const { logs } = expectSuccess(await made.run('up', { ...owner?.env, ...readers }));
    expect(logs).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: expect.stringMatching(/"no_such_role", which does not exist/),
      }),
    );
    for (const line of ['wait --timeout 0', 'status --exit-code', 'plan'])
      expectSuccess(await made.run(line, app?.env));
    const client = await made.database.connect({ user: app?.name, password: app?.env.PGPASSWORD });
    await expect(client.query(`DELETE FROM slipway.ledger`)).rejects.toMatchObject({ code: '42501' });
    made.project.write('migrations/20250103000000_c.sql', 'CREATE TABLE public.c ();');
    const before = await made.fingerprint();
    expectFailure(await made.run('up', app?.env), {
      code: 81,
      names: /belongs to "\w+_role1"/,
      remedy: /SLIPWAY_SCHEMA/,
    });
    expect(await made.fingerprint()).toEqual(before);
  });

  test('whoever is not among them is told what is missing', async () => {
    const made = await withRoles(2);
    const [owner, app] = made.roles;
    expectSuccess(await made.run('up', owner?.env));
    for (const line of ['status', 'plan', 'wait --timeout 0']) {
      expectFailure(await made.run(line, app?.env), {
        code: 77,
        names: new RegExp(`role "${app?.name}" may not read the ledger slipway\\.ledger`),
        remedy: reading,
      });
    }
  });

  test.each([
    ['without a lock file', false],
    ['with one', true],
  ])(
    'that are named later get their grant at the next start, %s, which then writes nothing more',
    async (_, isLocked) => {
      const made = await withRoles(2);
      const [owner, app] = made.roles;
      if (isLocked) await writeLock(made);
      expectSuccess(await made.run('up', owner?.env));
      const readers = { ...owner?.env, SLIPWAY_READERS: app?.name };
      for (const line of ['plan', 'status', 'wait --timeout 0']) expectSuccess(await made.run(line, readers));
      expectFailure(await made.run('wait --timeout 0', app?.env), {
        code: 77,
        names: /may not read/,
        remedy: reading,
      });
      expectSuccess(await made.run('up', readers));
      expectSuccess(await made.run('wait --timeout 0', app?.env));
      // The grant is a change of the catalog, which the start after it takes note of.
      expectSuccess(await made.run('up', readers));
      const before = await made.fingerprint();
      expectSuccess(await made.run('up', readers));
      expect(await made.fingerprint()).toEqual(before);
    },
  );

  test('that are named later get their grant with the next version', async () => {
    const made = await withRoles(2);
    const [owner, app] = made.roles;
    expectSuccess(await made.run('up', owner?.env));
    made.project.write('migrations/20250103000000_c.sql', 'CREATE TABLE public.c ();');
    expectSuccess(await made.run('up', { ...owner?.env, SLIPWAY_READERS: app?.name }));
    expectSuccess(await made.run('wait --timeout 0', app?.env));
  });
});

describe('SLIPWAY_CREATE_DATABASE', () => {
  const name = `made_${process.pid}`;
  afterEach(() => administer(newestMajor, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`));

  test('makes the database, whoever is first of several', async () => {
    const { run, role } = await scene({ [a]: 'SELECT 1;' });
    const { env } = await role('CREATEDB');
    const options = { ...env, PGDATABASE: name, SLIPWAY_CREATE_DATABASE: 'on' };
    const results = await Promise.all([run('up', options), run('up', options), run('up', options)]);
    for (const result of results) expectSuccess(result);
    expectSuccess(await run('status --exit-code', { ...env, PGDATABASE: name }));
  });

  test('says what is missing where the role may not', async () => {
    const { run, role } = await scene({ [a]: 'SELECT 1;' });
    const made = await role();
    expectFailure(await run('up', { ...made.env, PGDATABASE: name, SLIPWAY_CREATE_DATABASE: 'on' }), {
      code: 77,
      names: new RegExp(
        `the database "${name}" cannot be created: role "${made.name}" may not create databases`,
      ),
      remedy: new RegExp(
        `CREATE DATABASE "${name}" OWNER "${made.name}".*ALTER ROLE "${made.name}" CREATEDB`,
      ),
    });
  });

  test('is not for who only asks', async () => {
    const { run } = await scene({ [a]: 'SELECT 1;' });
    const env = { PGDATABASE: name, SLIPWAY_CREATE_DATABASE: 'on', SLIPWAY_WAIT_TIMEOUT: '0' };
    for (const line of ['status', 'plan', 'wait --timeout 0']) {
      expectFailure(await run(line, env), {
        code: 78,
        names: new RegExp(`"${name}" does not exist`),
        remedy: /Create it/,
      });
    }
  });
});

describe('SLIPWAY_VAR_x', () => {
  test('is read in SQL as slipway.x, in a transaction and outside of one, and by no later session', async () => {
    const { run, database } = await scene({
      [a]: "CREATE TABLE a AS SELECT current_setting('slipway.fee', true) AS fee, current_setting('slipway.unset', true) AS unset;",
      'migrations/20250102000000_b.mjs':
        "export async function up({ client }) { await client.query(`UPDATE a SET unset = current_setting('slipway.fee')`); }",
      'migrations/20250103000000_c.sql':
        "-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY ON a (fee) WHERE fee = current_setting('slipway.fee');",
    });
    const result = await run('up', { SLIPWAY_VAR_fee: `it's 5 "bps" \\ żółw` });
    expect(await database.query('SELECT * FROM a')).toEqual([
      { fee: `it's 5 "bps" \\ żółw`, unset: `it's 5 "bps" \\ żółw` },
    ]);
    expectFailure(result, { code: 65, names: /IMMUTABLE/, remedy: /Correct the statement/ });
    expect(await database.query(`SELECT current_setting('slipway.fee', true) AS fee`)).toEqual([
      { fee: null },
    ]);
  });

  test('what they hold is not among what everybody sees the sessions run', async () => {
    const made = await scene({
      'migrations/20250101000000_a.mjs': `import { existsSync } from 'node:fs';
        export async function up() { while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20)); }`,
    });
    const running = startSlipway(['up'], {
      cwd: made.project.directory,
      env: { ...made.database.env, SLIPWAY_VAR_key: 'told-to-nobody' },
    });
    const { query } = await backendRunning(made.database, /set_config/);
    expect(query).not.toContain('told-to-nobody');
    made.project.write('go', '');
    expectSuccess(await running.done);
  });

  test('a secret among them is read from a file, and never shown', async () => {
    const { run, project, database } = await scene({
      [a]: "CREATE TABLE a AS SELECT current_setting('slipway.key') AS key;\nSELECT 1/0;",
    });
    const key = newSecret();
    project.write('key.txt', `${key}\n`);
    const env = { SLIPWAY_VAR_key_FILE: 'key.txt' };
    expectFailure(await run('up', env), { code: 65, names: /division by zero/, remedy: /Correct/ });
    const { stderr } = await run('up --debug', env);
    expect(stderr).toContain('division by zero');
    project.write(a, "SELECT current_setting('slipway.key')::int;");
    for (const line of ['up', 'up --json'])
      expectFailure(await run(line, env), {
        code: 65,
        names: /invalid input syntax for type integer: "\*\*\*"/,
        remedy: /Correct/,
      });
    project.write(a, "CREATE TABLE a AS SELECT current_setting('slipway.key') AS key;");
    expectSuccess(await run('up', env));
    expect(await database.query('SELECT key FROM a')).toEqual([{ key }]);
  });
});
