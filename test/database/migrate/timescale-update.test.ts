import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess } from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';

/**
 * An extension of that name, whose update ends every other session of the database, as TimescaleDB's ends those that have
 * loaded its library before. That it takes its update as a session's first command alone is seen in the server's log.
 */
const extension: Readonly<Record<string, string>> = {
  'timescaledb.control': "default_version = '2.0'\nrelocatable = true\n",
  'timescaledb--1.0.sql': 'CREATE FUNCTION made() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\n',
  'timescaledb--1.0--2.0.sql': `CREATE FUNCTION renewed() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
`,
};

jest.setTimeout(60_000);
const folder = mkdtempSync(join(tmpdir(), 'slipway-extension-'));
let instance: Instance;
let project: Project | undefined;

beforeAll(async () => {
  // The server has an account of its own.
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'extension'));
  for (const [name, text] of Object.entries(extension)) writeFileSync(join(folder, 'extension', name), text);
  instance = await makeInstance();
  await instance.start({
    extension_control_path: `$system:${folder}`,
    log_statement: 'all',
    // The session, and the number of the line among those that it writes.
    log_line_prefix: '%p %l ',
  });
});
afterAll(async () => {
  await instance.destroy();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => project?.destroy());

const update = '-- slipway: no-transaction\nALTER EXTENSION timescaledb UPDATE;\n';

async function database(name: string, file: string) {
  await instance.query(`CREATE DATABASE ${name}`);
  await instance.query("CREATE EXTENSION timescaledb VERSION '1.0'", name);
  project = makeProject({
    'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.t (x int);\n',
    'migrations/20250102000000_update.sql': file,
    'migrations/20250103000000_after.sql': 'ALTER TABLE public.t ADD COLUMN y int;\n',
  });
  const cwd = project.directory;
  return (line: string) => slipway(line.split(' '), { cwd, env: instance.env(name) });
}

test('an update of TimescaleDB is the first command of a connection of its own; what follows it is applied', async () => {
  const run = await database('updated', update);
  const isFirst = instance.waitForLog(/^\d+ 1 LOG: +statement: ALTER EXTENSION timescaledb UPDATE$/m);
  const { logs } = expectSuccess(await run('up'));
  await isFirst;
  expect(logs.filter(({ event }) => event === 'applied').map(({ version }) => version)).toEqual([
    '20250101000000',
    '20250102000000',
    '20250103000000',
  ]);
  expect(logs.filter(({ event }) => event === 'connectionLost')).toEqual([]);
  expect(
    await instance.query("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'", 'updated'),
  ).toEqual([{ extversion: '2.0' }]);
  expect(
    await instance.query(
      'SELECT version, state FROM slipway.ledger ORDER BY version OFFSET 1 LIMIT 1',
      'updated',
    ),
  ).toEqual([{ version: '20250102000000', state: 'done' }]);
});

test('one that the server refuses leaves no row, and points at itself', async () => {
  const run = await database(
    'refused',
    `-- slipway: no-transaction\nALTER EXTENSION timescaledb UPDATE TO '9.9';\n`,
  );
  expectFailure(await run('up'), {
    code: 65,
    names: /no update path from version "1\.0" to version "9\.9"/,
    remedy: /Correct the statement/,
    place: 'migrations/20250102000000_update.sql:2:1',
  });
  expect(await instance.query('SELECT version FROM slipway.ledger', 'refused')).toEqual([
    { version: '20250101000000' },
  ]);
});

test('in a file that runs in a transaction it is 65 before anything runs, with the line to write', async () => {
  const run = await database('inside', 'ALTER EXTENSION timescaledb UPDATE;\n');
  expectFailure(await run('up'), {
    code: 65,
    names: /ALTER EXTENSION timescaledb UPDATE cannot run inside a transaction/,
    remedy: /-- slipway: no-transaction/,
    place: 'migrations/20250102000000_update.sql:1:1',
  });
});
