import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findNode } from '../../../bench/nodes.ts';
import { searchRun } from '../../support/leaks.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { bundle } from '../../support/slipway.ts';
import { testInCi } from '../../support/thorough.ts';

const scene = useScenes();
const a = 'migrations/20250101000000_a';

test('a module runs in the transaction of its ledger row, with parameters and node: modules', async () => {
  const { run, database, ledger } = await scene({
    [`${a}.mjs`]: `import { createHash } from 'node:crypto';
      const digest = (text) => createHash('sha256').update(text).digest('hex');
      export async function up({ client }) {
        await client.query('CREATE TABLE a (name text, digest text, xid text)');
        for (const name of ["żółw", "it's"]) {
          const { rowCount } = await client.query('INSERT INTO a VALUES ($1, $2, pg_current_xact_id()::text)', [name, digest(name)]);
          if (rowCount !== 1) throw new Error('nothing was inserted');
        }
        const { rows } = await client.query('SELECT count(*)::int AS count FROM a');
        if (rows[0].count !== 2) throw new Error(JSON.stringify(rows));
      }`,
    'migrations/20250102000000_b.js':
      "export const up = async ({ client }) => { await client.query('CREATE TABLE b ()'); };",
  });
  expectSuccess(await run('up'));
  expect(
    await database.query('SELECT name, length(digest) AS length FROM a ORDER BY name COLLATE "C"'),
  ).toEqual([
    { name: "it's", length: 64 },
    { name: 'żółw', length: 64 },
  ]);
  const [row] = await ledger();
  expect(await database.query('SELECT DISTINCT xid FROM a')).toEqual([
    { xid: (row as unknown as { transaction_id: string }).transaction_id },
  ]);
  expectSuccess(await run('up'));
});

test.each([
  [
    'the server refuses its statement',
    "export async function up({ client }) {\n  await client.query('CREATE TABLE b ()');\n  await client.query('SELECT amuont FROM b');\n}",
    /column "amuont" does not exist/,
    `${a}.mjs:3:16`,
  ],
  [
    'it throws what is no error',
    "export function up() {\n  throw 'no such fee';\n}",
    /no such fee/,
    `${a}.mjs`,
  ],
  [
    'its function calls what throws',
    "const fee = () => {\n  throw new RangeError('no such fee');\n};\nexport function up() {\n  fee();\n}",
    /no such fee/,
    `${a}.mjs:2:9`,
  ],
  [
    'it ends its transaction',
    "export async function up({ client }) {\n  await client.query('CREATE TABLE b ()');\n  await client.query('COMMIT');\n}",
    /COMMIT in a file that runs in a transaction/,
    `${a}.mjs:3:16`,
  ],
  [
    'it ends its transaction and begins another, among other statements',
    "export async function up({ client }) {\n  await client.query('CREATE TABLE b (); /* x */ commit; CREATE TABLE c (); BEGIN');\n}",
    /COMMIT in a file that runs in a transaction/,
    `${a}.mjs:2:16`,
  ],
  [
    'it hides the failure of a statement',
    "export async function up({ client }) {\n  await client.query('CREATE TABLE b ()');\n  await client.query('SELECT 1/0').catch(() => {});\n}",
    /division by zero/,
    `${a}.mjs:3:16`,
  ],
  [
    'it throws, and does not wait for what it sent',
    "export function up({ client }) {\n  client.query('CREATE TABLE b ()');\n  throw new Error('no such fee');\n}",
    /no such fee/,
    `${a}.mjs:3:9`,
  ],
  [
    'it does not wait for a statement that fails',
    "export async function up({ client }) {\n  client.query('SELECT 1/0');\n}",
    /division by zero/,
    `${a}.mjs:2:10`,
  ],
])('nothing is kept of a module where %s', async (_, source, names, place) => {
  const { run, fingerprint } = await scene({ [`${a}.mjs`]: source });
  const before = await fingerprint();
  const failure = expectFailure(await run('up'), {
    code: 65,
    names,
    remedy: /start again|Remove/,
    ...(place === undefined ? {} : { place }),
  });
  expect(failure.file).toBe(`${a}.mjs`);
  expect(failure.detail).toContain('failed, rolled back: 20250101000000_a');
  expect(await fingerprint()).toEqual(before);
});

test('a statement that fails where a savepoint catches it is no failure', async () => {
  const { run, ledger } = await scene({
    [`${a}.mjs`]: `export async function up({ client }) {
      await client.query('SAVEPOINT s');
      await client.query('SELECT 1/0').catch(() => client.query('ROLLBACK TO s'));
      await client.query('CREATE TABLE a ()');
    }`,
  });
  expectSuccess(await run('up'));
  expect(await ledger()).toHaveLength(1);
});

test('a statement that comes after the function has ended runs nowhere', async () => {
  const { run, database, ledger } = await scene({
    [`${a}.mjs`]:
      "export function up({ client }) {\n  setTimeout(() => client.query('CREATE TABLE late ()'), 50);\n}",
    'migrations/20250102000000_b.sql': 'SELECT pg_sleep(60);',
  });
  expectFailure(await run('up'), {
    code: 65,
    names: /sends a statement after its function has ended/,
    place: `${a}.mjs:2:27`,
    remedy: /Await every query in it/,
  });
  expect(await ledger()).toHaveLength(1);
  expect(await database.query(`SELECT to_regclass('late') AS late`)).toEqual([{ late: null }]);
});

describe('TypeScript', () => {
  const files = {
    [`${a}.ts`]: `interface Context { readonly client: { query(text: string): Promise<unknown> } }
export async function up({ client }: Context): Promise<void> {
  await client.query('CREATE TABLE a ()' as string);
}
export const down = async ({ client }: Context): Promise<void> => void (await client.query('DROP TABLE a'));
`,
  };

  /** A Node 24 of this platform, fetched into .cache/ on first use. */

  const node24 = (): string => findNode(join(import.meta.dirname, '..', '..', '..'), 24).path;

  async function runOn(node: string, line: string, cwd: string, env: NodeJS.ProcessEnv) {
    const child = spawn(node, [bundle, ...line.split(' ')], { cwd, env: { PATH: process.env.PATH, ...env } });
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.on('close', resolve)),
    ]);
    searchRun('another Node', { code, stdout, stderr });
    return { code, stderr };
  }

  test('runs on Node 24, up and down', async () => {
    const { database, project, ledger } = await scene(files);
    const node = node24();
    expect(await runOn(node, 'up', project.directory, database.env)).toMatchObject({ code: 0 });
    expect(await ledger()).toHaveLength(1);
    expect(await runOn(node, 'down', project.directory, database.env)).toMatchObject({ code: 0 });
    expect(await database.query(`SELECT to_regclass('a') AS a`)).toEqual([{ a: null }]);
  });

  test('that cannot be erased is refused', async () => {
    const { database, project } = await scene({ [`${a}.ts`]: 'enum Fee { Maker }\nexport function up() {}' });
    const { code, stderr } = await runOn(node24(), 'up', project.directory, database.env);
    expect(code).toBe(65);
    expect(stderr).toMatch(/20250101000000_a\.ts: the types cannot be stripped/);
    expect(stderr).toMatch(/no enum, namespace or parameter property/);
  });

  test('is refused before anything runs where Node cannot strip types', async () => {
    const { run, fingerprint } = await scene(files);
    const before = await fingerprint();
    const result = await run('up');
    if (Number(process.versions.node.split('.')[0]) >= 24) return void expectSuccess(result);
    expectFailure(result, {
      code: 65,
      names: /Node \d+\.\d+\.\d+ cannot run TypeScript/,
      place: `${a}.ts`,
      remedy: /Node 22\.13 or later.*\.mjs or \.sql/,
    });
    expect(await fingerprint()).toEqual(before);
  });
});

describe('Hostile and odd: modules that end the process, or never end', () => {
  const hostile = useScenes();
  const file = 'migrations/20250101000000_a.mjs';

  test('process.exit(0): 65, and nothing is kept', async () => {
    const { run, ledger } = await hostile({
      [file]: 'export async function up({ client }) { await client.query("SELECT 1"); process.exit(0); }',
    });
    expectFailure(await run('up'), {
      code: 65,
      names: /a migration module ended the process by process\.exit\(\)/,
      remedy: /Let the module return/,
    });
    expect(await ledger()).toEqual([]);
  });

  testInCi('a promise that never ends: the deadline of the run ends it, 75', async () => {
    const { run } = await hostile({ [file]: 'export const up = () => new Promise(() => {});' });
    expect((await run('up', { SLIPWAY_RUN_TIMEOUT: '1s' })).code).toBe(75);
  });
});
