import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { check, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
const lockfile = 'sql/schema.lock.json';
const b = 'migrations/20250102000000_b.sql';
const c = 'migrations/20250103000000_c.sql';
const files = {
  'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int);\n',
  [b]: 'CREATE TABLE public.b (x int);\n',
  [c]: 'CREATE TABLE public.c (x int);\n',
};

/** A project with its lock, and that of the base branch beside it: the same as yet. */
async function branched(): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  copyFileSync(made.project.path(lockfile), made.project.path('base.json'));
  return made;
}

const git = ({ project }: Scene, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    cwd: project.directory,
    encoding: 'utf8',
    stdio: 'pipe',
  });

/** A project that is committed, with its lock, as `trunk`. */
async function committed(): Promise<Scene> {
  const made = await branched();
  made.project.remove('base.json');
  git(made, 'init', '-q', '-b', 'trunk');
  git(made, 'add', '.');
  git(made, 'commit', '-q', '-m', 'begin');
  return made;
}

interface Row {
  readonly what: string;
  readonly change: (made: Scene) => void | Promise<void>;
  readonly says: RegExp;
  readonly remedy: RegExp;
}

const rows: readonly Row[] = [
  {
    what: 'a version of the base that is gone',
    change: ({ project }) => project.remove(c),
    says: /^20250103000000: base\.json lists it, but its file is gone$/m,
    remedy: /→ Restore it/,
  },
  {
    what: 'a version of the base with another checksum',
    change: ({ project }) => project.write(b, 'CREATE TABLE public.b (x bigint);\n'),
    says: /^migrations\/20250102000000_b\.sql: it differs from what base\.json lists: it was edited$/m,
    remedy: /→ A database that has it refuses it \(82\): restore it \(git checkout base\.json -- migrations/,
  },
  {
    what: 'a baseline that was edited',
    change: ({ project }) => project.write('sql/baseline.sql', `${files['sql/baseline.sql']}-- edited\n`),
    says: /^sql\/baseline\.sql: it differs from what base\.json lists: it was edited$/m,
    remedy: /→ A database that has it refuses it/,
  },
  {
    what: 'a new version that is not newer than the newest of the base',
    change: ({ project }) => {
      project.write('migrations/20250102120000_d.sql', 'CREATE TABLE public.d ();\n');
      // A lock of this branch that never knew the newest.
      const lock = JSON.parse(readFileSync(project.path(lockfile), 'utf8'));
      lock.migrations = {};
      project.write(lockfile, JSON.stringify(lock));
    },
    says: /^migrations\/20250102120000_d\.sql: it is not newer than 20250103000000, the newest version of base\.json$/m,
    remedy: /→ Give it a newer version: slipway new --restamp migrations\/20250102120000_d\.sql/,
  },
  {
    what: 'a baseline that took in less than the base has',
    change: ({ project }) => {
      project.remove(b);
      project.remove(c);
      project.write(
        'sql/baseline.sql',
        '-- slipway: version 20250102120000\nCREATE TABLE public.a (x int);\n',
      );
    },
    says: /^sql\/baseline\.sql: it is not newer than 20250103000000, the newest version of base\.json$/m,
    remedy: /→ Merge base\.json first, then squash again/,
  },
];

describe('Hostile and odd: files held against another lock', () => {
  test.each(rows)('$what: 1', async ({ change, says, remedy }) => {
    const made = await branched();
    await change(made);
    const before = readFileSync(made.project.path(lockfile), 'utf8');
    for (const line of ['--write --against base.json', '--write --against=./base.json --json']) {
      const { code, stdout } = await check(made, line);
      expect({ code, stdout }).toMatchObject({ code: 1 });
      if (line.endsWith('--json')) {
        const { ok, problems } = JSON.parse(stdout);
        expect(ok).toBe(false);
        expect(problems.length).toBeGreaterThan(0);
      } else {
        expect(stdout).toMatch(says);
        expect(stdout).toMatch(remedy);
      }
    }
    expect(readFileSync(made.project.path(lockfile), 'utf8')).toBe(before);
  });

  test('a newer migration and nothing else: 0', async () => {
    const made = await branched();
    made.project.write('migrations/20250104000000_d.sql', 'CREATE TABLE public.d ();\n');
    await writeLock(made);
    expect(expectSuccess(await check(made, '--against base.json')).stdout).toMatch(
      /4 versions replayed.* agree, and nothing of base\.json is lost/,
    );
    const { stdout } = expectSuccess(await check(made, '--against base.json --json'));
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, against: 'base.json' });
  });

  test('files that a squash took in are not gone: 0', async () => {
    const made = await branched();
    expectSuccess(
      await made.run('squash --carried-by 1', {
        SLIPWAY_SHADOW_URL: `${made.database.url}?sslmode=disable`,
      }),
    );
    expectSuccess(await check(made, '--against base.json'));
  });

  test('a branch that does not have the squash of its base yet: 0', async () => {
    const made = await branched();
    const lock = JSON.parse(readFileSync(made.project.path('base.json'), 'utf8'));
    const superseded = ['20250101000000', '20250102000000', '20250103000000'];
    lock.superseded = superseded.map((version) => ({ version, carriedBy: '1' }));
    lock.baseline = { version: '20250103000000', checksum: 'x', objects: {} };
    lock.migrations = {};
    made.project.write('base.json', JSON.stringify(lock));
    expectSuccess(await check(made, '--against base.json'));
  });

  test('SLIPWAY_ALLOW_OUT_OF_ORDER lets an older one pass: 0', async () => {
    const made = await branched();
    made.project.write('migrations/20250102120000_d.sql', 'CREATE TABLE public.d ();\n');
    const env = { SLIPWAY_ALLOW_OUT_OF_ORDER: 'on' };
    expectSuccess(await check(made, '--write --against base.json', env));
  });

  test('a git ref, by branch, tag and commit: 0, and 1 where an edited file was locked anew', async () => {
    const made = await committed();
    git(made, 'tag', 'v1');
    const commit = git(made, 'rev-parse', 'HEAD').trim();
    git(made, 'checkout', '-q', '-b', 'topic');
    // A folder of the branch's name is no lock file.
    mkdirSync(made.project.path('trunk'));
    for (const ref of ['trunk', 'v1', commit, 'HEAD~0']) expectSuccess(await check(made, `--against ${ref}`));
    made.project.write(c, 'CREATE TABLE public.c (x bigint);\n');
    await writeLock(made);
    expectSuccess(await check(made));
    const { code, stdout } = await check(made, '--against trunk');
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^migrations\/20250103000000_c\.sql: it differs from what trunk lists: it was edited$/m,
      ),
    });
  });

  test('a ref that nobody knows: 66, with what git said and how to fetch it', async () => {
    const made = await committed();
    const { detail } = expectFailure(await check(made, '--against origin/main'), {
      code: 66,
      names: /--against: there is no file origin\/main, and git knows no such branch, tag or commit here/,
      remedy: /shallow.*git fetch/,
    });
    expect(detail).toEqual(expect.arrayContaining([expect.stringMatching(/fatal: /)]));
  });

  test('a ref without the lock file: 66', async () => {
    const made = await committed();
    git(made, 'checkout', '-q', '--orphan', 'bare');
    git(made, 'rm', '-q', '--cached', lockfile);
    git(made, 'commit', '-q', '-m', 'without');
    expectFailure(await check(made, '--against bare'), {
      code: 66,
      names: /--against: bare has no sql\/schema\.lock\.json/,
      remedy: /committed there.*leave --against out/,
    });
  });

  test('a ref whose lock file is no lock: 66, naming ref and file', async () => {
    const made = await committed();
    const lock = readFileSync(made.project.path(lockfile));
    made.project.write(lockfile, '{}');
    git(made, 'commit', '-q', '-a', '-m', 'broken');
    made.project.write(lockfile, lock);
    expectFailure(await check(made, '--against HEAD'), {
      code: 66,
      names: /^HEAD:sql\/schema\.lock\.json: this is not a lock file/,
      remedy: /^Give it the lock file as the base branch has it/,
    });
    made.project.write('base.json', '');
    expectFailure(await check(made, '--against base.json'), {
      code: 66,
      names: /^base\.json: the lock file is empty/,
      remedy: /Where the base has none yet, leave --against out/,
    });
  });

  test('no repository: 66', async () => {
    const made = await branched();
    expectFailure(await check(made, '--against trunk', { GIT_CEILING_DIRECTORIES: '/' }), {
      code: 66,
      names: /there is no file trunk, and git knows no such/,
      remedy: /Name it as git does/,
    });
  });

  test('no git: 66, and how to do without', async () => {
    const made = await branched();
    expectFailure(
      await check(made, '--against trunk', {
        PATH: dirname(process.execPath) === '/usr/bin' ? '/nowhere' : dirname(process.execPath),
      }),
      {
        code: 66,
        names: /there is no file trunk, and git cannot be run to find a ref of that name \(ENOENT\)/,
        remedy: /Install git.*git show REF:/,
      },
    );
  });

  test.each(['--output=/tmp/x', '-c', '--upload-pack=touch x', ''])(
    'what git would take for an option, "%s": 64, and git is not run',
    async (ref) => {
      const made = await committed();
      const result = await check(made, `--against=${ref.replaceAll(' ', '_')}`);
      expectFailure(result, { code: 64, names: /--against/, remedy: /origin\/main|./ });
    },
  );

  test('a FIFO instead of the other lock: 66', async () => {
    const made = await branched();
    execFileSync('mkfifo', [made.project.path('pipe')]);
    expectFailure(await check(made, '--against pipe'), {
      code: 66,
      names: /^pipe: the lock file cannot be read .*FIFO/,
      remedy: /regular file/,
    });
  });
});

describe('Hostile and odd: files that were edited after the lock knew them', () => {
  test('check --write warns of each, the baseline among them, and says that production answers 82', async () => {
    const made = await branched();
    made.project.write(b, 'CREATE TABLE public.b (x bigint);\n');
    made.project.write('sql/baseline.sql', `${files['sql/baseline.sql']}-- edited\n`);
    const { stdout, logs } = expectSuccess(await check(made, '--write --json'));
    expect(JSON.parse(stdout)).toMatchObject({
      edited: [
        { version: '20250101000000', file: 'sql/baseline.sql' },
        { version: '20250102000000', file: b },
      ],
      removed: [],
    });
    const warned = logs.filter(({ event }) => event === 'edited');
    expect(warned).toHaveLength(2);
    expect(warned[1]).toMatchObject({
      version: '20250102000000',
      file: b,
      msg: expect.stringMatching(/was edited after it was locked: .*refused \(82\)/),
    });
    const again = expectSuccess(await check(made, '--write --json'));
    expect(JSON.parse(again.stdout)).toMatchObject({ edited: [], removed: [] });
  });

  test('a down file, a line end or a new file is no edit', async () => {
    const made = await branched();
    made.project.write('migrations/20250102000000_b.down.sql', 'DROP TABLE public.b;\n');
    made.project.write(b, files[b].replace('\n', '\r\n'));
    made.project.write('migrations/20250104000000_d.sql', 'CREATE TABLE public.d ();\n');
    const { stdout } = expectSuccess(await check(made, '--write --json'));
    expect(JSON.parse(stdout)).toMatchObject({ edited: [], removed: [] });
  });

  test('both sides of an unfinished merge count as known', async () => {
    const made = await branched();
    const text = readFileSync(made.project.path(lockfile), 'utf8');
    const other = JSON.parse(text);
    other.migrations['20250102000000'].checksum = 'b'.repeat(64);
    const merged = ['<<<<<<< ours', text, '=======', JSON.stringify(other), '>>>>>>> theirs', ''].join('\n');
    made.project.write(lockfile, merged);
    const { stdout } = expectSuccess(await check(made, '--write --json'));
    expect(JSON.parse(stdout)).toMatchObject({ edited: [] });
  });
});
