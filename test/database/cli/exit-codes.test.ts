import { administer, newestMajor, newestServer } from '../../support/database.ts';
import { makeProject } from '../../support/project.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { newSecret } from '../../support/secrets.ts';
import { startServer } from '../../support/servers.ts';
import { slipway, startSlipway } from '../../support/slipway.ts';
import { freePort } from '../../support/tcp-port.ts';

const scene = useScenes();
const a = 'migrations/20250101000000_a.sql';
const b = 'migrations/20250102000000_b.sql';
const files = { [a]: 'CREATE TABLE a (x int);' };
const noWait = { SLIPWAY_WAIT_TIMEOUT: '0' };

test('0: done, and already there', async () => {
  const { run } = await scene(files);
  expectSuccess(await run('up'));
  expectSuccess(await run('up'));
  expectSuccess(await run('status --exit-code'));
});

test('1: the answer is no', async () => {
  const { run } = await scene(files);
  const empty = await run('status --exit-code');
  expect(empty.code).toBe(1);
  expect(empty.stdout).toMatch(
    /^state {4}empty\nversion {2}none\nhead {5}20250101000000\npending {2}1: 20250101000000$/m,
  );
  expect((await run('status')).code).toBe(0);
});

test.each([
  ['upp', /unknown command "upp"/, /Is it `up`\?/],
  ['up --jsn', /no option --jsn/, /Is it --json\?/],
  ['up --wait-timeout', /--wait-timeout/, /slipway up --help/],
  ['wait --timeout soon', /"soon" is not a duration/, /500ms, 30s, 2m/],
  ['down', /nothing to undo: the database is empty/, /slipway up/],
  ['adopt', /nothing to adopt: the database is empty/, /slipway up/],
  ['new', /the migration has no name/, /slipway new add fee tier/],
  [
    'new --restamp no.sql',
    /no\.sql is not a migration in migrations\//,
    /migrations\/20251204093000_add_fee_tier\.sql/,
  ],
])('64: slipway %s', async (line, names, remedy) => {
  const { run, fingerprint } = await scene(files);
  const before = await fingerprint();
  expectFailure(await run(line), { code: 64, names, remedy });
  expect(await fingerprint()).toEqual(before);
});

test('64: without a command, the help', async () => {
  const { code, stdout } = await slipway([]);
  expect({ code, stdout }).toEqual({ code: 64, stdout: expect.stringMatching(/^Usage: slipway COMMAND/m) });
});

test('65: a statement that fails, and one that takes longer than it may', async () => {
  const { project, run, fingerprint } = await scene(files);
  expectSuccess(await run('up'));
  const before = await fingerprint();
  project.write(b, 'CREATE TABLE b ();\nSELECT 1/0;');
  expectFailure(await run('up'), {
    code: 65,
    names: /division by zero/,
    place: `${b}:2:1`,
    remedy: /Correct the statement/,
  });
  project.write(b, 'CREATE TABLE b ();\nSELECT pg_sleep(60);');
  expectFailure(await run('up', { SLIPWAY_STATEMENT_TIMEOUT: '100ms' }), {
    code: 65,
    names: /statement timeout/,
    place: `${b}:2:1`,
    remedy: /SLIPWAY_STATEMENT_TIMEOUT/,
  });
  expect(await fingerprint()).toEqual(before);
});

test.each([
  [
    'neither files nor folder',
    { SLIPWAY_MIGRATIONS: 'no', SLIPWAY_BASELINE: 'no.sql' },
    /neither no\/ nor no\.sql exists/,
    /SLIPWAY_MIGRATIONS and SLIPWAY_BASELINE/,
  ],
  [
    'a file for a folder',
    { SLIPWAY_MIGRATIONS: a },
    /a file stands where a directory should be/,
    /SLIPWAY_MIGRATIONS names the folder/,
  ],
])('66: %s', async (_, env, names, remedy) => {
  const { run } = await scene(files);
  expectFailure(await run('up', env), { code: 66, names, remedy });
});

test('66: a new migration cannot be written', async () => {
  const { run } = await scene(files);
  expectFailure(await run('new add fee', { SLIPWAY_MIGRATIONS: a }), {
    code: 66,
    names: /20250101000000_a\.sql/,
    remedy: /SLIPWAY_MIGRATIONS/,
  });
});

test('75: nobody answers', async () => {
  const { run } = await scene(files);
  const port = String(await freePort());
  expectFailure(await run('up', { ...noWait, PGPORT: port }), {
    code: 75,
    names: new RegExp(`127\\.0\\.0\\.1:${port} refuses connections|localhost:${port} refuses connections`),
    remedy: /Is the server running/,
  });
});

test('75: not there yet, says the health check', async () => {
  const { run } = await scene(files);
  expectFailure(await run('wait --timeout 0'), {
    code: 75,
    names: /the database is not at 20250101000000: the database is empty, 1 to apply/,
    remedy: /Has `slipway up` run/,
  });
});

test('75: the run takes longer than it may', async () => {
  const { run, fingerprint } = await scene({ [a]: 'CREATE TABLE a ();\nSELECT pg_sleep(60);' });
  const before = await fingerprint();
  expectFailure(await run('up', { SLIPWAY_RUN_TIMEOUT: '1s' }), {
    code: 75,
    names: /the run did not end within 1 s \(SLIPWAY_RUN_TIMEOUT\)/,
    remedy: /rolled back/,
  });
  expect(await fingerprint()).toEqual(before);
});

test('77: a wrong password, without saying it', async () => {
  const { run, role } = await scene(files);
  const { name } = await role();
  const result = await run('up', { ...noWait, PGUSER: name, PGPASSWORD: newSecret() });
  expectFailure(result, {
    code: 77,
    names: new RegExp(`rejects the password of role "${name}"`),
    remedy: /PGPASSWORD/,
  });
});

test('77: privileges that are missing, for the ledger and for the schema', async () => {
  const { run, role, database, fingerprint } = await scene(files);
  const { name, env } = await role();
  const before = await fingerprint();
  expectFailure(await run('up', env), {
    code: 77,
    names: new RegExp(`role "${name}" may not make the ledger slipway\\.ledger`),
    remedy: new RegExp(
      `GRANT CREATE ON DATABASE "${database.name}" TO "${name}";.*SLIPWAY_SCHEMA.*SLIPWAY_ROLE`,
    ),
  });
  expect(await fingerprint()).toEqual(before);
  await database.query(
    `GRANT CREATE ON DATABASE ${database.name} TO ${name}; REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
  );
  expectFailure(await run('up', env), {
    code: 77,
    names: /permission denied for schema public/,
    place: `${a}:1:14`,
    remedy: /Grant the privilege.*SLIPWAY_ROLE/,
  });
  expect(await fingerprint()).toEqual(before);
});

test('77: an extension that takes a superuser, before anything runs', async () => {
  const { run, role, database, fingerprint } = await scene({
    [a]: 'CREATE TABLE a ();\nCREATE EXTENSION pg_stat_statements;',
  });
  const { name, env } = await role();
  await database.query(`GRANT CREATE ON DATABASE ${database.name} TO ${name}`);
  const before = await fingerprint();
  expectFailure(await run('up', env), {
    code: 77,
    names: /may not create the extension "pg_stat_statements"/,
    place: `${a}:2:1`,
    remedy: /As a superuser: CREATE EXTENSION "pg_stat_statements";/,
  });
  expect(await fingerprint()).toEqual(before);
});

test('78: the database is missing', async () => {
  const { run } = await scene(files);
  expectFailure(await run('up', { ...noWait, PGDATABASE: 'no_such_database' }), {
    code: 78,
    names: /the database "no_such_database" does not exist/,
    remedy: /SLIPWAY_CREATE_DATABASE=on/,
  });
});

test('78: an extension that the server does not have, and one that needs preloading', async () => {
  const { run, project } = await scene({ [a]: 'CREATE EXTENSION IF NOT EXISTS no_such_extension;' });
  expectFailure(await run('up'), {
    code: 78,
    names: /does not have the extension "no_such_extension"/,
    place: `${a}:1:1`,
    remedy: /Install it/,
  });
  project.write(a, 'CREATE EXTENSION IF NOT EXISTS timescaledb;');
  expectFailure(await run('up'), {
    code: 78,
    names: /extension "timescaledb"/,
    place: `${a}:1:1`,
    remedy: /Install it|shared_preload_libraries/,
  });
});

test('78: a role that is read-only', async () => {
  const { run, role, fingerprint } = await scene(files);
  const { name, env } = await role();
  await administer(newestMajor, `ALTER ROLE ${name} SET default_transaction_read_only = on`);
  const before = await fingerprint();
  expectFailure(await run('up', env), {
    code: 78,
    names: new RegExp(`role "${name}" is read-only`),
    remedy: /RESET default_transaction_read_only/,
  });
  expect(await fingerprint()).toEqual(before);
});

test('78: more locks than the server has room for', async () => {
  // All tests of a server share its lock table, so this one has a server of its own.
  const server = await startServer(newestServer());
  const project = makeProject({
    [a]: 'DO $$ BEGIN\nFOR n IN 1..60000 LOOP PERFORM pg_advisory_xact_lock(n); END LOOP; END $$;',
  });
  try {
    const { host, port, user, password } = server;
    const env = {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: 'postgres',
    };
    const options = { cwd: project.directory, env };
    expectFailure(await slipway(['up'], options), {
      code: 78,
      names: /out of shared memory/,
      place: `${a}:2:1`,
      remedy: /max_locks_per_transaction/,
    });
    expect((await slipway(['status'], options)).stdout).toMatch(/^state {4}empty$/m);
  } finally {
    project.destroy();
    await server.stop('immediate');
  }
});

test('80: unmanaged', async () => {
  const { run, database, fingerprint } = await scene(files);
  await database.query('CREATE TABLE orders ()');
  const before = await fingerprint();
  const { detail } = expectFailure(await run('up'), {
    code: 80,
    names: /holds 1 relation/,
    remedy: /slipway adopt --as/,
  });
  expect(detail).toEqual(['public.orders (table)']);
  expect(await fingerprint()).toEqual(before);
});

test.each([
  [81, 'GRANT INSERT ON slipway.ledger TO PUBLIC', /slipway\.ledger/, /REVOKE INSERT/],
  [82, `UPDATE slipway.ledger SET checksum = 'x'`, /20250101000000_a\.sql was edited/, /Restore the file/],
  [83, 'UPDATE slipway.ledger SET format = 9', /format 9/, /Use the newer image/],
  [
    84,
    `UPDATE slipway.ledger SET state = 'running', finished_at = NULL`,
    /20250101000000_a was started at/,
    /may be half done\. `slipway repair`/,
  ],
])('%i: %s', async (code, sql, names, remedy) => {
  const { run, database, fingerprint } = await scene(files);
  expectSuccess(await run('up'));
  await database.query(sql);
  const before = await fingerprint();
  expectFailure(await run('up'), { code, names, remedy });
  expect(await fingerprint()).toEqual(before);
});

test.each([
  [143, 'SIGTERM'],
  [130, 'SIGINT'],
] as const)('%i: %s', async (code, signal) => {
  const { project, database, fingerprint } = await scene({ [a]: 'CREATE TABLE a ();\nSELECT pg_sleep(60);' });
  const before = await fingerprint();
  const running = startSlipway(['up'], { cwd: project.directory, env: database.env });
  const started = await running.waitForLog(/applying 1 of 1/);
  expect(started.file).toBe(a);
  running.kill(signal);
  const result = await running.done;
  expectFailure(result, { code, names: new RegExp(`ended by ${signal}`), remedy: /start again/ });
  expect(await fingerprint()).toEqual(before);
});
