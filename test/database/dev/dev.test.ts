import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administer, majors } from '../../support/database.ts';
import { exampleFiles } from '../../support/example.ts';
import { startOnTerminal } from '../../support/live-terminal.ts';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { shadowOwner } from '../../support/shadow-owner.ts';
import { type LogLine, type RunningSlipway, startSlipway } from '../../support/slipway.ts';

const running: RunningSlipway[] = [];
// Ahead of the scenes' own: what is still watching uses their databases.
afterEach(() => {
  for (const run of running.splice(0)) run.kill('SIGKILL');
});
const scene = useScenes();
const baseline = '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int NOT NULL);\n';
const second = 'migrations/20250102000000_b.sql';
const secondDown = 'migrations/20250102000000_b.down.sql';
const third = 'migrations/20250103000000_c.sql';
const files = {
  'sql/baseline.sql': baseline,
  [second]: 'ALTER TABLE public.a ADD y text;\n',
  [secondDown]: 'ALTER TABLE public.a DROP y;\n',
};

/** A run of dev whose answers are read one after the other. */
interface Watching {
  readonly run: RunningSlipway;
  /** The next answer that was not read yet. */
  answer(): Promise<LogLine>;
  /** Ends it by SIGINT, and expects it to end so. */
  end(): Promise<void>;
}

function watching(made: Scene, line = '', env: Readonly<Record<string, string>> = shadowOf(made)): Watching {
  const run = startSlipway(['dev', ...line.split(' ').filter((word) => word !== '')], {
    cwd: made.project.directory,
    env: { ...made.database.env, ...env },
  });
  running.push(run);
  const read = new Set<LogLine>();
  return {
    run,
    async answer() {
      const answer = await run.waitForLog((one) => one.event === 'answer' && !read.has(one));
      read.add(answer);
      return answer;
    },
    async end() {
      run.kill('SIGINT');
      const { code, logs } = await run.done;
      expect(code).toBe(130);
      expect(logs.filter(({ event }) => event === 'failed')).toEqual([]);
    },
  };
}

test('on a terminal: a save, a mistake, its mending, a newer file; Ctrl-C leaves no database', async () => {
  const made = await scene(exampleFiles());
  const { env, shadows } = await shadowOwner(made);
  const before = await made.fingerprint();
  const newest = 'migrations/20251218101500_add_account_exposure.sql';
  const good = exampleFiles()[newest] ?? '';
  const terminal = startOnTerminal('dev', {
    cwd: made.project.directory,
    env: { ...env, NO_COLOR: '1' },
    columns: 200,
  });
  await terminal.waitFor(`watching ${newest}: each save is tried on a database at 20251211140500`);
  await terminal.waitFor(/✓ migrations\/\S+: adds 1 view \(\d+ ms\)/);
  await terminal.waitFor('+ view trading.account_exposure');
  await terminal.waitFor('it restores the schema, and the migration can be applied again.');

  made.project.write(newest, good.replace('GROUP BY a.id', 'GROUP BY a.idd'));
  await terminal.waitFor(/✗ \S+account_exposure\.sql:13:10: column a\.idd does not exist \(\d+ ms\)/);
  await terminal.waitFor(/13 \| GROUP BY a\.idd;\s+\| {10}\^/);
  await terminal.waitFor('→ Correct the statement and save it.');

  made.project.write(newest, good);
  await terminal.waitFor(/✓ \S+account_exposure\.sql: adds 1 view/);

  const newer = 'migrations/20260101000000_add_note.sql';
  made.project.write(newer, 'ALTER TABLE trading.accounts ADD COLUMN note text;\n');
  await terminal.waitFor(`watching ${newer}: each save is tried on a database at 20251218101500`);
  await terminal.waitFor(/✓ \S+add_note\.sql: adds 1 column/);
  await terminal.waitFor('It has no down file and cannot be undone.');

  terminal.type('\u0003');
  expect(await terminal.ended).toBe(130);
  expect(terminal.written).not.toContain('\u001b[3');
  expect(await shadows()).toEqual([]);
  expect(await made.fingerprint()).toEqual(before);
});

test('on an embedded server: no process and no folder is left, and a role that a file makes is new at each save', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-test-')));
  chmodSync(folder, 0o777);
  try {
    const made = await scene({
      ...files,
      [second]: 'CREATE ROLE dev_new;\n',
      [secondDown]: 'DROP ROLE dev_new;\n',
    });
    const { answer, end, run } = watching(made, '', { TMPDIR: folder });
    expect(await answer()).toMatchObject({ kind: 'made', ok: true });
    made.project.write(second, 'CREATE ROLE dev_new; ALTER TABLE public.a ADD z int;\n');
    expect(await answer()).toMatchObject({ kind: 'made', ok: false });
    made.project.write(third, 'GRANT SELECT ON public.a TO dev_new;\n');
    expect(await answer()).toMatchObject({ kind: 'made', file: third });
    // The file below makes the role: the scratch database is built anew, and it is not there yet.
    made.project.write(second, 'CREATE ROLE dev_new; ALTER TABLE public.a ADD z text;\n');
    expect(await answer()).toMatchObject({ kind: 'made', file: third });
    expect(run.pid).toBeGreaterThan(0);
    await end();
    const processes = execFileSync('ps', ['-A', '-ww', '-o', 'args'], { encoding: 'utf8' });
    expect(processes.split('\n').filter((one) => one.includes(folder))).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('as events: what a save makes, what is wrong with it, its down file, a broken older file, and what is mended', async () => {
  const made = await scene(files);
  const { project } = made;
  await writeLock(made);
  const { run, answer, end } = watching(made);
  expect(await run.waitForLog(({ event }) => event === 'watching')).toMatchObject({
    file: second,
    at: '20250101000000',
  });
  expect(await answer()).toMatchObject({
    kind: 'made',
    ok: true,
    version: '20250102000000',
    changes: [{ verb: 'adds', object: 'column public.a.y', words: 'column y: text' }],
    problems: [],
  });

  project.write(second, 'ALTER TABLE public.a ADD y text;\nSELEC 1;\n');
  expect(await answer()).toMatchObject({
    kind: 'failed',
    ok: false,
    error: { file: second, line: 2, column: 1, sqlstate: '42601' },
  });

  project.write(second, 'ALTER TABLE public.a ADD y text, ADD z int;\n');
  expect(await answer()).toMatchObject({ kind: 'made', ok: false, problems: [{ file: secondDown }] });
  project.write(secondDown, 'ALTER TABLE public.a DROP y, DROP z;\n');
  expect(await answer()).toMatchObject({ kind: 'made', ok: true, problems: [] });
  project.remove(secondDown);
  expect(await answer()).toMatchObject({ ok: true, undoing: 'It has no down file and cannot be undone.' });

  project.write('sql/baseline.sql', `${baseline}garbage;\n`);
  expect(await answer()).toMatchObject({ kind: 'below', error: { file: 'sql/baseline.sql', line: 3 } });
  project.write('sql/baseline.sql', `${baseline}ALTER TABLE public.a ADD w int;\n`);
  expect(await answer()).toMatchObject({ kind: 'made', file: second });

  project.write('migrations/no_version.sql', 'SELECT 1;\n');
  expect(await answer()).toMatchObject({ kind: 'unreadable', error: { file: 'migrations/no_version.sql' } });
  project.remove('migrations/no_version.sql');
  expect(await answer()).toMatchObject({ kind: 'made', file: second });

  project.write(third, 'CREATE TABLE public.c (x int);\n');
  expect(await answer()).toMatchObject({ kind: 'made', file: third });
  project.remove(third);
  expect(await answer()).toMatchObject({ kind: 'made', file: second });

  // What is written again as it was is not tried again: the next answer is that of the file after it.
  project.write(second, 'ALTER TABLE public.a ADD y text, ADD z int;\n');
  project.write(third, 'CREATE TABLE public.d (x int);\n');
  expect(await answer()).toMatchObject({ file: third, changes: [{ object: 'table public.d' }] });
  await end();
});

test.each(majors)(
  'what CREATE DATABASE does not copy is there for the file, on PostgreSQL %s',
  async (major) => {
    const made = await scene(
      {
        'sql/baseline.sql': `${baseline}ALTER DATABASE app SET slipway.word = 'here'; COMMENT ON DATABASE app IS 'ours';\n`,
        [second]: `DO $$ BEGIN ASSERT current_setting('slipway.word') = 'here'; END $$;\n`,
      },
      { major },
    );
    const { answer, end } = watching(made);
    expect(await answer()).toMatchObject({ kind: 'made', ok: true, changes: [] });
    made.project.write(third, `ALTER DATABASE app RESET slipway.word;\n`);
    expect(await answer()).toMatchObject({
      kind: 'made',
      changes: [{ verb: 'removes', object: 'database setting "slipway.word"' }],
    });
    await end();
  },
);

test('what its statements lock is said, and how to do with less', async () => {
  const made = await scene({ ...files, [second]: '\nALTER TABLE public.a ADD CHECK (x > 0);\n' });
  made.project.remove(secondDown);
  const { answer, end } = watching(made);
  expect(await answer()).toMatchObject({
    kind: 'made',
    locks: [],
    findings: [expect.stringMatching(/^Line 2: .*ACCESS EXCLUSIVE on public\.a.* NOT VALID/)],
  });
  made.project.write(second, 'ALTER TABLE public.a ADD y int;\n');
  expect(await answer()).toMatchObject({
    locks: [expect.stringMatching(/^Line 1: takes ACCESS EXCLUSIVE on public\.a/)],
    findings: [],
  });
  await end();
});

test('what shows at COMMIT alone, and what runs outside of a transaction, is tried as it runs', async () => {
  const deferred =
    'CREATE TABLE public.p (id int PRIMARY KEY); CREATE TABLE public.q (p int REFERENCES public.p DEFERRABLE INITIALLY DEFERRED);';
  const made = await scene({ ...files, [second]: `${deferred} INSERT INTO public.q VALUES (1);\n` });
  made.project.remove(secondDown);
  const { answer, end } = watching(made);
  expect(await answer()).toMatchObject({ kind: 'failed', error: { sqlstate: '23503' } });
  made.project.write(second, '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY i ON public.a (x);\n');
  expect(await answer()).toMatchObject({ kind: 'made', changes: [{ object: 'index public.a.i' }] });
  made.project.write(second, '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY j ON public.a (x);\n');
  expect(await answer()).toMatchObject({ kind: 'made', changes: [{ object: 'index public.a.j' }] });
  await end();
});

test('a later save ends one that is still tried, and SIGTERM ends any: nothing is left', async () => {
  const made = await scene({ ...files, [second]: 'SELECT pg_sleep(600);\n' });
  const { env, shadows } = await shadowOwner(made);
  const { run, answer } = watching(made, '', env);
  await run.waitForLog(({ event }) => event === 'watching');
  await sleeping(made, shadows);
  made.project.write(second, 'ALTER TABLE public.a ADD y text;\n');
  expect(await answer()).toMatchObject({ kind: 'made', ok: true });
  made.project.write(second, 'SELECT pg_sleep(601);\n');
  await sleeping(made, shadows);
  run.kill('SIGTERM');
  expect((await run.done).code).toBe(143);
  expect(await shadows()).toEqual([]);
});

test('a connection that is lost while nobody saves is made anew', async () => {
  const made = await scene(files);
  const { env, shadows } = await shadowOwner(made);
  const { answer, end } = watching(made, '', env);
  const names = await untilWaiting(made, shadows, await answer());
  const { rowCount } = await administer(
    made.database.major,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = ANY ('{${names}}')`,
  );
  expect(rowCount).toBeGreaterThan(0);
  made.project.write(second, 'ALTER TABLE public.a ADD y int;\n');
  expect(await answer()).toMatchObject({ kind: 'made', ok: true });
  await end();
});

test('the lock file is watched, too: a file that it lists with another text is said to be edited', async () => {
  const made = await scene(files);
  const { answer, end } = watching(made);
  expect(await answer()).toMatchObject({ kind: 'made', findings: [] });
  await writeLock(made);
  expect(await answer()).toMatchObject({ kind: 'made', findings: [] });
  made.project.write(second, 'ALTER TABLE public.a ADD y int;\n');
  expect(await answer()).toMatchObject({ findings: [expect.stringContaining('with another text')] });
  made.project.write('sql/schema.lock.json', '<<<<<<< HEAD\n');
  expect(await answer()).toMatchObject({ kind: 'unreadable', error: { file: 'sql/schema.lock.json' } });
  await end();
});

/** Waits until a migration sleeps in one of the shadows. */
async function sleeping({ database }: Scene, shadows: () => Promise<string[]>): Promise<void> {
  for (;;) {
    const names = await shadows();
    const { rows } = await administer(
      database.major,
      `SELECT FROM pg_stat_activity WHERE datname = ANY ('{${names}}') AND wait_event = 'PgSleep'`,
    );
    if (rows.length > 0) return;
  }
}

test('what a killed run left is removed by the next, and what a run still uses is not, however old', async () => {
  const made = await scene(files);
  const { env, shadows } = await shadowOwner(made);
  const first = watching(made, '', env);
  const old = await renamedAsOld(made, await untilWaiting(made, shadows, await first.answer()));
  expectSuccess(await made.run('check --write', env));
  expect(await shadows()).toEqual(old);
  first.run.kill('SIGKILL');
  await first.run.done;
  await administer(
    made.database.major,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = ANY ('{${old}}')`,
  );
  const left = await renamedAsOld(made, old);
  const next = watching(made, '', env);
  await next.answer();
  expect((await shadows()).filter((name) => left.includes(name))).toEqual([]);
  await next.end();
  expect(await shadows()).toEqual([]);
});

/** Waits until the copy for the save after an answer is there, and in use; returns the names of all shadows. */
async function untilWaiting(
  { database }: Scene,
  shadows: () => Promise<string[]>,
  { time }: LogLine,
): Promise<string[]> {
  for (;;) {
    const names = await shadows();
    const inUse = await namesInUse(database.major, names);
    const isNew = (name: string): boolean => Number(name.split('_')[2]) >= Date.parse(String(time));
    if (names.length === 3 && [...inUse].some(isNew)) return names;
  }
}

async function namesInUse(major: number, names: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await administer(
    major,
    `SELECT DISTINCT datname AS name FROM pg_stat_activity WHERE datname = ANY ('{${names}}')`,
  );
  return new Set(rows.map(({ name }: { name: string }) => name));
}

/** Lets shadows that nobody is connected to look as if they were made an hour ago; returns the names of all. */
async function renamedAsOld({ database }: Scene, names: readonly string[]): Promise<string[]> {
  const inUse = await namesInUse(database.major, names);
  const all: string[] = [];
  for (const name of names) {
    const older = name.replace(/_\d{10,}_/, `_${Date.now() - 3_600_000}_`);
    if (!inUse.has(name)) await administer(database.major, `ALTER DATABASE ${name} RENAME TO ${older}`);
    all.push(inUse.has(name) ? name : older);
  }
  return all.sort();
}

test('--from shows the migration that would be written, at each save of the desired schema', async () => {
  const made = await scene({
    'sql/baseline.sql': baseline,
    'wish.sql': 'CREATE TABLE public.a (x int NOT NULL);\n',
  });
  const { answer, end } = watching(made, '--from wish.sql');
  expect(await answer()).toMatchObject({ kind: 'generated', ok: true, up: null, down: null });
  made.project.write('wish.sql', 'CREATE TABLE public.a (x int NOT NULL, y text);\n');
  expect(await answer()).toMatchObject({
    kind: 'generated',
    up: expect.stringContaining('ALTER TABLE public.a ADD COLUMN y text;'),
    down: expect.stringContaining('ALTER TABLE public.a DROP COLUMN y;'),
  });
  made.project.write('wish.sql', 'CREATE TABLE public.a (x int NOT NULL, y texd);\n');
  expect(await answer()).toMatchObject({ kind: 'failed', error: { file: 'wish.sql', line: 1, column: 42 } });
  made.project.write('migrations/20250102000000_b.sql', 'ALTER TABLE public.a ADD y text;\n');
  expect(await answer()).toMatchObject({ kind: 'failed' });
  made.project.write('wish.sql', 'CREATE TABLE public.a (x int NOT NULL, y text);\n');
  expect(await answer()).toMatchObject({ kind: 'generated', up: null });
  await end();
});

test('--from a database: 64', async () => {
  const made = await scene(files);
  expectFailure(await made.run('dev --from -'), {
    code: 64,
    names: /no file to watch/,
    remedy: /slipway new/,
  });
});

test('a server that is not there: 75', async () => {
  const made = await scene(files);
  const url = 'postgresql://nobody@127.0.0.1:1/none?sslmode=disable';
  expectFailure(await made.run('dev', { SLIPWAY_SHADOW_URL: url, SLIPWAY_WAIT_TIMEOUT: '0' }), {
    code: 75,
    names: /127\.0\.0\.1:1 refuses connections/,
    remedy: /Is the server running/,
  });
});

test('a module that ends the process, or throws in a timer, has failed, and the watch goes on; SIGHUP leaves nothing', async () => {
  const module = 'migrations/20250103000000_c.mjs';
  const made = await scene({ ...files, [module]: 'export async function up() { process.exit(3); }\n' });
  const { env, shadows } = await shadowOwner(made);
  const { run, answer } = watching(made, '', env);
  const exits = { message: expect.stringContaining('process.exit()') };
  expect(await answer()).toMatchObject({ kind: 'failed', ok: false, error: exits });
  const waits = 'await new Promise((done) => setTimeout(done, 50));';
  made.project.write(
    module,
    `export async function up() { setTimeout(() => { throw new Error('late'); }, 1); ${waits} }\n`,
  );
  expect(await answer()).toMatchObject({
    kind: 'failed',
    error: { file: module, line: 1, message: expect.stringContaining('late') },
  });
  expect(await answer()).toMatchObject({ kind: 'made', file: module });
  run.kill('SIGHUP');
  expect((await run.done).code).toBe(143);
  expect(await shadows()).toEqual([]);
});
