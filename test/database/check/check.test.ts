import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, shadowOf, writeLock } from '../../support/locked.ts';
import { withoutPhases } from '../../support/phases.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';

const scene = useScenes();
const root = join(import.meta.dirname, '..', '..', '..');
const files = {
  'sql/baseline.sql':
    '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int DEFAULT 1, y text);\n',
  'migrations/20250102000000_b.sql': 'CREATE TABLE public.b (x int);\n',
  'migrations/20250102000000_b.down.sql': 'DROP TABLE public.b;\n',
  'migrations/20250103000000_index.sql':
    '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY a_x ON public.a (x);\n',
};

async function locked(): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  return made;
}

const lockOf = ({ project }: Scene) => JSON.parse(readFileSync(project.path('sql/schema.lock.json'), 'utf8'));
const writtenOf = ({ project }: Scene) =>
  ['sql/schema.lock.json', 'sql/schema.snapshot.json'].map((file) =>
    readFileSync(project.path(file), 'utf8'),
  );

test('the bundled example passes, on a server of its own, within 5 s', async () => {
  const took: number[] = [];
  // What other tests do meanwhile is not its time: the best of a few counts.
  while (took.length < 3 && Math.min(...took) >= 5_000) {
    const result = expectSuccess(await slipway(['check', '--json'], { cwd: root }));
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: true, versions: 4, head: '20251218101500' });
    took.push(result.ms);
  }
  expect(Math.min(...took)).toBeLessThan(5_000);
});

test('a lock is written from the files alone, the same bytes each time, wherever the shadow is', async () => {
  const made = await locked();
  const first = writtenOf(made);
  await writeLock(made);
  expect(writtenOf(made)).toEqual(first);
  expectSuccess(await made.run('check --write', { SLIPWAY_SHADOW_URL: undefined }));
  expect(writtenOf(made)).toEqual(first);
  expect(expectSuccess(await check(made)).stdout).toMatch(
    /^3 versions replayed, head is 20250103000000: files, lock and baseline agree \(\d+ ms\)\n$/,
  );
});

test('a lock keeps the name of the app and the options that it has', async () => {
  const made = await locked();
  const options = { ignore: ['table scratch.*'], privileges: true };
  const superseded = [{ version: '20240101000000', carriedBy: '3.1' }];
  made.project.write(
    'sql/schema.lock.json',
    JSON.stringify({ ...lockOf(made), app: 'shop', options, superseded }),
  );
  await writeLock(made);
  expect(lockOf(made)).toMatchObject({ app: 'shop', options, superseded });
});

interface Spoiled {
  readonly title: string;
  readonly spoil: (made: Scene) => void | Promise<void>;
  /** What is printed, in order. */
  readonly says: readonly RegExp[];
}

const spoiled: readonly Spoiled[] = [
  {
    title: 'an edited migration',
    spoil: ({ project }) =>
      project.write('migrations/20250102000000_b.sql', 'CREATE TABLE public.b (x bigint);\n'),
    says: [
      /^migrations\/20250102000000_b\.sql: it was edited since the lock was written$/m,
      /→ A database that has it refuses it \(82\): restore it/,
      /^migrations\/20250102000000_b\.sql: the schema after it is not what the lock expects$/m,
      /~ column public\.b\.x: changed\n.*expected integer\n.*found {4}bigint$/m,
    ],
  },
  {
    title: 'a removed migration',
    spoil: ({ project }) => project.remove('migrations/20250103000000_index.sql'),
    says: [/^20250103000000: the lock lists it, but its file is missing$/m, /→ Restore it/],
  },
  {
    title: 'a new migration, and the lock not renewed',
    spoil: ({ project }) => project.write('migrations/20250104000000_c.sql', 'CREATE TABLE public.c ();\n'),
    says: [/^migrations\/20250104000000_c\.sql: it is missing from the lock file$/m, /→ Renew the lock/],
  },
  {
    title: 'a down file that was edited',
    spoil: ({ project }) =>
      project.write('migrations/20250102000000_b.down.sql', 'DROP TABLE IF EXISTS public.b;\n'),
    says: [/^migrations\/20250102000000_b\.down\.sql: its down file was edited, added or removed/m],
  },
  {
    title: 'a baseline edited by hand',
    spoil: ({ project }) =>
      project.write('sql/baseline.sql', files['sql/baseline.sql'].replace(' DEFAULT 1', '')),
    says: [
      /^sql\/baseline\.sql: the baseline was edited since the lock was written$/m,
      /→ Databases that have it do not change with it: write the change as a migration/,
      /^sql\/baseline\.sql: the schema after the baseline is not what the lock expects$/m,
      /~ column public\.a\.x: changed\n.*expected integer default 1\n.*found {4}integer$/m,
    ],
  },
  {
    title: 'a lock that was edited by hand',
    spoil: (made) => {
      const lock = lockOf(made);
      lock.migrations['20250102000000'].delta.added['column public.b.x'] = 'AAAAAAAAAAAAAAAAAAAAAA';
      made.project.write('sql/schema.lock.json', JSON.stringify(lock));
    },
    says: [
      /^migrations\/20250102000000_b\.sql: the schema after it is not what the lock expects$/m,
      /~ column public\.b\.x/,
    ],
  },
];

test.each(spoiled)('$title: 1, and says what', async ({ spoil, says }) => {
  const made = await locked();
  await spoil(made);
  const before = writtenOf(made);
  const result = await check(made);
  expect({ code: result.code, stderr: withoutPhases(result.stderr) }).toEqual({ code: 1, stderr: '' });
  let rest = result.stdout;
  for (const words of says) {
    expect(rest).toMatch(words);
    rest = rest.slice(rest.search(words));
  }
  const asJson = await check(made, '--json');
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    ok: false,
    problems: expect.arrayContaining([expect.objectContaining({ message: expect.any(String) })]),
  });
  expect(asJson.code).toBe(1);
  expect(writtenOf(made)).toEqual(before);
  if (/removed migration|edited/.test(says.join())) return;
  await writeLock(made);
  expectSuccess(await check(made));
});

/** What --write does not put right either. */
const lasting: readonly Spoiled[] = [
  {
    title: 'a down file that does not restore',
    spoil: ({ project }) => {
      project.write('migrations/20250104000000_c.sql', 'ALTER TABLE public.a ALTER COLUMN y SET NOT NULL;\n');
      project.write('migrations/20250104000000_c.down.sql', 'ALTER TABLE public.a ALTER y SET DEFAULT 1;\n');
    },
    says: [
      /^migrations\/20250104000000_c\.down\.sql: it does not restore the schema from before the migration$/m,
      /~ column public\.a\.y: changed\n.*expected text\n.*found {4}text not null default/m,
      /→ Correct it, or delete it: a migration without a down file cannot be undone\. While no database has/,
    ],
  },
  {
    title: 'two branches that were merged: a file older than what the lock knows',
    spoil: ({ project }) => project.write('migrations/20250102120000_c.sql', 'CREATE TABLE public.c ();\n'),
    says: [
      /_c\.sql: it is older than 20250103000000, which the lock lists already: two branches were merged$/m,
      /→ Give it a newer version: slipway new --restamp migrations\/20250102120000_c\.sql/,
    ],
  },
  {
    title: 'a file that is not newer than the baseline',
    spoil: ({ project }) => project.write('migrations/20241231000000_c.sql', 'CREATE TABLE public.c ();\n'),
    says: [
      /_c\.sql: it is not newer than the baseline, and the baseline does not include it$/m,
      /→ Give it a newer version/,
    ],
  },
];

test.each(lasting)('$title: 1 with and without --write', async ({ spoil, says }) => {
  const made = await locked();
  await spoil(made);
  const before = writtenOf(made);
  for (const line of ['', '--write']) {
    const { code, stdout } = await check(made, line);
    expect(code).toBe(1);
    for (const words of says) expect(stdout).toMatch(words);
  }
  expect(writtenOf(made)).toEqual(before);
});

test('what was merged late passes once it has a newer version', async () => {
  const made = await locked();
  made.project.write('migrations/20250102120000_c.sql', 'CREATE TABLE public.c ();\n');
  expectSuccess(await made.run('new --restamp migrations/20250102120000_c.sql'));
  await writeLock(made);
  expectSuccess(await check(made));
  expect(Object.keys(lockOf(made).migrations)).toHaveLength(3);
});

test('a superseded file is no late one', async () => {
  const made = await locked();
  const superseded = [{ version: '20241231000000', carriedBy: '3.1' }];
  made.project.write('sql/schema.lock.json', JSON.stringify({ ...lockOf(made), superseded }));
  made.project.write('migrations/20241231000000_c.sql', 'CREATE TABLE public.c ();\n');
  expectSuccess(await check(made));
});

test('every wrong down file is told at once, and hides nothing of what comes after it', async () => {
  const made = await scene({
    'migrations/20250101000000_a.sql': `CREATE TYPE public.mood AS ENUM ('calm');
CREATE TABLE public.a (x int);
INSERT INTO public.a VALUES (1);
`,
    'migrations/20250102000000_label.sql': `ALTER TYPE public.mood ADD VALUE 'cross';\n`,
    'migrations/20250102000000_label.down.sql': '-- slipway: empty\n',
    'migrations/20250103000000_fails.sql': 'CREATE TABLE public.b (x int);\n',
    'migrations/20250103000000_fails.down.sql': '-- as it was\nDROP TABLE public.bb;\n',
    'migrations/20250104000000_stays.sql': 'CREATE TABLE IF NOT EXISTS public.c (x int);\n',
    'migrations/20250104000000_stays.down.sql': 'ALTER TABLE public.c ADD y int;\n',
    'migrations/20250105000000_rows.sql': 'CREATE TABLE public.d (x int);\n',
    'migrations/20250105000000_rows.down.sql': 'DROP TABLE public.d;\nDELETE FROM public.a;\n',
    'migrations/20250106000000_leans.sql': `ALTER TABLE public.c ADD y int;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM public.a) THEN RAISE 'no row'; END IF; END $$;
`,
  });
  const { code, stdout } = await check(made, '--write --json');
  expect(code).toBe(65);
  const problems = JSON.parse(stdout).problems as { file: string; message: string; detail: string[] }[];
  expect(problems.map(({ file, message }) => [file, message])).toEqual([
    [
      'migrations/20250102000000_label.down.sql',
      'after it the migration cannot be applied again: migrations/20250102000000_label.sql:1:1: enum label "cross" already exists',
    ],
    ['migrations/20250103000000_fails.down.sql', 'it fails in line 2: table "bb" does not exist'],
    ['migrations/20250104000000_stays.down.sql', 'it does not restore the schema from before the migration'],
  ]);
  expect(problems[0]?.detail).toContain("    found    enum ('calm', 'cross')");
  for (const { file } of problems) made.project.remove(file);
  expectSuccess(await check(made, '--write'));
  expectSuccess(await check(made));
});

test("a step that fails where nothing was undone is the migration's own fault", async () => {
  const made = await scene({
    'migrations/20250101000000_a.sql': 'CREATE TABLE public.a (x int);\n',
    'migrations/20250101000000_a.down.sql': 'DROP TABLE public.a;\n',
    'migrations/20250102000000_b.sql': 'ALTER TABLE public.b ADD y int;\n',
  });
  expectFailure(await check(made, '--write'), {
    code: 65,
    names: /20250102000000_b\.sql:1:1: relation "public\.b" does not exist/,
    remedy: /Correct the statement/,
  });
});

test('an irreversible migration is not undone', async () => {
  const made = await scene({
    ...files,
    'migrations/20250104000000_c.sql': '-- slipway: irreversible\nDROP TABLE public.b;\n',
    'migrations/20250104000000_c.down.sql': 'CREATE TABLE public.b (other text);\n',
  });
  await writeLock(made);
});

test('two branches in git: the lock conflicts (66), and is written anew once the files are right', async () => {
  const made = await locked();
  const { project } = made;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: project.directory,
      stdio: 'pipe',
    });
  const branch = async (name: string, version: string) => {
    git('checkout', '-q', '-b', name, 'trunk');
    project.write(`migrations/${version}_${name}.sql`, `CREATE TABLE public.${name} (x int);\n`);
    await writeLock(made);
    git('add', '.');
    git('commit', '-q', '-m', name);
  };
  git('init', '-q', '-b', 'trunk');
  git('add', '.');
  git('commit', '-q', '-m', 'begin');
  await branch('one', '20250104000000');
  await branch('two', '20250105000000');
  expect(() => git('merge', '-q', 'one')).toThrow();
  for (const line of ['check', 'up']) {
    const failure = expectFailure(await made.run(line, shadowOf(made)), {
      code: 66,
      names: /markers of an unfinished merge: two branches both changed the schema/,
      remedy: /newer version \(slipway new --restamp FILE\), then: slipway check --write/,
    });
    expect(failure.file).toBe('sql/schema.lock.json');
    expect(failure.line).toEqual(expect.any(Number));
  }
  await writeLock(made);
  expectSuccess(await check(made));
  expect(Object.keys(lockOf(made).migrations).slice(-2)).toEqual(['20250104000000', '20250105000000']);
});

test('a migration that does not replay: 65, at its place', async () => {
  const made = await locked();
  made.project.write(
    'migrations/20250104000000_c.sql',
    'CREATE TABLE public.c ();\nALTER TABLE public.nowhere ADD z int;\n',
  );
  for (const line of ['', '--write']) {
    expectFailure(await check(made, line), {
      code: 65,
      names: /relation "public.nowhere" does not exist/,
      remedy: /Correct the statement/,
      place: 'migrations/20250104000000_c.sql:2:1',
    });
  }
});

test.each([
  ['none', null, 66, /there is no lock file/, /slipway check --write; then commit it/],
  ['no JSON', '{', 66, /is not JSON/, /check --write/],
  ['another document', '{"name": "x"}', 66, /this is not a lock file/, /check --write/],
  ['a newer one', '{"format": 99}', 83, /a newer Slipway wrote the lock file/, /newer image/],
])('a lock that cannot be used: %s', async (_, text, code, names, remedy) => {
  const made = await scene(files);
  if (text !== null) made.project.write('sql/schema.lock.json', text);
  expectFailure(await check(made), { code, names, remedy });
});

test('a lock that cannot be read because it is a folder', async () => {
  const made = await scene(files);
  mkdirSync(made.project.path('sql/schema.lock.json'));
  for (const line of ['', '--write']) {
    expectFailure(await check(made, line), {
      code: 66,
      names: /the lock file cannot be read \(EISDIR\)/,
      remedy: /readable file/,
    });
  }
});

test('without a baseline', async () => {
  const { 'sql/baseline.sql': baseline, ...migrations } = files;
  const made = await scene({
    ...migrations,
    'migrations/20250101000000_a.sql': baseline.split('\n')[1] ?? '',
  });
  await writeLock(made);
  expectSuccess(await check(made));
  expect(lockOf(made).baseline).toMatchObject({ version: null, checksum: null, objects: {} });
});

test('what is made or restamped is newer than the baseline, also where the clock is behind it', async () => {
  const made = await scene({
    'sql/baseline.sql': '-- slipway: version 20990101000059\nCREATE TABLE public.a (x int);\n',
    'migrations/20250102000000_late.sql': 'ALTER TABLE public.a ADD y int;\n',
  });
  const { stdout: restamped } = expectSuccess(
    await made.run('new --restamp migrations/20250102000000_late.sql'),
  );
  expect(restamped).toBe('migrations/20990101000100_late.sql\n');
  const { stdout: created } = expectSuccess(await made.run('new add z --no-down'));
  expect(created).toBe('migrations/20990101000101_add_z.sql\n');
});
