import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { startNarrow } from '../../support/narrow-pipe.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { type SlipwayResult, slipway } from '../../support/slipway.ts';
import { makeSmallDisk, type SmallDisk } from '../../support/small-disk.ts';

const baseline = '-- slipway: version 20250101000000\nCREATE TABLE a (x int);\n';
const files = {
  'sql/baseline.sql': baseline,
  'migrations/20250102000000_b.sql': 'CREATE TABLE b (x int);\n',
  'desired.sql': 'CREATE TABLE a (x int);\nCREATE TABLE b (x int, y int);\n',
};

/** Runs a command in a shell with its output redirected so. */
const behind = (redirection: string): string[] => ['/bin/sh', '-c', `exec "$@" ${redirection}`, 'sh'];

describe('Hostile and odd: what cannot be written', () => {
  const scene = useScenes(afterAll);
  let made: Promise<Scene> | null = null;
  const site = (): Promise<Scene> => {
    made ??= scene(files).then(async (made) => {
      expectSuccess(await made.run('check --write', shadow(made)));
      return made;
    });
    return made;
  };
  const shadow = ({ database }: Scene): Record<string, string> => ({ SLIPWAY_SHADOW_URL: database.url });
  const redirected = async (line: string, redirection: string, env = {}): Promise<SlipwayResult> => {
    const { project, database } = await site();
    return slipway(line.split(' '), {
      cwd: project.directory,
      env: { ...database.env, ...shadow(await site()), ...env },
      beneath: behind(redirection),
    });
  };

  test.each([
    ['status --json'],
    ['status'],
    ['status --all'],
    ['plan'],
    ['check'],
    ['squash --dry-run --carried-by 1'],
    ['--version'],
    ['up --help'],
  ])('%s with stdout on a full device: 66', async (line) => {
    const result = await redirected(line, '> /dev/full');
    expectFailure(result, { code: 66, names: /stdout \(ENOSPC\)/, remedy: /Make room/ });
    // Besides the phases of what takes long.
    const lines = result.stderr.trimEnd().split('\n');
    expect(lines.filter((one) => !one.includes('"event":"phase"'))).toHaveLength(1);
  });

  test.each([
    ['status --exit-code', 1],
    ['plan --json --nonsense', 64],
    ['wait --timeout 0 --json', 75],
  ])('%s with stdout on a full device: %i, which says more', async (line, code) => {
    const result = await redirected(line, '> /dev/full');
    expect(result.code).toBe(code);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });

  test.each([
    ['status', '2> /dev/full', 0],
    ['plan --nonsense', '2> /dev/full', 64],
    ['wait --timeout 0', '> /dev/full 2> /dev/full', 75],
    ['status', '> /dev/full 2> /dev/full', 66],
    ['status', '2>&-', 0],
    ['status', '>&-', 0],
    ['status', '<&- >&- 2>&-', 0],
    ['plan --nonsense', '<&- >&- 2>&-', 64],
  ])('%s with %s: %i', async (line, redirection, code) => {
    const result = await redirected(line, redirection);
    expect(result.code).toBe(code);
    expect(result.stdout + result.stderr).not.toMatch(/^\s+at /m);
  });

  test.each(['json', 'pretty'])(
    'up whose %s log cannot be written: 0, and all is applied',
    async (format) => {
      const { database, project, run } = await scene(files);
      const options = {
        cwd: project.directory,
        env: { ...database.env, SLIPWAY_LOG_FORMAT: format },
        beneath: behind('2> /dev/full'),
      };
      expect((await slipway(['up'], options)).code).toBe(0);
      expectSuccess(await run('status --exit-code'));
    },
  );

  test('a log on a pipe that nobody reads any more, in the middle of up: 0, and all is applied', async () => {
    const { database, project, run } = await scene(files);
    const narrow = startNarrow('stderr', ['up'], { cwd: project.directory, env: database.env });
    await narrow.stuck;
    narrow.stopReading();
    expect(await narrow.ended).toBe(0);
    narrow.destroy();
    expectSuccess(await run('status --exit-code'));
  });

  describe('on a disk that is full', () => {
    let disk: SmallDisk | null = null;
    beforeEach(async () => {
      disk = makeSmallDisk('1m');
      if (disk) cpSync((await site()).project.directory, disk.directory, { recursive: true });
    });
    afterEach(() => disk?.destroy());
    const onFullDisk = async (line: string): Promise<{ result: SlipwayResult; changed: string[] } | null> => {
      if (!disk) return null;
      const { database } = await site();
      const before = contentsOf(disk.directory);
      disk.fill();
      const result = await slipway(line.split(' '), {
        cwd: disk.directory,
        env: { ...database.env, SLIPWAY_SHADOW_URL: database.url },
      });
      disk.free();
      const after = contentsOf(disk.directory);
      const names = new Set([...before.keys(), ...after.keys()]);
      return { result, changed: [...names].filter((name) => before.get(name) !== after.get(name)) };
    };

    test.each([
      ['new add fee', /migrations\/\d{14}_add_fee\.sql/],
      ['new add fee --no-down', /migrations\/\d{14}_add_fee\.sql/],
      ['new add fee --from desired.sql', /migrations\/\d{14}_add_fee\.sql/],
      ['check --write', /sql\/schema\.snapshot\.json/],
      ['squash --carried-by 1 --keep', /sql\/schema\.snapshot\.json/],
    ])('%s: 66, and every file is as it was', async (line, file) => {
      const tried = await onFullDisk(line);
      if (tried === null) return;
      expectFailure(tried.result, {
        code: 66,
        names: new RegExp(`^${file.source}: .*ENOSPC`),
        remedy: /Make room/,
      });
      expect(tried.changed).toEqual([]);
    });

    test('a result of which there is room for a part: 66', async () => {
      if (!disk) return;
      const { database, project } = await site();
      disk.fill();
      const result = await slipway(['--help'], {
        cwd: project.directory,
        env: database.env,
        beneath: behind(`> ${join(disk.directory, 'desired.sql')}`),
      });
      expectFailure(result, { code: 66, names: /stdout \(ENOSPC\)/, remedy: /Make room/ });
    });
  });

  test('adopt --write-fix into a folder that is not there: made with it', async () => {
    const { database, project, run } = await scene(files);
    expectSuccess(await run('check --write', { SLIPWAY_SHADOW_URL: database.url }));
    await database.query('CREATE TABLE a ()');
    expectSuccess(await run('adopt --write-fix made/for/fix.sql', { SLIPWAY_SHADOW_URL: database.url }));
    expect(existsSync(project.path('made/for/fix.sql'))).toBe(true);
  });

  test.each([
    ['a device', '/dev/null', /dev\/null/],
    ['a folder', 'sql', /EISDIR/],
  ])('check --write where the lock is %s: 66, and it stays one', async (_, lockfile, names) => {
    const { run, project, database } = await scene(files);
    const result = await run('check --write', {
      SLIPWAY_SHADOW_URL: database.url,
      SLIPWAY_LOCKFILE: lockfile,
    });
    expect(result.code).toBe(66);
    expect(result.stderr).toMatch(names);
    expect(lstatSync(lockfile.startsWith('/') ? lockfile : project.path(lockfile)).isFile()).toBe(false);
  });

  test('check --write where the lock is a link: what it points to is written, with its mode, and the link stays', async () => {
    const { run, project, database } = await scene(files);
    mkdirSync(project.path('kept'));
    writeFileSync(
      project.path('kept/lock.json'),
      readFileSync((await site()).project.path('sql/schema.lock.json')),
      { mode: 0o640 },
    );
    symlinkSync('../kept/lock.json', project.path('sql/schema.lock.json'));
    expectSuccess(await run('check --write', { SLIPWAY_SHADOW_URL: database.url }));
    expect(lstatSync(project.path('sql/schema.lock.json')).isSymbolicLink()).toBe(true);
    expect(lstatSync(project.path('kept/lock.json')).mode & 0o777).toBe(0o640);
  });
});

/** Every file beneath a folder, by its path, with what it holds. */
function contentsOf(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => lstatSync(join(folder, name)).isFile() && name !== 'filling')
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}
