import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { giveTo, serverAccount } from '../../../src/shadow/embedded-binaries.ts';
import type { TestDatabase } from '../../support/database.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { statesOf } from '../../support/ledger.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess } from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';

const first = '20250101000000';
const second = '20250102000000';
const path = `migrations/${second}_second.sql`;

/** Extensions made of SQL, in a folder of the test's own, which the server is told of (extension_control_path). */
const scripts = {
  /** Ends its session as an operator would. */
  suicide: 'SELECT pg_terminate_backend(pg_backend_pid());',
  /** Meets a FATAL of its own making, as TimescaleDB's does where it is not preloaded. */
  fatal: "SET LOCAL transaction_timeout = '1ms'; SELECT pg_sleep(60);",
  /** By its name alone: it is refused before its script runs. */
  timescaledb: 'SELECT 1/0;',
};

let folder: string;
let instance: Instance;
let project: Project;
let databases = 0;
let name: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-extensions-'));
  mkdirSync(join(folder, 'extension'));
  for (const [extension, sql] of Object.entries(scripts)) {
    const file = join(folder, 'extension', extension);
    writeFileSync(`${file}.control`, "default_version = '1'\n");
    writeFileSync(`${file}--1.sql`, sql);
  }
  const account = serverAccount();
  if (account) giveTo(account, folder);
  instance = await makeInstance();
  await instance.start({ extension_control_path: `${folder}:$system` });
});
afterAll(async () => {
  await instance.destroy();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  databases += 1;
  name = `extension_${databases}`;
  await instance.query(`CREATE DATABASE ${name}`);
  project = makeProject({ [`migrations/${first}_first.sql`]: 'CREATE TABLE public.first (n int);' });
});
afterEach(() => project.destroy());

const database: Pick<TestDatabase, 'query'> = { query: (sql) => instance.query(sql, name) };
const up = () => slipway(['up'], { cwd: project.directory, env: instance.env(name) });

interface Case {
  readonly title: string;
  readonly sql: string;
  readonly code: number;
  readonly names: RegExp;
  readonly place: string;
  readonly remedy: RegExp;
  /** How often the migration is begun. */
  readonly begun: number;
}

const cases: readonly Case[] = [
  {
    title: 'that ends its own session is tried 4 times, not for ever',
    sql: 'CREATE EXTENSION suicide;',
    code: 75,
    names: /the connection was lost: terminating connection due to administrator command, 4 times/,
    place: `${path}:2:1`,
    remedy: /did it end its own session/,
    begun: 4,
  },
  {
    title: 'that meets a FATAL of its own is not tried again',
    sql: 'CREATE EXTENSION fatal;',
    code: 65,
    names: /terminating connection due to transaction timeout/,
    place: `${path}:2:1`,
    remedy: /Correct the statement/,
    begun: 1,
  },
  {
    title: 'whose library must be preloaded, and is not',
    sql: 'CREATE EXTENSION pg_stat_statements; SELECT count(*) FROM pg_stat_statements;',
    code: 78,
    names: /pg_stat_statements must be loaded via "?shared_preload_libraries/,
    place: `${path}:2:38`,
    remedy: /Add the library to shared_preload_libraries on the server and restart it/,
    begun: 1,
  },
  {
    title: 'that is TimescaleDB, not preloaded, is refused before anything runs',
    sql: 'CREATE EXTENSION timescaledb;',
    code: 78,
    names: /the extension "timescaledb" is on the server but not preloaded/,
    place: `${path}:2:1`,
    remedy: /shared_preload_libraries = 'timescaledb'/,
    begun: 0,
  },
];

test.each(cases)('an extension $title: $code', async ({ sql, code, names, place, remedy, begun }) => {
  project.write(path, `CREATE TABLE public.second (n int);\n${sql}`);
  const result = await up();
  expectFailure(result, { code, names, place, remedy });
  const applying = result.logs.filter(({ event, version }) => event === 'applying' && version === second);
  expect(applying).toHaveLength(begun);
  expect(
    await database.query(
      "SELECT to_regclass('public.first') AS first, to_regclass('public.second') AS second, (SELECT count(*)::int FROM pg_extension) AS extensions",
    ),
  ).toEqual([{ first: begun > 0 ? 'first' : null, second: null, extensions: 1 }]);
  project.write(path, 'CREATE TABLE public.second (n int);');
  expectSuccess(await up());
  expect(await statesOf(database)).toEqual([`${first}:done`, `${second}:done`]);
});

test('a module that loses its session is 75 and named, and one whose statement ends it with a FATAL is not tried again', async () => {
  const module = `migrations/${second}_second.mjs`;
  const body = (sql: string): string =>
    `export async function up({ client }) {\n  await client.query(\`${sql}\`);\n}\n`;
  project.write(module, body(scripts.suicide));
  expectFailure(await up(), {
    code: 75,
    names: /the connection was lost: .*, 4 times/,
    place: `${module}:2:16`,
    remedy: /did it end its own session/,
  });
  project.write(module, body(scripts.fatal));
  const result = await up();
  expectFailure(result, {
    code: 65,
    names: /transaction timeout/,
    place: `${module}:2:16`,
    remedy: /Correct/,
  });
  expect(result.logs.filter(({ event }) => event === 'applying')).toHaveLength(1);
  expect(await statesOf(database)).toEqual([`${first}:done`]);
});
