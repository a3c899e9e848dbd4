import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { badFiles, baseline, dated, early, first, withSql } from '../../support/bad-files.ts';
import { searchRun } from '../../support/leaks.ts';
import { writeLock } from '../../support/locked.ts';
import { makeProject } from '../../support/project.ts';
import { expectFailure, expectSuccess, type Scene, sceneOf, useScenes } from '../../support/scene.ts';
import { newSecret } from '../../support/secrets.ts';
import { copyProgram, type LogLine } from '../../support/slipway.ts';

const scene = useScenes();

describe('nothing is kept of', () => {
  const shared = useScenes(afterAll);
  let empty: Scene;
  let managed: Scene;
  beforeAll(async () => {
    empty = await shared({});
    managed = await shared(first);
    expectSuccess(await managed.run('up'));
  });

  test.each(badFiles)('$what', async ({ files, code = 65, ...expected }) => {
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
  /** Runs the program as a user who owns nothing; where the tests are not run by root, as the one who runs them. */
  async function runUnprivileged(
    unreadable: string,
    env: Readonly<Record<string, string>>,
  ): Promise<{ code: number | null; failure: LogLine }> {
    const { project, database } = await scene({ ...first, 'secret.txt': newSecret() });
    const program = copyProgram(project.directory);
    const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
    if ('uid' in user) chownSync(project.directory, nobody, nobody);
    chmodSync(project.path(unreadable), 0);
    const { PGPASSWORD, ...rest } = database.env;
    const result = spawnSync(process.execPath, [program, 'up'], {
      ...user,
      cwd: project.directory,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...rest, ...(env.PGPASSWORD_FILE ? {} : { PGPASSWORD }), ...env },
    });
    searchRun('a user without rights', { ...result, code: result.status });
    chmodSync(project.path(unreadable), 0o755);
    expect(await database.query(`SELECT to_regclass('a') AS a`)).toEqual([{ a: null }]);
    expect(result.stdout + result.stderr).not.toMatch(/^\s+at /m);
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

describe('everything that is wrong is told at once', () => {
  const many = {
    ...first,
    'migrations/20250102000000_b.sql': 'CREATE TABLE b ();\nCOMMIT;\nVACUUM b;',
    'migrations/20250103000000_c.sql': '\\i other.sql\n',
    'migrations/20250104000000_d.sql': '-- slipway: no-transactions\nSELECT 1;',
    'migrations/20250104000000_e.sql': 'SELECT 1;',
    'migrations/20250105000000_f.sql': Buffer.from([0x53, 0xe9]),
    'migrations/add_fee.sql': 'SELECT 1;',
    'migrations/deep/20250106000000_g.sql': 'SELECT 1;',
  };
  const unreadable = [
    /^migrations\/20250104000000_d\.sql:1: unknown directive/,
    /^migrations\/20250105000000_f\.sql:1:2: the file is not UTF-8/,
    /^migrations\/add_fee\.sql: the file name has no version/,
    /^migrations\/deep\/20250106000000_g\.sql: a migration is in a folder of its own/,
  ];
  const toFail = [
    /^migrations\/20250102000000_b\.sql:2:1: COMMIT in a file/,
    /^migrations\/20250102000000_b\.sql:3:1: VACUUM cannot run/,
    /^migrations\/20250103000000_c\.sql:1:1: \\i is a command of psql/,
  ];

  async function told(made: Scene, command: string): Promise<{ code: number | null; problems: string[] }> {
    const { code, stdout, logs } = await made.run(`${command} --json`);
    const { error } = JSON.parse(stdout);
    expect(logs.filter(({ event }) => event === 'failed')).toHaveLength(1);
    for (const { remedy } of error.problems) expect(remedy).toMatch(/\w/);
    return {
      code,
      problems: error.problems
        .map(({ place, message }: { place: string; message: string }) => `${place}: ${message}`)
        .sort(),
    };
  }

  test.each(['up', 'plan', 'status', 'wait'])('%s: what cannot be read', async (command) => {
    const made = await scene(many);
    const before = await made.fingerprint();
    const { code, problems } = await told(made, command);
    expect(code).toBe(65);
    expect(problems).toEqual(unreadable.map((problem) => expect.stringMatching(problem)));
    expect(await made.fingerprint()).toEqual(before);
  });

  test.each(['up', 'plan'])(
    '%s: what can be known to fail, in every file that it would apply',
    async (command) => {
      const { 'migrations/20250102000000_b.sql': b, 'migrations/20250103000000_c.sql': c } = many;
      const made = await scene({
        ...first,
        'migrations/20250102000000_b.sql': b,
        'migrations/20250103000000_c.sql': c,
        'migrations/20250104000000_d.mjs': 'export function down() {}',
      });
      const before = await made.fingerprint();
      const { code, problems } = await told(made, command);
      expect(code).toBe(65);
      expect(problems).toEqual([
        ...toFail.map((problem) => expect.stringMatching(problem)),
        expect.stringMatching(
          /^migrations\/20250104000000_d\.mjs: the module does not export a function "up"/,
        ),
      ]);
      expect(await made.fingerprint()).toEqual(before);
    },
  );

  test('check: with what lock and files disagree about', async () => {
    const made = await scene({ ...first, 'migrations/20250107000000_h.sql': 'SELECT 1;' });
    await writeLock(made);
    for (const [path, text] of Object.entries(many)) made.project.write(path, text);
    made.project.write(early, 'CREATE TABLE a (x bigint);');
    made.project.remove('migrations/20250107000000_h.sql');
    const { code, problems } = await told(made, 'check');
    expect(code).toBe(65);
    const lockfile = [
      /^20250107000000: the lock lists it, but its file is missing/,
      /^migrations\/20250101000000_a\.sql: it was edited since the lock was written/,
      /^migrations\/20250102000000_b\.sql: it is missing from the lock file/,
      /^migrations\/20250103000000_c\.sql: it is missing from the lock file/,
    ];
    expect(problems).toEqual(
      expect.arrayContaining(
        [...unreadable, ...toFail, ...lockfile].map((one) => expect.stringMatching(one)),
      ),
    );
    // Of what could not be read it is said once.
    expect(problems.filter((one) => /20250104000000_d|20250105/.test(one))).toHaveLength(2);
  });

  test('up: a file that the lock lists is missing, and others cannot be read', async () => {
    const made = await scene({ ...first, 'migrations/20250107000000_h.sql': 'SELECT 1;' });
    await writeLock(made);
    made.project.remove('migrations/20250107000000_h.sql');
    made.project.write('migrations/add_fee.sql', 'SELECT 1;');
    const { code, problems } = await told(made, 'up');
    expect(code).toBe(66);
    expect(problems).toEqual([
      expect.stringMatching(/^migrations\/20250107000000_\*\.sql: .* lists this migration/),
      expect.stringMatching(/^migrations\/add_fee\.sql: the file name has no version/),
    ]);
  });

  test('a lock in the middle of a merge, and a file that is as well', async () => {
    const merge = '<<<<<<< HEAD\nSELECT 1;\n=======\nSELECT 2;\n>>>>>>> main\n';
    const made = await scene({ ...withSql(merge), 'sql/schema.lock.json': merge });
    for (const command of ['up', 'check']) {
      const { code, problems } = await told(made, command);
      expect(code).toBe(66);
      expect(problems).toEqual([
        expect.stringMatching(/^migrations\/20250102000000_bad\.sql:1:1: the file holds the markers/),
        expect.stringMatching(/^sql\/schema\.lock\.json:1: the lock file holds the markers/),
      ]);
    }
  });
});
