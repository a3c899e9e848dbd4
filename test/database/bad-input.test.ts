import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync } from 'node:fs';
import { makeProject } from '../support/project.ts';
import { expectFailure, expectSuccess, type Scene, sceneOf, useScenes } from '../support/scene.ts';
import { bundle, type LogLine } from '../support/slipway.ts';

const scene = useScenes();
const early = 'migrations/20250101000000_a.sql';
const first: Readonly<Record<string, string>> = { [early]: 'CREATE TABLE a (x int);' };
const bad = 'migrations/20250102000000_bad.sql';
const withSql = (text: string | Buffer) => ({ ...first, [bad]: text });
const withModule = (text: string) => ({ ...first, [mjs]: text });
const mjs = 'migrations/20250102000000_bad.mjs';
const baseline = 'sql/baseline.sql';
const dated = '-- slipway: version 20250101000000\n';

interface Bad {
  readonly what: string;
  readonly files: Readonly<Record<string, string | Buffer>>;
  readonly code?: number;
  readonly names: RegExp;
  readonly place?: string;
  readonly remedy: RegExp;
}

const cases: readonly Bad[] = [
  {
    what: 'an empty file',
    files: withSql(''),
    names: /the file is empty/,
    place: `${bad}:1:1`,
    remedy: /delete the file/,
  },
  {
    what: 'white space alone',
    files: withSql(' \n\t\n'),
    names: /the file is empty/,
    place: `${bad}:1:1`,
    remedy: /delete the file/,
  },
  {
    what: 'comments alone',
    files: withSql('-- to do\n/* later */\n'),
    names: /comments but no statement/,
    place: `${bad}:1:1`,
    remedy: /delete the file/,
  },
  {
    what: 'an empty baseline',
    files: { [baseline]: dated },
    names: /comments but no statement/,
    place: `${baseline}:1:1`,
    remedy: /Write its SQL/,
  },
  {
    what: 'invalid UTF-8',
    files: withSql(
      Buffer.concat([Buffer.from("SELECT 1;\nSELECT 'é"), Buffer.from([0xe9]), Buffer.from("';")]),
    ),
    names: /not UTF-8: byte 0xe9 at offset 20/,
    place: `${bad}:2:10`,
    remedy: /Save it as UTF-8/,
  },
  {
    what: 'UTF-16',
    files: withSql(Buffer.from('\uFEFFSELECT 1;', 'utf16le')),
    names: /UTF-16/,
    place: bad,
    remedy: /Save it as UTF-8/,
  },
  {
    what: 'a NUL byte',
    files: withSql('SELECT 1;\n  \0SELECT 2;'),
    names: /NUL byte/,
    place: `${bad}:2:3`,
    remedy: /Remove it/,
  },
  {
    what: 'an unfinished merge',
    files: withSql('<<<<<<< HEAD\nSELECT 1;\n=======\nSELECT 2;\n>>>>>>> main\n'),
    code: 66,
    names: /unfinished merge/,
    place: `${bad}:1:1`,
    remedy: /Resolve the merge/,
  },
  {
    what: 'a name without version',
    files: { ...first, 'migrations/add_fee.sql': 'SELECT 1;' },
    names: /no version/,
    place: 'migrations/add_fee.sql',
    remedy: /20251204093000_add_fee_tier\.sql/,
  },
  {
    what: 'two files with one version',
    files: { ...first, 'migrations/20250101000000_b.sql': 'SELECT 1;' },
    names: /20250101000000 is already taken by migrations\/20250101000000_a\.sql/,
    place: 'migrations/20250101000000_b.sql',
    remedy: /--restamp migrations\/20250101000000_b\.sql/,
  },
  {
    what: 'a COMMIT',
    files: withSql('CREATE TABLE b ();\nCOMMIT;'),
    names: /COMMIT in a file that runs in a transaction/,
    place: `${bad}:2:1`,
    remedy: /Remove it/,
  },
  {
    what: 'a COMMIT and a BEGIN around what is to escape',
    files: withSql('CREATE TABLE b ();\n/* x */ COMMIT; CREATE TABLE c ();\nBEGIN;\nCREATE TABLE d ();'),
    names: /COMMIT in a file that runs in a transaction/,
    place: `${bad}:2:9`,
    remedy: /commits both together/,
  },
  {
    what: 'a COMMIT in a DO block',
    files: withSql('CREATE TABLE b ();\nDO $$ BEGIN\n  COMMIT;\nEND $$;'),
    names: /invalid transaction termination/,
    place: `${bad}:3:3`,
    remedy: /Correct the statement/,
  },
  {
    what: 'a ROLLBACK in the baseline',
    files: { [baseline]: `${dated}CREATE TABLE b ();\nROLLBACK;` },
    names: /ROLLBACK in a file that runs in a transaction/,
    place: `${baseline}:3:1`,
    remedy: /Remove it/,
  },
  {
    what: 'CREATE INDEX CONCURRENTLY without the directive',
    files: withSql('-- fast\nCREATE INDEX CONCURRENTLY i ON a (x);'),
    names: /CREATE INDEX CONCURRENTLY cannot run inside a transaction/,
    place: `${bad}:2:1`,
    remedy: /first line of the file: -- slipway: no-transaction/,
  },
  {
    what: 'VACUUM in the baseline',
    files: { [baseline]: `${dated}CREATE TABLE b ();\nVACUUM b;` },
    names: /VACUUM cannot run inside a transaction/,
    place: `${baseline}:3:1`,
    remedy: /a migration of its own/,
  },
  {
    what: 'a no-transaction file with two statements',
    files: withSql('-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (x);\nVACUUM;'),
    names: /a no-transaction file with 2 statements/,
    place: `${bad}:3:1`,
    remedy: /Make one file of each/,
  },
  {
    what: 'a no-transaction baseline',
    files: { [baseline]: `${dated}-- slipway: no-transaction\nCREATE TABLE b ();` },
    names: /the baseline asks for no-transaction/,
    place: `${baseline}:1:1`,
    remedy: /Remove the directive/,
  },
  {
    what: 'an unknown directive',
    files: withSql('-- slipway: no-transactions\nVACUUM;'),
    names: /unknown directive "no-transactions"/,
    place: `${bad}:1`,
    remedy: /Known are: no-transaction/,
  },
  {
    what: 'a baseline without its version',
    files: { [baseline]: 'CREATE TABLE b ();' },
    names: /does not say which version/,
    place: `${baseline}:1`,
    remedy: /-- slipway: version/,
  },
  {
    what: 'a psql command in a migration',
    files: withSql('CREATE TABLE b ();\n\\i other.sql\n'),
    names: /\\i is a command of psql/,
    place: `${bad}:2:1`,
    remedy: /Put the content of that file here/,
  },
  {
    what: 'a psql command in the baseline',
    files: { [baseline]: `${dated}\\connect other\nCREATE TABLE b ();` },
    names: /\\connect is a command of psql/,
    place: `${baseline}:2:1`,
    remedy: /Dump without --create/,
  },
  {
    what: 'a psql command at the end of a statement',
    files: withSql(`SELECT 'CREATE TABLE b ()' \\gexec`),
    names: /\\gexec is a command of psql/,
    place: `${bad}:1:28`,
    remedy: /DO block with EXECUTE/,
  },
  {
    what: 'COPY data without an end',
    files: withSql('COPY a FROM stdin;\n1\n2\n'),
    names: /without the line \\\. that ends its data/,
    place: `${bad}:1:1`,
    remedy: /as pg_dump writes it/,
  },
  {
    what: 'a quote that is never closed',
    files: withSql("SELECT 1;\nSELECT 'x;\nSELECT 2;\n"),
    names: /never closed|not closed|no end/,
    place: `${bad}:2:8`,
    remedy: /./,
  },
  {
    what: 'a module without up',
    files: withModule('export function down() {}'),
    names: /does not export a function "up"/,
    place: mjs,
    remedy: /export async function up\(\{ client \}\)/,
  },
  {
    what: 'a module that throws',
    files: withModule(
      "export async function up({ client }) {\n  await client.query('CREATE TABLE b ()');\n  throw new Error('no such fee');\n}",
    ),
    names: /no such fee/,
    place: `${mjs}:3:9`,
    remedy: /Correct the migration/,
  },
  {
    what: 'a module that throws when it is loaded',
    files: withModule("\nthrow new Error('early');"),
    names: /cannot be loaded: early/,
    place: `${mjs}:2:7`,
    remedy: /import only `node:` modules/,
  },
  {
    what: 'a module that imports a relative path',
    files: {
      ...withModule("import { x } from './lib.js';\nexport function up() {}"),
      'migrations/lib/lib.js': '',
    },
    names: /it imports ".\/lib.js"/,
    place: `${mjs}:1:20`,
    remedy: /would escape its checksum/,
  },
  {
    what: 'a module that imports a package',
    files: withModule("// why\nimport pg from 'pg';\nexport function up() {}"),
    names: /it imports "pg"/,
    place: `${mjs}:2:17`,
    remedy: /only `node:` modules/,
  },
  {
    what: 'a module that imports later',
    files: withModule("export async function up() {\n  await import('./lib.js');\n}"),
    names: /it imports ".\/lib.js"/,
    place: `${mjs}:2:16`,
    remedy: /only `node:` modules/,
  },
  {
    what: 'a module that imports what it computes',
    files: withModule("export async function up() {\n  await import('./' + 'lib.js');\n}"),
    names: /it imports/,
    remedy: /only `node:` modules/,
  },
  {
    what: 'a module with a syntax error',
    files: withModule('export function up() {\n  return (;\n}'),
    names: /cannot be loaded: Unexpected token|syntax error/,
    remedy: /./,
  },
  {
    what: 'a module that is CommonJS',
    files: withModule('module.exports.up = () => {};'),
    names: /cannot be loaded: module is not defined/,
    remedy: /ECMAScript module/,
  },
  {
    what: 'a no-transaction module',
    files: withModule('// slipway: no-transaction\nexport function up() {}'),
    names: /a module cannot be no-transaction/,
    place: mjs,
    remedy: /as \.sql/,
  },
  {
    what: 'a folder instead of a migration',
    files: { ...first, [`${bad}/x`]: '' },
    code: 66,
    names: /a directory stands where a file should be/,
    place: bad,
    remedy: /bind mount/,
  },
  {
    what: 'a folder instead of the baseline',
    files: { [`${baseline}/x`]: '' },
    code: 66,
    names: /a directory stands where a file should be/,
    place: baseline,
    remedy: /bind mount/,
  },
];

describe('nothing is kept of', () => {
  const shared = useScenes(afterAll);
  let empty: Scene;
  let managed: Scene;
  beforeAll(async () => {
    empty = await shared({});
    managed = await shared(first);
    expectSuccess(await managed.run('up'));
  });

  test.each(cases)('$what', async ({ files, code = 65, ...expected }) => {
    const { database, fingerprint } = files[early] === undefined ? empty : managed;
    const project = makeProject(files);
    try {
      const before = await fingerprint();
      expectFailure(await sceneOf(database, project).run('up'), { code, ...expected });
      expect(await fingerprint()).toEqual(before);
    } finally {
      project.destroy();
    }
  });
});

describe('what is accepted', () => {
  test.each([
    ['a byte order mark', withSql('\uFEFFCREATE TABLE b (x int);')],
    ['CRLF', withSql('-- slipway: lock-timeout 1s\r\nCREATE TABLE b (\r\n  x int\r\n);\r\n')],
    ['no semicolon at the end', withSql('CREATE TABLE b (x int)')],
    ['empty statements', withSql(';;\nCREATE TABLE b (x int);;\n;')],
    [
      'COPY data in a migration',
      withSql('CREATE TABLE b (x int);\nCOPY b FROM stdin;\n1\n\\N\n\\.\n\nCREATE INDEX ON b (x);\n'),
    ],
    [
      'COPY data with CRLF',
      withSql('CREATE TABLE b (x int);\r\nCOPY b (x) FROM stdin;\r\n1\r\n2\r\n\\.\r\n'),
    ],
    ['COPY without rows', withSql('CREATE TABLE b (x int);\nCOPY b FROM stdin;\n\\.\n')],
    ['savepoints', withSql('SAVEPOINT s;\nCREATE TABLE b (x int);\nRELEASE s;')],
    [
      'a name with a dot and letters beyond ASCII',
      { ...first, 'migrations/20250102000000_gebühr.v2.sql': 'CREATE TABLE b (x int);' },
    ],
  ])('%s', async (_, files) => {
    const { run, database, ledger } = await scene(files);
    expectSuccess(await run('up'));
    expect(await ledger()).toHaveLength(2);
    expect(await database.query('SELECT count(x)::int < 3 AS is_there FROM b')).toEqual([{ is_there: true }]);
    expectSuccess(await run('up'));
  });

  test('what a body sets ends with it', async () => {
    const { run, ledger } = await scene({
      'migrations/20250101000000_a.sql':
        "CREATE SCHEMA x; SET search_path = x; SET statement_timeout = '1h'; SET row_security = off; CREATE TABLE a (x int);",
      'migrations/20250102000000_b.sql':
        "DO $$ BEGIN ASSERT current_setting('search_path') = '\"$user\", public', current_setting('search_path'); ASSERT current_setting('statement_timeout') = '0'; ASSERT current_setting('row_security') = 'on'; END $$;",
    });
    expectSuccess(await run('up'));
    expect(await ledger()).toHaveLength(2);
  });
});

test('a baseline that drops is for a database where nothing is', async () => {
  const files = { [baseline]: `${dated}DROP TABLE IF EXISTS b;\nCREATE TABLE b ();` };
  const empty = await scene(files);
  expectSuccess(await empty.run('up'));

  const taken = await scene(files);
  await taken.database.query('CREATE TABLE b (x int); INSERT INTO b VALUES (1)');
  const before = await taken.fingerprint();
  expectFailure(await taken.run('up'), {
    code: 80,
    names: /holds 1 relation/,
    remedy: /Nothing was touched/,
  });
  expect(await taken.fingerprint()).toEqual(before);

  const shared = await scene(first);
  expectSuccess(await shared.run('up', { SLIPWAY_APP: 'first' }));
  shared.project.write(baseline, files[baseline] ?? '');
  shared.project.remove('migrations/20250101000000_a.sql');
  const held = await shared.fingerprint();
  expectFailure(await shared.run('up', { SLIPWAY_APP: 'second' }), {
    code: 80,
    names: /baseline contains DROP, TRUNCATE or DELETE.*holds 1 relation/,
    remedy: /Remove those statements/,
  });
  expect(await shared.fingerprint()).toEqual(held);
});

describe('files that the user may not read', () => {
  const nobody = 65534;
  /** Runs the bundle as a user who owns nothing; where the tests are not run by root, as the one who runs them. */
  async function runUnprivileged(
    unreadable: string,
    env: Readonly<Record<string, string>>,
  ): Promise<{ code: number | null; failure: LogLine }> {
    const { project, database } = await scene({ ...first, 'secret.txt': 'tell-nobody\n' });
    copyFileSync(bundle, project.path('slipway.js'));
    const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
    if ('uid' in user) chownSync(project.directory, nobody, nobody);
    chmodSync(project.path(unreadable), 0);
    const { PGPASSWORD, ...rest } = database.env;
    const result = spawnSync(process.execPath, [project.path('slipway.js'), 'up'], {
      ...user,
      cwd: project.directory,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...rest, ...(env.PGPASSWORD_FILE ? {} : { PGPASSWORD }), ...env },
    });
    chmodSync(project.path(unreadable), 0o755);
    expect(await database.query(`SELECT to_regclass('a') AS a`)).toEqual([{ a: null }]);
    expect(result.stdout + result.stderr).not.toMatch(/tell-nobody|^\s+at /m);
    return { code: result.status, failure: JSON.parse(result.stderr.trim().split('\n').at(-1) ?? '') };
  }

  test.each([
    [
      'a migration',
      'migrations/20250101000000_a.sql',
      {},
      66,
      /20250101000000_a\.sql: uid \d+ may not read it/,
      /chmod a\+r/,
    ],
    [
      'the folder of the migrations',
      'migrations',
      {},
      66,
      /^migrations: uid \d+ may not read it/,
      /a\+rx for folders/,
    ],
    [
      'a secret',
      'secret.txt',
      { PGPASSWORD_FILE: 'secret.txt' },
      78,
      /PGPASSWORD_FILE: .*secret\.txt.*\(uid \d+\)/,
      /0444/,
    ],
  ])('%s', async (_, unreadable, env, code, names, remedy) => {
    const ran = await runUnprivileged(unreadable, env);
    expect(ran.failure.msg).toMatch(names);
    expect(ran.failure.remedy).toMatch(remedy);
    expect(ran.code).toBe(code);
  });
});

describe('settings', () => {
  test('one that is not known is pointed out, and the run goes on', async () => {
    const { run } = await scene(first);
    const { logs } = expectSuccess(await run('up', { SLIPWAY_WAIT_TIMOUT: '5s' }));
    expect(logs).toContainEqual(
      expect.objectContaining({
        msg: 'SLIPWAY_WAIT_TIMOUT is not known and is ignored; did you mean SLIPWAY_WAIT_TIMEOUT?',
      }),
    );
  });

  test.each([
    [
      'a URL with a bad escape',
      { DATABASE_URL: 'postgresql://app:100%@db/trading' },
      /DATABASE_URL: /,
      /%25|percent|escape/,
    ],
    ['a port out of range', { PGPORT: '65536' }, /PGPORT: /, /65535/],
    [
      'a duration that is none',
      { SLIPWAY_WAIT_TIMEOUT: 'soon' },
      /SLIPWAY_WAIT_TIMEOUT: "soon" is not a duration/,
      /3s|s/,
    ],
    ['a secret in two forms', { PGPASSWORD_FILE: 'x' }, /PGPASSWORD/, /one/i],
  ])('%s ends with 78', async (_, env, names, remedy) => {
    const { run, fingerprint } = await scene(first);
    const before = await fingerprint();
    expectFailure(await run('up', env), { code: 78, names, remedy });
    expect(await fingerprint()).toEqual(before);
  });

  test('all that is wrong is listed at once', async () => {
    const { run } = await scene(first);
    const { detail } = expectFailure(
      await run('up', { PGPORT: 'x', SLIPWAY_ON_AHEAD: 'x', SLIPWAY_APP: '\n' }),
      {
        code: 78,
        names: /3 settings are wrong/,
        remedy: /Correct each/,
      },
    );
    expect(detail).toEqual(
      [/^PGPORT: /, /^SLIPWAY_APP: /, /^SLIPWAY_ON_AHEAD: /].map((line) => expect.stringMatching(line)),
    );
  });
});
