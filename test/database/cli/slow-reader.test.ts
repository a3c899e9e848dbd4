import { eventually, slipwayBackends } from '../../support/activity.ts';
import { type NarrowRun, startNarrow } from '../../support/narrow-pipe.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';

const name = (n: number): string =>
  `2025010100${String(Math.floor(n / 60)).padStart(2, '0')}${String(n % 60).padStart(2, '0')}_one_of_many_tables`;
const files = Object.fromEntries(
  Array.from({ length: 100 }, (_, n) => [`migrations/${name(n)}.sql`, `CREATE TABLE t${n} (x int);`]),
);
const failing = { 'migrations/20250101000000_a.sql': `SELECT '${'x'.repeat(2000)}';\nSELECT 1/0;` };
const sleeping = { 'migrations/20250101000000_a.sql': 'SELECT pg_sleep(600);' };

/** Runs a command in a shell with its output redirected so; ends with the command's own code. */
const behind = (redirection: string): string[] => [
  'bash',
  '-c',
  `"$@" ${redirection}; exit "\${PIPESTATUS[0]}"`,
  'bash',
];

describe('Hostile and odd: readers that are slow, or leave', () => {
  const scene = useScenes(afterAll);
  const runs: NarrowRun[] = [];
  afterEach(() => {
    for (const run of runs.splice(0)) run.destroy();
  });
  const start = (
    { project, database }: Scene,
    stream: 'stdout' | 'stderr',
    line: string,
    env: Record<string, string> = {},
  ): NarrowRun => {
    const run = startNarrow(stream, line === '' ? [] : line.split(' '), {
      cwd: project.directory,
      env: { ...database.env, SLIPWAY_WAIT_TIMEOUT: '5s', ...env },
    });
    runs.push(run);
    return run;
  };
  let many: Promise<Scene> | null = null;
  const manyFiles = (): Promise<Scene> => {
    many ??= scene(files);
    return many;
  };

  test.each([
    ['plan --json', 0, {}, (text: string) => JSON.parse(text).steps.length === 100],
    ['plan', 0, {}, (text: string) => text.trimEnd().split('\n').length === 101],
    ['status --json --all', 0, {}, (text: string) => JSON.parse(text).versions.length === 100],
    ['status --exit-code', 1, {}, (text: string) => text.includes(name(99).slice(0, 14))],
    ['wait --timeout 0 --json', 75, {}, (text: string) => JSON.parse(text).error.exitCode === 75],
    ['plan --json --nonsense', 64, {}, (text: string) => JSON.parse(text).error.exit === 'usage'],
    [
      'plan --json',
      78,
      { PGPORT: 'x', PGSSLMODE: 'y', PGCONNECT_TIMEOUT: 'z', SLIPWAY_ON_DRIFT: 'a' },
      (text: string) => JSON.parse(text).error.detail.length === 4,
    ],
    ['--debug', 64, {}, (text: string) => /143 \* .*\n$/.test(text)],
    ['--help', 0, {}, (text: string) => /143 \* .*\n$/.test(text)],
  ] as const)('%s to a reader that is slow: all of it, and %i', async (line, expected, env, isWhole) => {
    const run = start(await manyFiles(), 'stdout', line, env);
    await run.stuck;
    const { code, text } = await run.read();
    expect({ code, isWhole: isWhole(text) }).toEqual({ code: expected, isWhole: true });
  });

  test('up --json whose migration fails, to a reader that is slow: all of it, and 65', async () => {
    const run = start(await scene(failing), 'stdout', 'up --json');
    await run.stuck;
    const { code, text } = await run.read();
    expect({ code, exit: JSON.parse(text).error.exit }).toEqual({ code: 65, exit: 'migration' });
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)(
    '%s during up --json, to a reader that is slow: all of it, and %i',
    async (signal, expected) => {
      const site = await scene(sleeping);
      const run = start(site, 'stdout', 'up --json');
      await eventually(
        async () => (await slipwayBackends(site.database)).some(({ waits }) => waits === 'PgSleep'),
        'sleep',
      );
      run.kill(signal);
      await run.stuck;
      const { code, text } = await run.read();
      expect({ code, exitCode: JSON.parse(text).error.exitCode }).toEqual({
        code: expected,
        exitCode: expected,
      });
    },
  );

  test('up with a log that nobody reads: commits, and ends with 0 once it is read', async () => {
    const site = await scene(files);
    const run = start(site, 'stderr', 'up');
    await eventually(async () => (await site.ledger()).length === 100, 'head');
    expect(run.hasEnded).toBe(false);
    const { code, text } = await run.read();
    const lines = text.trimEnd().split('\n');
    expect({
      code,
      last: JSON.parse(lines.at(-1) ?? '').event,
      applied: lines.filter((line) => JSON.parse(line).event === 'applied').length,
    }).toEqual({ code: 0, last: 'done', applied: 100 });
  });

  test('SIGTERM where nobody reads at all: 143 within five seconds', async () => {
    const run = start(await manyFiles(), 'stdout', 'plan --json');
    await run.stuck;
    expect(run.hasEnded).toBe(false);
    const since = performance.now();
    run.kill('SIGTERM');
    expect(await run.ended).toBe(143);
    expect(performance.now() - since).toBeLessThan(5500);
  });

  test.each([
    ['plan --json', 0],
    ['status --exit-code', 1],
    ['up --json --nonsense', 64],
  ])('%s to a reader that has left: %i, and not a word of it', async (line, expected) => {
    const { project, database } = await manyFiles();
    const { code, stderr } = await slipway(line.split(' '), {
      cwd: project.directory,
      env: database.env,
      beneath: behind('| head -c 1'),
    });
    expect({ code, isQuiet: !/EPIPE|SIGPIPE|\n\s+at /.test(stderr) }).toEqual({
      code: expected,
      isQuiet: true,
    });
  });

  test('up whose log goes to a reader that has left: 0, and all is applied', async () => {
    const { project, database, run } = await scene(files);
    const { code } = await slipway(['up'], {
      cwd: project.directory,
      env: database.env,
      beneath: behind('2>&1 | head -c 1'),
    });
    expect(code).toBe(0);
    expectSuccess(await run('status --exit-code'));
  });
});
