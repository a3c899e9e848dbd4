import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import type { SlipwayResult } from '../../support/slipway.ts';

const scene = useScenes();
const files = {
  'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE a (x int);',
  'migrations/20250102000000_b.sql': 'CREATE TABLE b (x int);',
  'migrations/20250103000000_c.sql': '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY c ON a (x);',
};

/** What a run printed on stdout: one JSON document, with every log line on stderr. */
function documentOf({ stdout, stderr }: SlipwayResult): unknown {
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  for (const line of stderr.trimEnd().split('\n').filter(Boolean)) {
    expect(JSON.parse(line)).toMatchObject({
      level: expect.anything(),
      time: expect.any(String),
      msg: expect.any(String),
    });
  }
  return JSON.parse(stdout);
}

const line = (version: string, name: string, more: object) => ({
  version,
  name,
  kind: name === 'baseline' ? 'baseline' : 'migration',
  ...more,
});
const pending = { state: 'pending', finishedAt: null, durationMs: null, by: null };
const applied = {
  state: 'applied',
  finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  durationMs: expect.any(Number),
  by: expect.any(String),
};

test('every command that reports gives one JSON document on stdout; the log stays on stderr', async () => {
  const { run, project, database } = await scene(files);
  const { name, env } = database;
  const where = { name, host: env.PGHOST, port: Number(env.PGPORT), role: env.PGUSER };
  const versions = ['20250101000000', '20250102000000', '20250103000000'];
  expect(documentOf(expectSuccess(await run('status --all --json')))).toEqual({
    database: where,
    state: 'empty',
    version: null,
    head: '20250103000000',
    pending: versions,
    ahead: [],
    newerBaseline: null,
    schema: { kind: 'notCompared', reason: 'notManaged' },
    evidence: [],
    refusal: null,
    versions: [
      line('20250101000000', 'baseline', pending),
      line('20250102000000', 'b', pending),
      line('20250103000000', 'c', pending),
    ],
  });
  const step = (version: string, name: string, file: string, transaction = true) => ({
    action: 'apply',
    version,
    name,
    kind: name === 'baseline' ? 'baseline' : 'migration',
    file,
    transaction,
  });
  expect(documentOf(expectSuccess(await run('plan --json')))).toEqual({
    plan: 'run',
    database: where,
    from: null,
    steps: [
      step('20250101000000', 'baseline', 'sql/baseline.sql'),
      step('20250102000000', 'b', 'migrations/20250102000000_b.sql'),
      step('20250103000000', 'c', 'migrations/20250103000000_c.sql', false),
    ],
  });
  expect(documentOf(await run('wait --timeout 0 --json'))).toEqual({
    error: {
      exitCode: 75,
      exit: 'temporary',
      message: expect.stringMatching(/is not at 20250103000000/),
      place: null,
      sqlstate: null,
      remedy: expect.any(String),
      detail: [],
      problems: [],
    },
  });
  expect(documentOf(expectSuccess(await run('up --json')))).toEqual({
    result: 'upToDate',
    database: where,
    from: null,
    version: '20250103000000',
    ahead: [],
    newerBaseline: null,
    steps: versions.map((version) =>
      expect.objectContaining({ version, status: 'applied', file: expect.any(String) }),
    ),
    ms: expect.any(Number),
  });
  expect(documentOf(expectSuccess(await run('wait --timeout 0 --json')))).toEqual({
    ready: true,
    version: '20250103000000',
    database: where,
  });
  expect(documentOf(expectSuccess(await run('plan --json')))).toEqual({
    plan: 'upToDate',
    database: where,
    version: '20250103000000',
    ahead: [],
    newerBaseline: null,
  });
  expect(documentOf(expectSuccess(await run('history --json')))).toMatchObject({
    state: 'managed',
    version: '20250103000000',
    pending: [],
    versions: [
      line('20250101000000', 'baseline', applied),
      line('20250102000000', 'b', applied),
      line('20250103000000', 'c', applied),
    ],
  });
  const made = documentOf(expectSuccess(await run('new add fee tier --json'))) as { files: string[] };
  expect(made.files).toEqual([
    expect.stringMatching(/^migrations\/\d{14}_add_fee_tier\.sql$/),
    expect.stringMatching(/^migrations\/\d{14}_add_fee_tier\.down\.sql$/),
  ]);
  for (const file of made.files) project.remove(file);
  expect(documentOf(await run('down --json'))).toMatchObject({
    error: { exitCode: 64, place: 'migrations/20250103000000_c.sql' },
  });
});

test('a usage error and a wrong setting are JSON as well', async () => {
  const { run } = await scene(files);
  expect(documentOf(await run('status --json --al'))).toMatchObject({
    error: { exitCode: 64, exit: 'usage' },
  });
  expect(documentOf(await run('status --json', { PGPORT: 'x' }))).toMatchObject({
    error: { exitCode: 78, exit: 'config' },
  });
});

test('status for a person', async () => {
  const { run, database } = await scene(files);
  const { PGHOST, PGPORT, PGUSER } = database.env;
  expectSuccess(await run('up'));
  const { stdout, stderr } = expectSuccess(await run('status --all'));
  expect(stderr).toBe('');
  const lines = stdout.trimEnd().split('\n');
  expect(lines.slice(0, 6)).toEqual([
    `database ${database.name} (${PGHOST}:${PGPORT}, role ${PGUSER})`,
    'state    managed',
    'version  20250103000000',
    'head     20250103000000',
    'schema   not compared: there is no lock file',
    '',
  ]);
  expect(lines[6]).toMatch(/^version +name +state +when +ms +by$/);
  expect(lines[7]).toMatch(
    /^20250101000000 {2}baseline +applied +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +\d+ +\w+$/,
  );
  expect(lines).toHaveLength(10);
});

test('status of a refusal says why and what to do, and ends with 0 unless it is asked', async () => {
  const { run, project } = await scene(files);
  expectSuccess(await run('up'));
  project.write('migrations/20250102000000_b.sql', 'CREATE TABLE b ();');
  const { code, stdout } = await run('status');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^refused {2}migrations\/20250102000000_b\.sql was edited after it was applied$/m);
  expect(stdout).toMatch(/^ {9}→ Nothing was touched\. Restore the file/m);
  expect((await run('current --exit-code')).code).toBe(1);
});

test('plan finds what is wrong with a pending file before up would run it', async () => {
  const { run, project } = await scene(files);
  expectSuccess(await run('up'));
  project.write('migrations/20250104000000_d.sql', 'CREATE TABLE d ();\nCOMMIT;');
  const expected = {
    code: 65,
    names: /COMMIT in a file/,
    place: 'migrations/20250104000000_d.sql:2:1',
    remedy: /Remove it/,
  };
  expectFailure(await run('plan'), expected);
  expectFailure(await run('up'), expected);
});

test('a new migration comes after all that are there, and restamp moves one there', async () => {
  const { run, project } = await scene({
    ...files,
    'migrations/29990101000000_far.sql': 'SELECT 1;',
    'migrations/20250102000000_b.down.sql': 'DROP TABLE b;',
  });
  const { stdout } = expectSuccess(await run('new Add fee-tier!'));
  expect(stdout).toBe(
    'migrations/29990101000001_add_fee_tier.sql\nmigrations/29990101000001_add_fee_tier.down.sql\n',
  );
  const moved = expectSuccess(await run('new --restamp migrations/20250102000000_b.sql'));
  expect(moved.stdout).toBe('migrations/29990101000002_b.down.sql\nmigrations/29990101000002_b.sql\n');
  for (const made of stdout.trimEnd().split('\n')) project.remove(made);
  expectSuccess(await run('plan'));
});
