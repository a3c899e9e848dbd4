import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleFiles } from '../../support/example.ts';
import { hostileNames } from '../../support/hostile-names.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
const root = join(import.meta.dirname, '..', '..', '..');
const lock = readFileSync(join(root, 'sql/schema.lock.json'), 'utf8');
const locked = {
  ...exampleFiles(),
  'sql/schema.lock.json': lock,
  'sql/schema.snapshot.json': readFileSync(join(root, 'sql/schema.snapshot.json'), 'utf8'),
  'base.lock.json': JSON.stringify({ ...JSON.parse(lock), migrations: {} }),
};
const actions = { GITHUB_ACTIONS: 'true' };

const read = ({ project }: Scene, file: string): string => readFileSync(project.path(file), 'utf8');

/** The workflow commands in what was written. */
const commandsIn = (output: string): string[] =>
  output.split('\n').filter((line) => /^\s*::[a-z-]+[ :]|##\[/.test(line));

describe('check', () => {
  test('says what each migration that the base lacks does', async () => {
    const one = await scene(locked);
    expectSuccess(await one.run('check --against base.lock.json --report report.md --report report.html'));
    const markdown = read(one, 'report.md');
    expect(markdown).toContain('New since base.lock.json: 3 files.');
    expect(markdown).toContain("- adds column `fee_tier`: `text not null default 'standard'::text`");
    expect(markdown).toContain('- adds view `trading.account_exposure`');
    expect(markdown).toContain('was tried: it restores the schema');
    expect(markdown).toMatch(/```mermaid\nerDiagram\n[\s\S]*\["trading.accounts"\] \{/);
    expect(read(one, 'report.html')).toContain('data-table="trading.accounts"');
  });

  test('of files that the lock has all, the newest; against a base that has them, nothing', async () => {
    const one = await scene(locked);
    expectSuccess(await one.run('check --report report.md'));
    expect(read(one, 'report.md')).toMatch(/Nothing new: [\s\S]*### `migrations\/20251218101500_/);
    expectSuccess(await one.run('check --against sql/schema.lock.json --report report.md'));
    expect(read(one, 'report.md')).toMatch(/Nothing new: /);
    expect(read(one, 'report.md')).not.toContain('###');
  });

  test('with a problem says it, and GitHub is told where', async () => {
    const one = await scene(locked);
    one.project.write(
      'migrations/20260105090000_add_note.sql',
      'ALTER TABLE trading.orders ADD note text;\n',
    );
    const { code, stderr } = await one.run('check --report report.md', actions);
    expect(code).toBe(1);
    expect(read(one, 'report.md')).toMatch(/^## ❌ slipway check: one problem was found/);
    expect(read(one, 'report.md')).toContain('- adds column `note`: `text`');
    expect(commandsIn(stderr)).toEqual([
      expect.stringMatching(/^::error file=migrations\/20260105090000_add_note\.sql,title=slipway::/),
    ]);
  });

  test('of a file whose SQL fails says where, and why', async () => {
    const one = await scene(locked);
    one.project.write(
      'migrations/20260105090000_bad.sql',
      'SELECT 1;\nALTER TABLE trading.nowhere ADD a int;\n',
    );
    const { code, stderr } = await one.run('check --report report.md', {
      ...actions,
      GITHUB_WORKSPACE: join(one.project.directory, '..'),
    });
    expect(code).toBe(65);
    expect(read(one, 'report.md')).toMatch(
      /## ❌ slipway check: check failed \\?\(migration, 65\\?\)[\s\S]*trading\.nowhere/,
    );
    const folder = one.project.directory.split('/').at(-1);
    expect(commandsIn(stderr)).toEqual([
      expect.stringContaining(`::error file=${folder}/migrations/20260105090000_bad.sql,line=2,col=`),
    ]);
  });
});

test('what differs each time that it runs is told beside the migration that makes it', async () => {
  const one = await scene({
    'migrations/20260101000000_one.sql': 'CREATE TABLE public.one ();',
    'migrations/20260102000000_two.sql':
      "ALTER TABLE public.one\n  ADD made timestamptz DEFAULT 'now'::timestamptz;",
  });
  expectSuccess(await one.run('check --write --report report.md'));
  const [before = '', after = ''] = read(one, 'report.md').split('### `migrations/20260102000000_two.sql`');
  expect(after).toMatch(/^\* ⚠️ migrations\/20260102000000\\_two\.sql:2: .* differs each time/m);
  expect(before).not.toContain('differs each time');
});

describe('up and status', () => {
  test('say the state, every version and what differs', async () => {
    const one = await scene(locked);
    expectSuccess(await one.run('up --report up.md'));
    expect(read(one, 'up.md')).toMatch(/^## ✅ slipway up: the database /);
    expect(read(one, 'up.md')).toMatch(
      /\| `20251204093000` \| `add_fee_tier` \| applied \| `20.* UTC` \| \d+ ms \|/,
    );
    await one.database.query('ALTER TABLE trading.orders ALTER status DROP DEFAULT');
    expectSuccess(await one.run('status --drift --report status.md --report status.html'));
    expect(read(one, 'status.md')).toMatch(/^## ❌ slipway status: up would refuse /);
    expect(read(one, 'status.md')).toContain('column trading.orders.status: changed');
    expect(read(one, 'status.html')).toContain('column trading.orders.status: changed');
    const { code, stdout } = await one.run('up --report -');
    expect(code).toBe(85);
    expect(stdout).toMatch(/^## ❌ slipway up: up failed/);
  });

  test('a step that fails is told, with those that did not run', async () => {
    const one = await scene({
      'migrations/20260101000000_one.sql': 'CREATE TABLE public.one ();',
      'migrations/20260102000000_two.sql': 'CREATE TABLE public.one ();',
      'migrations/20260103000000_three.sql': 'CREATE TABLE public.three ();',
    });
    const { code, stderr } = await one.run('up --report report.md', actions);
    expect(code).toBe(65);
    expect(read(one, 'report.md')).toMatch(
      /`one` \| applied[\s\S]*`two` \| failed[\s\S]*`three` \| not executed/,
    );
    expect(commandsIn(stderr)).toEqual([
      expect.stringMatching(
        /^::error file=migrations\/20260102000000_two\.sql,line=1,col=1,title=slipway::.*%0A/,
      ),
    ]);
  });

  test('in GitHub Actions the summary of the step gets it unasked', async () => {
    const one = await scene(locked);
    const summary = one.project.path('summary.md');
    expectSuccess(await one.run('up', { ...actions, GITHUB_STEP_SUMMARY: summary }));
    expect(readFileSync(summary, 'utf8')).toMatch(/^## ✅ slipway up/);
    expectSuccess(await one.run('up', { GITHUB_STEP_SUMMARY: one.project.path('not-this') }));
    expect(existsSync(one.project.path('not-this'))).toBe(false);
    const { code, logs } = await one.run('status', {
      ...actions,
      GITHUB_STEP_SUMMARY: one.project.directory,
    });
    expect(code).toBe(0);
    expect(logs).toContainEqual(expect.objectContaining({ event: 'noSummary', level: 'warn' }));
  });

  test('of a list of databases say how far each is', async () => {
    const one = await scene(locked);
    one.project.write('list', `${one.database.name}\n`);
    await one.run('status --each list --report before.md');
    expect(read(one, 'before.md')).toMatch(/^## ℹ️ slipway status: 0 of 1 database at head/);
    expectSuccess(await one.run('up --each list --report up.md'));
    expect(read(one, 'up.md')).toMatch(/^## ✅ slipway up: 1 of 1 database at head/);
    expectSuccess(await one.run('status --each list --report after.md'));
    expect(read(one, 'after.md')).toContain(one.database.name);
  });

  test('a wrong configuration is told, too', async () => {
    const one = await scene(locked);
    const { code } = await one.run('up --report report.md', { PGPORT: 'none' });
    expect(code).toBe(78);
    expect(read(one, 'report.md')).toMatch(/^## ❌ slipway up: up failed[\s\S]*PGPORT/);
  });

  test('a file that cannot be written is refused before anything is done', async () => {
    const one = await scene(locked);
    const before = await one.fingerprint();
    const { code, stderr } = await one.run('up --report sql');
    expect(code).toBe(66);
    expect(stderr).toContain('Name another file with --report');
    expect(await one.fingerprint()).toEqual(before);
  });

  test('one that cannot be written in the end: 66, and one JSON document with what was done', async () => {
    const one = await scene({
      'migrations/20260101000000_one.mjs':
        "import { mkdirSync } from 'node:fs';\nexport const up = () => mkdirSync('report.md');",
    });
    const result = await one.run('up --json --report report.md');
    expectFailure(result, { code: 66, names: /^report\.md: /, remedy: /--report/ });
    expect(JSON.parse(result.stdout)).toMatchObject({
      result: 'upToDate',
      version: '20260101000000',
      error: { exitCode: 66, place: 'report.md' },
    });
  });

  test('of several files that are wrong GitHub is told each', async () => {
    const one = await scene({
      'migrations/20260101000000_one.sql': "SELECT 'a",
      'migrations/20260102000000_two.sql': 'SELECT $x$',
      'migrations/20260103000000_three.sql': 'SELECT 1; /*',
    });
    const { code, stderr } = await one.run('up --json', actions);
    expect(code).toBe(65);
    expect(commandsIn(stderr)).toEqual(
      ['one', 'two', 'three'].map((name) =>
        expect.stringMatching(`^::error file=migrations/2026010.000000_${name}\\.sql,line=1,`),
      ),
    );
  });

  test('of several settings that are wrong GitHub is told each, after how many they are', async () => {
    const one = await scene({ ...locked, list: 'a\nb\na\nb\n' });
    const { code, stderr } = await one.run('up --each list', actions);
    expect(code).toBe(78);
    expect(commandsIn(stderr)).toEqual([
      expect.stringMatching(/^::error title=slipway::2 settings are wrong%0A/),
      expect.stringMatching(/^::error title=slipway::list:3: a is listed already: list:1%0A/),
      expect.stringMatching(/^::error title=slipway::list:4: b is listed already: list:2%0A/),
    ]);
  });

  test.each(['json', 'pretty'])('no name in a database is a command of the runner (%s)', async (format) => {
    const one = await scene({ 'migrations/20260101000000_one.sql': 'CREATE TABLE public.one ();' });
    expectSuccess(await one.run('check --write'));
    expectSuccess(await one.run('up'));
    for (const name of hostileNames)
      await one.database.query(
        `ALTER TABLE public.one ADD ${name} text NOT NULL; CREATE FUNCTION public.${name.replace(/^"/, '"f')}() RETURNS text LANGUAGE sql AS $x$ SELECT '\n::add-mask::a\n##[add-mask]b' $x$`,
      );
    const env = { ...actions, SLIPWAY_LOG_FORMAT: format };
    const refused = await one.run('up --report report.md', env);
    expect(refused.code).toBe(85);
    const [command, ...others] = commandsIn(refused.stderr + refused.stdout);
    expect(command).toMatch(/^::error title=slipway::/);
    expect(others).toEqual([]);
    for (const line of ['status --drift', 'status --drift --json', 'plan', 'plan --json']) {
      const { stdout } = await one.run(line, env);
      expect(commandsIn(stdout)).toEqual([]);
    }
    expect(commandsIn(read(one, 'report.md'))).toEqual([]);
  });
});
