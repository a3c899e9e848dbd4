import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administer, createDatabase, newestMajor, type TestDatabase } from '../../support/database.ts';
import { exampleFiles, exampleVersions } from '../../support/example.ts';
import { fetchPackage } from '../../support/fetched-package.ts';
import { type Scene, useScenes } from '../../support/scene.ts';
import { newSecret } from '../../support/secrets.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const entry = join(root, 'dist/library/index.mjs');
const host = join(root, 'test/support/library-host.mjs');
const scene = useScenes();
jest.setTimeout(180_000);

interface Called {
  readonly result?: Readonly<Record<string, unknown>>;
  readonly rejected?: Readonly<Record<string, unknown>>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
const run = (
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(command, args, { ...options, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 137) : 0, stdout, stderr }),
    );
  });

/** Makes calls in a process of their own, in which nothing may change and nothing may be written. */
async function calling(
  calls: readonly unknown[],
  { env = {}, cwd = tmpdir() }: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Called[]> {
  const { code, stdout, stderr } = await run(process.execPath, [host, entry, JSON.stringify(calls)], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
  });
  expect([code, stderr]).toEqual([0, '']);
  const { results, before, after } = JSON.parse(stdout);
  expect(after).toEqual(before);
  return results;
}

const optionsOf = ({ database, project }: Scene, more: object = {}): object => ({
  url: database.url,
  folder: project.directory,
  ...more,
});

const small = { 'migrations/20250101000000_a.sql': 'CREATE TABLE a (x int);' };

test('up and status come to what the command prints, refusals included', async () => {
  const made = await scene(small);
  const options = optionsOf(made);
  const [first, second, status] = await calling([
    { name: 'up', options },
    { name: 'up', options },
    { name: 'status', options: { ...options, all: true } },
  ]);
  expect(first?.result).toMatchObject({
    result: 'upToDate',
    version: '20250101000000',
    steps: [{ status: 'applied' }],
  });
  expect(first?.events.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['plan', 'applying', 'applied', 'done']),
  );
  expect(first?.events[0]).toMatchObject({ level: 'info', msg: expect.any(String) });
  expect(second?.result).toMatchObject({ result: 'upToDate', steps: [] });
  const printed = JSON.parse((await made.run('status --all --json')).stdout);
  expect(status?.result).toEqual(printed);

  await made.database.query('DROP SCHEMA slipway CASCADE');
  const [refused] = await calling([{ name: 'up', options }]);
  expect(refused?.result).toMatchObject({ result: 'failed', error: { exit: 'unmanaged', exitCode: 80 } });
});

test('what goes wrong rejects, and shows no secret', async () => {
  const secret = newSecret();
  const broken = await scene({
    'migrations/20250101000000_a.sql': 'CREATE TABLE a (x int);\nSELECT nothing;',
  });
  const elsewhere = {
    url: `postgresql://nobody:${encodeURIComponent(secret)}@127.0.0.1:1/x`,
    folder: broken.project.directory,
  };
  const [statement, unreachable, wrong] = await calling([
    { name: 'up', options: optionsOf(broken) },
    { name: 'up', options: { ...elsewhere, settings: { SLIPWAY_WAIT_TIMEOUT: '200ms' } } },
    { name: 'status', options: { ...elsewhere, settings: { SLIPWAY_ON_DRIFT: 'maybe' } } },
  ]);
  expect(statement?.rejected).toMatchObject({
    kind: 'SlipwayError',
    isOwn: true,
    exit: 'migration',
    code: 65,
    message: expect.stringContaining('20250101000000_a.sql:2:8'),
    remedy: expect.any(String),
  });
  expect(unreachable).toMatchObject({ rejected: { exit: 'temporary', code: 75 } });
  expect(wrong?.rejected).toMatchObject({
    exit: 'config',
    code: 78,
    message: expect.stringContaining('SLIPWAY_ON_DRIFT'),
  });
  expect(JSON.stringify([statement, unreachable, wrong])).not.toContain(secret);
});

test('what the caller hands over is checked, and an error of its own listener rejects the call', async () => {
  const made = await scene(small);
  const options = optionsOf(made);
  const [none, number, statusOfNone, templateOfNone, unknown, several, thrown, after] = await calling([
    { name: 'up', bare: true },
    { name: 'up', options: { url: 5 } },
    { name: 'status', bare: true },
    { name: 'templateDatabase', bare: true },
    { name: 'up', options: { ...options, settings: { SLIPWAY_ONDRIFT: 'warn' } } },
    {
      name: 'up',
      options: { ...options, settings: { SLIPWAY_ON_DRIFT: 'maybe', SLIPWAY_WAIT_TIMEOUT: 'x' } },
    },
    { name: 'up', options, throwAt: 'applying' },
    { name: 'up', options },
  ]);
  const own = { kind: 'SlipwayError', isOwn: true };
  for (const one of [none, statusOfNone, templateOfNone])
    expect(one?.rejected).toMatchObject({ ...own, code: 64, message: 'the options are missing' });
  expect(number?.rejected).toMatchObject({ ...own, code: 64, message: expect.stringContaining('url') });
  expect(unknown?.rejected).toMatchObject({
    ...own,
    code: 78,
    message: 'SLIPWAY_ONDRIFT: there is no such setting',
    remedy: expect.stringContaining('Is it SLIPWAY_ON_DRIFT?'),
  });
  expect(several?.rejected).toMatchObject({
    ...own,
    code: 78,
    message: expect.stringMatching(
      /2 settings are wrong: .*SLIPWAY_ON_DRIFT.*SLIPWAY_WAIT_TIMEOUT|2 settings are wrong: .*SLIPWAY_WAIT_TIMEOUT.*SLIPWAY_ON_DRIFT/,
    ),
  });
  expect(thrown?.rejected).toMatchObject({ kind: 'Error', message: 'of the listener' });
  expect(after?.result).toMatchObject({ result: 'upToDate' });
});

test('the environment and .env are read by optionsFromEnvironment alone', async () => {
  const made = await scene({ ...small, '.env': 'SLIPWAY_SCHEMA=of_the_file\nSLIPWAY_APP=of_the_file\n' });
  const hostile = {
    DATABASE_URL: 'postgresql://127.0.0.1:1/nowhere',
    PGOPTIONS: '-c search_path=nowhere',
    PGDATABASE: 'nowhere',
    SLIPWAY_ON_DRIFT: 'maybe',
    SLIPWAY_SCHEMA: 'of_the_environment',
  };
  const { directory } = made.project;
  const [result] = await calling([{ name: 'up', options: optionsOf(made) }], {
    env: hostile,
    cwd: directory,
  });
  expect(result).toMatchObject({ result: { result: 'upToDate' } });
  expect(
    await made.database.query("SELECT current_setting('search_path') AS path, app FROM slipway.ledger"),
  ).toEqual([{ path: expect.any(String), app: 'default' }]);
  const env = { DATABASE_URL: made.database.url, SLIPWAY_SCHEMA: 'of_the_environment', SLIPWAY_APP: '' };
  await made.database.query('DROP TABLE a; DROP SCHEMA slipway CASCADE');
  const [own] = await calling([{ name: 'fromEnvironment' }], { env, cwd: directory });
  expect(own?.result).toMatchObject({ result: 'upToDate' });
  expect(await made.database.query('SELECT app FROM of_the_environment.ledger')).toEqual([
    { app: 'of_the_file' },
  ]);
});

test('two calls at once do not mix, and a signal ends one of them', async () => {
  const [one, two] = [
    await scene(small),
    await scene({ 'migrations/20250202000000_b.sql': 'CREATE TABLE b (x int);' }),
  ];
  const slow = await scene({ ...small, 'migrations/20250102000000_slow.sql': 'SELECT pg_sleep(60);' });
  const [results] = (await calling([
    [
      { name: 'up', options: optionsOf(one) },
      { name: 'up', options: optionsOf(two) },
      { name: 'up', options: optionsOf(slow), abortAt: 'applied' },
    ],
  ])) as unknown as Called[][];
  const [first, second, third] = results ?? [];
  expect(first?.result).toMatchObject({ version: '20250101000000' });
  expect(second?.result).toMatchObject({ version: '20250202000000' });
  expect(JSON.stringify(first?.events)).not.toContain('20250202000000');
  expect(third?.rejected).toMatchObject({ kind: 'Error', message: 'enough' });
  expect((await slow.ledger()).map(({ version, state }) => [version, state])).toEqual([
    ['20250101000000', 'done'],
  ]);
});

/** Removes the templates that a test has made on the server. */
const removeTemplates = async (database: TestDatabase): Promise<void> => {
  const rows = await database.query(
    "SELECT datname AS name FROM pg_database WHERE datname LIKE 'slipway\\_template\\_%'",
  );
  for (const { name } of rows)
    await administer(
      newestMajor,
      `ALTER DATABASE ${name} IS_TEMPLATE false; DROP DATABASE ${name} WITH (FORCE)`,
    ).catch(async () => {
      await administer(newestMajor, `ALTER DATABASE ${name} IS_TEMPLATE false`);
      await administer(newestMajor, `DROP DATABASE ${name} WITH (FORCE)`);
    });
};

describe('a template', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase(newestMajor);
  });
  afterAll(async () => {
    await removeTemplates(database);
    await database.drop();
  });

  test('is made once, by whichever process is first, and its copies are at head', async () => {
    const made = await scene(exampleFiles());
    const call = { name: 'template', options: optionsOf(made) };
    const both = await Promise.all([calling([call]), calling([call])]);
    const [one, two] = both.map(([called]) => called as Called);
    expect(one?.result?.name).toBe(two?.result?.name);
    const applied = [one, two].map(
      (called) => called?.events.filter(({ event }) => event === 'applied').length ?? 0,
    );
    expect(applied.sort()).toEqual([0, exampleVersions().length]);
    expect(one?.result?.states).toEqual([
      expect.objectContaining({ state: 'managed', version: exampleVersions().at(-1), pending: [] }),
      expect.objectContaining({ state: 'managed' }),
    ]);
    made.project.write('migrations/20990101000000_new.sql', 'CREATE TABLE public.newer ();');
    const [changed] = await calling([call]);
    expect(changed?.result?.name).not.toBe(one?.result?.name);
  });

  test('of files that `up` would refuse, or that fail, is none', async () => {
    const made = await scene({ 'migrations/20250101000000_a.sql': 'SELECT nothing;' });
    const [failed, again] = await calling([
      { name: 'template', options: optionsOf(made) },
      { name: 'template', options: optionsOf(made) },
    ]);
    for (const called of [failed, again])
      expect(called?.rejected).toMatchObject({ exit: 'migration', code: 65 });
    const all = "SELECT FROM pg_database WHERE datname LIKE 'slipway\\_template\\_%' AND NOT datistemplate";
    expect(await database.query(all)).toEqual([]);
  });

  test('refuses names that cannot be, or are taken, and copies after its end', async () => {
    const made = await scene(small);
    const [called] = await calling([{ name: 'misuse', options: optionsOf(made) }]);
    const messages = [
      /"slipway_test_dupl" already/,
      /is empty/,
      /has 64 bytes/,
      /no string/,
      /is closed/,
      /is closed/,
    ];
    expect(called?.result).toEqual(
      messages.map((message) =>
        expect.objectContaining({
          isOwn: true,
          code: 64,
          message: expect.stringMatching(message),
          remedy: expect.any(String),
        }),
      ),
    );
  });

  const recipes: readonly [file: string, run: (folder: string) => readonly string[]][] = [
    ['node.test.mjs', () => ['--test', 'node.test.mjs']],
    [
      'jest.test.mjs',
      () => [
        '--experimental-vm-modules',
        join(root, 'node_modules/jest/bin/jest.js'),
        '--rootDir=.',
        '--testMatch=**/jest.test.mjs',
        '--transform={}',
      ],
    ],
    ['vitest.test.mjs', () => ['node_modules/vitest/vitest.mjs', 'run', 'vitest.test.mjs']],
  ];

  test.each(recipes)('serves the tests of examples/testing/%s', async (file, argumentsOf) => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-recipe-'));
    try {
      cpSync(join(root, 'examples/testing', file), join(folder, file));
      for (const part of ['sql', 'migrations'])
        cpSync(join(root, part), join(folder, part), { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(root, join(folder, 'node_modules/pg-slipway'));
      symlinkSync(join(root, 'node_modules/pg'), join(folder, 'node_modules/pg'));
      if (file.startsWith('vitest')) symlinkSync(await vitest(), join(folder, 'node_modules/vitest'));
      const ran = await run(process.execPath, argumentsOf(folder), {
        cwd: folder,
        env: { PATH: process.env.PATH, TEST_DATABASE_URL: database.url },
      });
      expect([ran.code, ran.stdout + ran.stderr]).toEqual([0, expect.stringMatching(/1 passed|pass 1/)]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const vitest = (): Promise<string> =>
  fetchPackage('vitest', { name: 'vitest', version: '3.2.4', holds: 'vitest.mjs' });
