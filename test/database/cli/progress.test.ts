import { exampleFiles } from '../../support/example.ts';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { onTerminal } from '../../support/terminal.ts';

const scene = useScenes();

interface Case {
  readonly line: string;
  /** The phases, in order. */
  readonly phases: readonly string[];
  prepare(made: Scene): Promise<unknown>;
}

const lacking = 'ALTER TABLE trading.orders ALTER status DROP DEFAULT';
const writingAFix = ['inspect', 'build', 'write'];
const cases: readonly Case[] = [
  { line: 'check', phases: ['shadow', 'replay'], prepare: writeLock },
  { line: 'check --write', phases: ['shadow', 'replay', 'elsewhere'], prepare: async () => undefined },
  {
    line: 'squash --carried-by 1.0.0',
    phases: ['shadow', 'replay', 'write', 'prove'],
    prepare: writeLock,
  },
  {
    line: 'new drop all --from wish.sql',
    phases: ['shadow', 'build', 'write', 'prove'],
    prepare: async ({ project }) =>
      project.write('wish.sql', 'CREATE SCHEMA trading; CREATE TABLE trading.a (x int);'),
  },
  {
    line: 'adopt --write-fix fix.sql',
    phases: writingAFix,
    prepare: async (made) => {
      await writeLock(made);
      await made.database.query(`${exampleFiles()['sql/baseline.sql']}; ${lacking}`);
    },
  },
  {
    line: 'repair --write-fix fix.sql',
    phases: writingAFix,
    prepare: async (made) => {
      await writeLock(made);
      expectSuccess(await made.run('up'));
      await made.database.query(lacking);
    },
  },
];

async function made({ prepare }: Case): Promise<Scene> {
  const one = await scene(exampleFiles());
  await prepare(one);
  return one;
}

describe.each(cases)('slipway $line', (one) => {
  const { line, phases } = one;

  test('as JSON lines an event says that a phase begins, which of how many, and how long it has taken', async () => {
    const site = await made(one);
    const { logs } = expectSuccess(await site.run(line, shadowOf(site)));
    const events = logs.filter(({ event }) => event === 'phase');
    expect(events.map(({ phase, number, of }) => ({ phase, number, of }))).toEqual(
      phases.map((phase, at) => ({ phase, number: at + 1, of: phases.length })),
    );
    const times = events.map(({ elapsedMs }) => Number(elapsedMs));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('with --json nothing', async () => {
    const site = await made(one);
    const { logs } = expectSuccess(await site.run(`${line} --json`, shadowOf(site)));
    expect(logs.filter(({ event }) => event === 'phase' || event === 'replaying')).toEqual([]);
  });

  test.each([
    ['of 80 columns', 80, {}],
    ['of 40 columns, without colours', 40, { NO_COLOR: '1' }],
  ])('on a terminal %s it is one live line, which is gone in the end', async (_, columns, env) => {
    const site = await made(one);
    const { written, lines, seen } = await onTerminal(line, {
      cwd: site.project.directory,
      env: { ...site.database.env, ...shadowOf(site), ...env },
      columns,
    });
    const live = seen.filter((text) => /, phase \d of \d, /.test(text));
    for (const at of phases.keys())
      expect(live.some((text) => text.includes(`, phase ${at + 1} of ${phases.length}, `))).toBe(true);
    for (const text of live) expect(text.length).toBeLessThan(columns);
    expect(lines.join('\n')).not.toMatch(/, phase \d of \d/);
    expect(written.includes('\u001b[2m')).toBe(!('NO_COLOR' in env));
  });
});

test('what is said meanwhile stands above the live line, whole', async () => {
  const site = await scene(exampleFiles());
  const { lines } = await onTerminal('check --write', {
    cwd: site.project.directory,
    env: { ...site.database.env, ...shadowOf(site), NO_COLOR: '1' },
  });
  expect(lines).toContainEqual(expect.stringMatching(/• written: sql\/schema\.lock\.json, .*json$/));
  expect(lines.at(-1)).toMatch(/^4 versions replayed, /);
});
