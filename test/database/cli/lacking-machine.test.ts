import { chmodSync } from 'node:fs';
import {
  type ExpectedFailure,
  expectFailure,
  expectSuccess,
  type Scene,
  useScenes,
} from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';

const version = '20250101000000';
const files = {
  [`migrations/${version}_a.sql`]: 'CREATE TABLE a (x int);\n',
  'desired.sql': 'CREATE TABLE a (x int, y int);\n',
};
const options = /Correct or remove it in PGOPTIONS/;
const behind = (script: string): string[] => ['/bin/sh', '-c', script, 'sh'];
const soon = { SLIPWAY_WAIT_TIMEOUT: '2s' };

interface Case {
  readonly title: string;
  readonly line: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the program is started behind. */
  readonly script?: string;
  readonly expected: ExpectedFailure;
}

const optionCases: readonly (readonly [options: string, names: RegExp])[] = [
  ['-c no_such=1', /refuses PGOPTIONS: unrecognized configuration parameter "no_such"/],
  ['-c work_mem=lots', /refuses PGOPTIONS: invalid value for parameter "work_mem"/],
  ['-c lock_timeout=-5', /refuses PGOPTIONS: -5 ms is outside the valid range/],
  ['-c role=no_such_role', /refuses PGOPTIONS: role "no_such_role" does not exist/],
  ['-c port=1', /refuses PGOPTIONS: parameter "port" cannot be changed/],
  ['--no-such', /refuses PGOPTIONS: --no-such requires a value/],
  ['-c', /refuses PGOPTIONS: invalid command-line argument/],
  ['-c client_encoding=nope', /refuses PGOPTIONS: invalid value for parameter "client_encoding"/],
];

const cases: readonly Case[] = [
  ...['up', 'plan', 'status', 'wait --timeout 0'].flatMap((line) =>
    optionCases.slice(0, line === 'up' ? undefined : 1).map(
      ([value, names]): Case => ({
        title: `${line} with PGOPTIONS=${value}`,
        line,
        env: { PGOPTIONS: value },
        expected: { code: 78, names, remedy: options },
      }),
    ),
  ),
  {
    title: 'new --from-command where there is no shell',
    line: 'new x --from-command cat',
    script:
      'exec unshare --mount bash -c \'program=$1; shift; exec 9<"$program"; mount -t tmpfs none "$(dirname "$(realpath /bin/sh)")" && exec /proc/self/fd/9 "$@"\' bash "$@"',
    expected: {
      code: 64,
      names: /needs a shell, and there is none/,
      remedy: /COMMAND \| slipway new NAME --from -/,
    },
  },
  {
    title: 'check with TMPDIR that is not there',
    line: 'check --write',
    env: { TMPDIR: '/no/such/folder' },
    expected: {
      code: 78,
      names: /temporary files cannot be made in \/no\/such\/folder/,
      remedy: /Set TMPDIR to a folder that exists/,
    },
  },
  {
    title: 'demo with TMPDIR that is not there',
    line: 'demo',
    env: { TMPDIR: '/no/such/folder' },
    expected: { code: 78, names: /temporary files/, remedy: /Set TMPDIR/ },
  },
  {
    title: 'check with TMPDIR that cannot be written',
    line: 'check --write',
    env: { TMPDIR: '/proc' },
    expected: { code: 78, names: /temporary files cannot be made in \/proc/, remedy: /Set TMPDIR/ },
  },
  ...['up', 'plan', 'status'].map(
    (line): Case => ({
      title: `${line} in a folder that was removed`,
      line,
      script: 'mkdir gone && cd gone && rmdir ../gone && exec "$@"',
      expected: {
        code: 66,
        names: /neither migrations\/ nor sql\/baseline\.sql exists/,
        remedy: /the project's folder\? .*slipway new NAME.*copy or mount them/,
      },
    }),
  ),
  {
    title: 'check --write as a user without a name',
    line: 'check --write',
    script: 'chmod -R a+rwX .; exec setpriv --reuid 54321 --regid 54321 --clear-groups "$@"',
    env: { PGUSER: 'anyone', SLIPWAY_SHADOW_URL: undefined },
    expected: {
      code: 66,
      names: /runs under no user without a name, and uid 54321 has none/,
      remedy: /SLIPWAY_SHADOW_URL.*a user that \/etc\/passwd lists/,
    },
  },
  {
    title: 'demo in a folder that was removed',
    line: 'demo',
    script: 'mkdir gone && cd gone && rmdir ../gone && exec "$@"',
    expected: {
      code: 66,
      names: /working directory no longer exists/,
      remedy: /change to one that exists/,
    },
  },
  {
    title: 'new in a folder that was removed',
    line: 'new x',
    script: 'mkdir gone && cd gone && rmdir ../gone && exec "$@"',
    expected: { code: 66, names: /cannot be written \(ENOENT\)/, remedy: /SLIPWAY_MIGRATIONS/ },
  },
  {
    title: 'new --from-command with no more files to open',
    line: 'new x --from-command cat',
    script: 'ulimit -n 21; exec "$@"',
    expected: {
      code: 78,
      names: /too many files are open \(EMFILE\)/,
      remedy: /Raise the limit of open files \(ulimit -n/,
    },
  },
  {
    title: 'up --each on more databases at a time than files may be open',
    line: 'up --each list.txt --parallel 100',
    script: 'ulimit -n 60; exec "$@"',
    expected: {
      code: 78,
      names: /^100 databases at a time may take 238 open files, and this process may have 60$/,
      remedy: /ulimit -n.*--parallel 11\.$/,
    },
  },
];

describe('Hostile and odd: a machine that lacks something', () => {
  const scene = useScenes(afterAll);
  let shared: Promise<Scene> | null = null;
  const site = (): Promise<Scene> => {
    shared ??= scene(files);
    return shared;
  };

  test.each(cases)('$title: $expected.code', async ({ line, env, script, expected }) => {
    if (script !== undefined && /unshare|setpriv/.test(script) && process.getuid?.() !== 0) {
      if (process.env.CI)
        throw new Error('another user, or a machine without a shell, cannot be tried: it takes root');
      process.stderr.write('\nANOTHER USER, AND A MACHINE WITHOUT A SHELL, IS NOT TESTED: it takes root\n');
      return;
    }
    const { database, project } = await site();
    const result = await slipway(line.split(' '), {
      cwd: project.directory,
      env: { ...database.env, ...soon, ...env },
      ...(script === undefined ? {} : { beneath: behind(script) }),
    });
    expectFailure(result, expected);
  });

  test('who has no name and names no user makes migrations and proves them, on a shadow whose login is named', async () => {
    if (process.getuid?.() !== 0) {
      if (process.env.CI) throw new Error('another user cannot be tried: it takes root');
      process.stderr.write('\nANOTHER USER IS NOT TESTED: it takes root\n');
      return;
    }
    const { database, project } = await scene({ 'migrations/20250101000000_a.sql': 'CREATE TABLE a ();' });
    const locked = { cwd: project.directory, env: { ...soon, SLIPWAY_SHADOW_URL: database.url } };
    expectSuccess(await slipway(['check', '--write'], locked));
    for (const path of ['.', 'migrations', 'sql']) chmodSync(project.path(path), 0o777);
    for (const line of ['check', 'new an index'])
      expectSuccess(
        await slipway(line.split(' '), {
          ...locked,
          beneath: behind('exec setpriv --reuid 54321 --regid 54321 --clear-groups "$@"'),
        }),
      );
  });

  test.each([
    ['no HOME', { HOME: undefined }],
    ['a HOME that is not there', { HOME: '/no/such/home' }],
    ['a HOME that is a file', { HOME: '/etc/hostname' }],
  ])('%s: status is 0', async (_, env) => {
    expectSuccess(await (await site()).run('status', env));
  });

  test('new --from - reads the desired schema from the standard input', async () => {
    const { database, project } = await scene(files);
    const run = (input: string) =>
      slipway(['new', 'wished', '--from', '-', '--json'], {
        cwd: project.directory,
        env: { ...database.env, SLIPWAY_SHADOW_URL: database.url },
        input,
      });
    const made = JSON.parse(expectSuccess(await run(files['desired.sql'])).stdout);
    expect(made.files).toEqual([
      expect.stringMatching(/_wished\.sql$/),
      expect.stringMatching(/_wished\.down\.sql$/),
    ]);
    expectFailure(await run('SELEKT 1;'), {
      code: 65,
      names: /^standard input:1:1: .*SELEKT/,
      remedy: /Correct/,
    });
    expectFailure(await run(''), { code: 65, names: /^standard input:1:1: the file is empty/, remedy: /./ });
  });
});
