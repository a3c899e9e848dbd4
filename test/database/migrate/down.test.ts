import { majors, named } from '../../support/database.ts';
import { exampleFiles, exampleVersions } from '../../support/example.ts';
import { writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';

const scene = useScenes();
const a = 'migrations/20250101000000_a';
const b = 'migrations/20250102000000_b';
const files = {
  [`${a}.sql`]: 'CREATE TABLE a (x int);',
  [`${a}.down.sql`]: 'DROP TABLE a;',
  [`${b}.sql`]: 'CREATE TABLE b (x int);',
  [`${b}.down.sql`]: 'DROP TABLE b;',
};

describe.each(named(majors))('on PostgreSQL $version', ({ major }) => {
  test('the bundled example goes down to its baseline and up again', async () => {
    const { run, ledger, database } = await scene(exampleFiles(), { major });
    const versions = exampleVersions();
    expectSuccess(await run('up'));
    const relations = () => database.query('SELECT count(*) FROM pg_class');
    const before = await relations();
    for (const version of [...versions.slice(1)].reverse()) {
      const { stdout } = expectSuccess(await run('down --json'));
      const undone = { version, name: expect.any(String), ms: expect.any(Number) };
      expect(JSON.parse(stdout)).toEqual({
        undone,
        versions: [undone],
        database: expect.objectContaining({ role: expect.any(String) }),
      });
    }
    expect(await ledger()).toEqual([expect.objectContaining({ version: versions[0], kind: 'baseline' })]);
    expect(await database.query(`SELECT to_regclass('trading.idx_order_account_created') AS index`)).toEqual([
      { index: null },
    ]);
    expectFailure(await run('down'), {
      code: 64,
      names: new RegExp(`${versions[0]} is the baseline, which cannot be undone`),
      remedy: /Restore a backup/,
    });
    expectSuccess(await run('up'));
    expect(await ledger()).toHaveLength(versions.length);
    expect(await relations()).toEqual(before);
  });
});

test('down undoes the newest version only, and up brings it back', async () => {
  const { run, ledger, database } = await scene(files);
  expectSuccess(await run('up'));
  const { logs } = expectSuccess(await run('downgrade -1'));
  expect(logs.at(-1)?.msg).toMatch(
    /^undone 20250102000000_b in \d+ ms, in \w+ \(127\.0\.0\.1:\d+, role \w+\)$/,
  );
  expect(await database.query(`SELECT to_regclass('a')::text AS a, to_regclass('b')::text AS b`)).toEqual([
    { a: 'a', b: null },
  ]);
  expect(await ledger()).toHaveLength(1);
  expectSuccess(await run('up'));
  expectSuccess(await run('down'));
  expectSuccess(await run('down'));
  expect(await ledger()).toEqual([]);
  expectFailure(await run('down'), { code: 64, names: /nothing to undo/, remedy: /slipway up/ });
  expectSuccess(await run('up'));
  expect(await ledger()).toHaveLength(2);
});

test.each<[string, (made: Awaited<ReturnType<typeof scene>>) => unknown, number, RegExp, RegExp]>([
  [
    'there is no down file',
    ({ project }) => project.remove(`${b}.down.sql`),
    64,
    /20250102000000_b\.sql: the migration has no down file/,
    /Write migrations\/20250102000000_b\.down\.sql/,
  ],
  [
    'the file was edited since',
    ({ project }) => project.write(`${b}.sql`, 'CREATE TABLE b ();'),
    82,
    /20250102000000_b\.sql was edited/,
    /Restore the file/,
  ],
  [
    'the image does not carry the version',
    ({ project }) => {
      project.remove(`${b}.sql`);
      project.remove(`${b}.down.sql`);
    },
    64,
    /20250102000000_b is not in this image/,
    /Use the image that contains it/,
  ],
  [
    'the down file fails',
    ({ project }) => project.write(`${b}.down.sql`, 'DROP TABLE b;\nDROP TABLE c;'),
    65,
    /^migrations\/20250102000000_b\.down\.sql:2:1: table "c" does not exist/,
    /Correct the statement/,
  ],
  [
    'the down file ends its transaction',
    ({ project }) => project.write(`${b}.down.sql`, 'DROP TABLE b;\nCOMMIT;'),
    65,
    /^migrations\/20250102000000_b\.down\.sql:2:1: COMMIT in a file/,
    /Remove it/,
  ],
  [
    'something depends on what it drops',
    ({ database }) => database.query('CREATE VIEW v AS SELECT * FROM b'),
    65,
    /cannot drop table b because other objects depend on it/,
    /Correct the statement/,
  ],
])('where %s, nothing is touched', async (_, change, code, names, remedy) => {
  const made = await scene(files);
  expectSuccess(await made.run('up'));
  await change(made);
  const before = await made.fingerprint();
  expectFailure(await made.run('down'), { code, names, remedy });
  expect(await made.fingerprint()).toEqual(before);
});

test('what is marked irreversible is not undone', async () => {
  const { run, fingerprint } = await scene({
    ...files,
    [`${b}.sql`]: '-- slipway: irreversible\nCREATE TABLE b ();',
  });
  expectSuccess(await run('up'));
  const before = await fingerprint();
  expectFailure(await run('down'), {
    code: 64,
    names: /_b\.sql: the migration is marked irreversible/,
    remedy: /new migration/,
  });
  expect(await fingerprint()).toEqual(before);
});

test('a module undoes itself', async () => {
  const module = (down: string) =>
    `export async function up({ client }) { await client.query('CREATE TABLE b (x int)'); }\n${down}`;
  const { run, database, ledger } = await scene({
    [`${a}.sql`]: 'CREATE TABLE a ();',
    [`${b}.mjs`]: module("export async function down({ client }) { await client.query('DROP TABLE b'); }"),
  });
  expectSuccess(await run('up'));
  expectSuccess(await run('down'));
  expect(await ledger()).toHaveLength(1);
  expect(await database.query(`SELECT to_regclass('b') AS b`)).toEqual([{ b: null }]);

  const bare = await scene({ [`${b}.mjs`]: module('') });
  expectSuccess(await bare.run('up'));
  const before = await bare.fingerprint();
  expectFailure(await bare.run('down'), {
    code: 65,
    names: /_b\.mjs: the module does not export a function "down"/,
    remedy: /export async function down/,
  });
  expect(await bare.fingerprint()).toEqual(before);
});

test('a database whose ledger is lost is not said to be empty', async () => {
  const made = await scene(files);
  await writeLock(made);
  expectSuccess(await made.run('up'));
  await made.database.query('DROP SCHEMA slipway CASCADE');
  expectFailure(await made.run('down'), {
    code: 64,
    names: /nothing to undo: the database has no ledger, and its schema matches 20250102000000/,
    remedy: /slipway adopt/,
  });
  expectSuccess(await made.run('adopt'));
  expectSuccess(await made.run('down'));
});

test('a version that was begun and left is not undone: a person has to check it', async () => {
  const index = 'migrations/20250103000000_index';
  const { run, database, fingerprint, ledger } = await scene({
    ...files,
    [`${index}.sql`]: '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY a_x ON a (x);',
    [`${index}.down.sql`]: 'DROP INDEX a_x;',
  });
  expectSuccess(await run('up'));
  await database.query(
    "UPDATE slipway.ledger SET state = 'running', finished_at = NULL WHERE version = '20250103000000'",
  );
  const before = await fingerprint();
  expectFailure(await run('down'), {
    code: 84,
    names: /20250103000000_index was started at .* and never finished/,
    remedy: /slipway repair/,
  });
  expect(await fingerprint()).toEqual(before);
  expectSuccess(await run('up'));
  expectSuccess(await run('down'));
  expect(await ledger()).toHaveLength(2);
});

test('two downs at once undo one version each, or say that another run was at work', async () => {
  const { run, ledger } = await scene(files);
  expectSuccess(await run('up'));
  const results = await Promise.all([run('down'), run('down')]);
  const undone = results.filter(({ code }) => code === 0).length;
  for (const result of results.filter(({ code }) => code !== 0)) {
    expectFailure(result, {
      code: 75,
      names: /no longer the newest version: another run changed that/,
      remedy: /slipway status/,
    });
  }
  expect(undone).toBeGreaterThan(0);
  expect(await ledger()).toHaveLength(2 - undone);
});

const c = 'migrations/20250103000000_c';
const three = {
  ...files,
  [`${c}.sql`]:
    'ALTER TABLE a ADD COLUMN note text;\nCREATE TABLE parted (k int) PARTITION BY LIST (k);\nCREATE TABLE part PARTITION OF parted DEFAULT;',
  [`${c}.down.sql`]: 'ALTER TABLE a DROP COLUMN note;\nDROP TABLE parted;',
};
const versions = ['20250101000000', '20250102000000', '20250103000000'];

test('down --to and --steps undo several, the newest first', async () => {
  const { run, ledger } = await scene(three);
  const left = async () => (await ledger()).map(({ version }) => version);
  expectSuccess(await run('up'));
  const { stdout } = expectSuccess(await run(`down --to ${versions[0]} --json`));
  expect(JSON.parse(stdout)).toMatchObject({
    undone: { version: versions[1] },
    versions: [{ version: versions[2] }, { version: versions[1] }],
  });
  expect(await left()).toEqual(versions.slice(0, 1));
  const again = expectSuccess(await run(`down --to ${versions[0]}`));
  expect(again.stdout).toMatch(/^nothing to undo/);
  expectSuccess(await run('up'));
  const { logs } = expectSuccess(await run('downgrade -2'));
  expect(logs.filter(({ event }) => event === 'undone')).toMatchObject([
    { version: versions[2] },
    { version: versions[1] },
  ]);
  expectSuccess(await run('up'));
  expectSuccess(await run(`downgrade ${versions[1]}`));
  expect(await left()).toEqual(versions.slice(0, 2));
  expectFailure(await run('down --to 20250101000001'), {
    code: 64,
    names: /does not have version 20250101000001/,
    remedy: /It has 20250102000000, 20250101000000/,
  });
  for (const bad of [
    '--steps 0',
    '--steps -1',
    '--steps x',
    '--to yesterday',
    `--to ${versions[0]} --steps 1`,
  ])
    expectFailure(await run(`down ${bad}`), {
      code: 64,
      names: /--steps|--to/,
      remedy: /--steps|--to|status/,
    });
});

test('what cannot be undone is named before anything is', async () => {
  const { run, project, fingerprint } = await scene(three);
  expectSuccess(await run('up'));
  project.remove(`${a}.down.sql`);
  const before = await fingerprint();
  expectFailure(await run('down --steps 3'), {
    code: 64,
    names: /20250101000000_a\.sql: the migration has no down file/,
    remedy: /Write migrations/,
  });
  expect(await fingerprint()).toEqual(before);
});

test.each<[string, string, string, string]>([
  [
    'rows of a table',
    'DROP TABLE t CASCADE;',
    "INSERT INTO t VALUES (1, 'x'), (2, NULL)",
    '2 rows of public.t',
  ],
  [
    'values of a column',
    'ALTER TABLE t DROP COLUMN b;',
    "INSERT INTO t VALUES (1, 'x'), (2, NULL)",
    '1 value of public.t.b',
  ],
  ['rows of a partition', 'DROP TABLE part;', 'INSERT INTO parted VALUES (1), (2)', '2 rows of public.part'],
  [
    'rows of all partitions',
    'DROP TABLE parted;',
    'INSERT INTO parted VALUES (1), (2)',
    '2 rows of public.parted',
  ],
  [
    'a column of partitions',
    'ALTER TABLE parted DROP COLUMN m;',
    'INSERT INTO parted VALUES (1, 5)',
    '1 value of public.parted.m',
  ],
  [
    'rows that it deletes',
    'DELETE FROM t WHERE a = 1;',
    'INSERT INTO t VALUES (1), (2)',
    '1 row of public.t',
  ],
  [
    'rows that go with others',
    'DELETE FROM t;',
    'INSERT INTO t VALUES (1); INSERT INTO child VALUES (1), (1)',
    '2 rows of public.child and 1 row of public.t',
  ],
  ['rows that it truncates', 'TRUNCATE t CASCADE;', 'INSERT INTO t VALUES (1)', '1 row of public.t'],
  [
    'what a schema holds',
    'DROP SCHEMA "s S" CASCADE;',
    'INSERT INTO "s S"."T" VALUES (1)',
    '1 row of "s S"."T"',
  ],
  [
    'what was given beside the first values',
    'ALTER TABLE t DROP COLUMN given;',
    "INSERT INTO t VALUES (1); UPDATE t SET given = 'other' WHERE a = 1",
    '1 value of public.t.given',
  ],
])('%s are not lost unless it is said that they may be', async (_, undo, filling, lost) => {
  const made = await scene({
    [`${a}.sql`]: `CREATE TABLE t (a int PRIMARY KEY, b text);
CREATE TABLE child (a int REFERENCES t ON DELETE CASCADE);
CREATE TABLE parted (k int, m int) PARTITION BY LIST (k);
CREATE TABLE part PARTITION OF parted DEFAULT;
CREATE SCHEMA "s S";
CREATE TABLE "s S"."T" (x int);
INSERT INTO t VALUES (99);
ALTER TABLE t ADD COLUMN given text DEFAULT 'first';
ALTER TABLE t ALTER COLUMN given DROP DEFAULT;
DELETE FROM t WHERE a = 100;`,
    [`${b}.sql`]: 'SELECT 1;',
    [`${b}.down.sql`]: `PREPARE kept AS SELECT 1;\n${undo}`,
  });
  const { run, database, fingerprint, ledger } = made;
  expectSuccess(await run('up'));
  if (undo.startsWith('TRUNCATE') || undo.startsWith('DROP TABLE t') || undo === 'DELETE FROM t;')
    await database.query('DELETE FROM t');
  await database.query(filling);
  const before = await fingerprint();
  expectFailure(await run('down'), {
    code: 64,
    names: new RegExp(
      `_b\\.down\\.sql: the undoing of 20250102000000_b would lose ${lost.replace(/[.]/g, '\\.')}$`,
    ),
    remedy: /slipway down --accept-data-loss/,
  });
  expect(await fingerprint()).toEqual(before);
  expectSuccess(await run('down --accept-data-loss'));
  expect(await ledger()).toHaveLength(1);
});

test('what holds nothing is undone, and so is what the next up gives again', async () => {
  const { run, database, ledger } = await scene({
    [`${a}.sql`]: 'CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2);',
    [`${b}.sql`]: `ALTER TABLE t ADD COLUMN twice int GENERATED ALWAYS AS (a * 2) STORED; ALTER TABLE t ADD COLUMN tier text NOT NULL DEFAULT 'standard';
CREATE TABLE empty (x int); CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW m AS SELECT a FROM t; CREATE SEQUENCE s;`,
    [`${b}.down.sql`]:
      'CREATE TABLE made (x int); CREATE TABLE gone (x int); INSERT INTO gone VALUES (1); DROP TABLE gone; ALTER TABLE made ADD COLUMN y int; ALTER TABLE made DROP COLUMN y; DROP SEQUENCE s; DROP MATERIALIZED VIEW m; DROP VIEW v; DROP TABLE empty; ALTER TABLE t DROP COLUMN twice; ALTER TABLE t DROP COLUMN tier;',
  });
  expectSuccess(await run('up'));
  expectSuccess(await run('down'));
  expect(await ledger()).toHaveLength(1);
  expect(await database.query('SELECT * FROM t ORDER BY a')).toEqual([{ a: 1 }, { a: 2 }]);
});

test('outside of a transaction only what loses nothing is undone unasked', async () => {
  const { run, fingerprint, ledger } = await scene({
    [`${a}.sql`]: 'CREATE TABLE t (a int);',
    [`${b}.sql`]: '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a);',
    [`${b}.down.sql`]: '-- slipway: no-transaction\nDROP INDEX CONCURRENTLY i;',
    [`${c}.sql`]: 'CREATE TABLE other ();',
    [`${c}.down.sql`]: '-- slipway: no-transaction\nDROP TABLE other;',
  });
  expectSuccess(await run('up'));
  const before = await fingerprint();
  expectFailure(await run('down'), {
    code: 64,
    names: /cannot be counted before it is gone/,
    remedy: /--accept-data-loss/,
  });
  expect(await fingerprint()).toEqual(before);
  expectSuccess(await run('down --accept-data-loss'));
  expectSuccess(await run('down'));
  expect(await ledger()).toHaveLength(1);
});
