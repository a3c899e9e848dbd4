import { readFileSync } from 'node:fs';
import { check, shadowOf, writeLock } from '../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../support/scene.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const lockfile = 'sql/schema.lock.json';
const down = 'migrations/20250103000000_c.down.sql';
const files = {
  'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE a (x int, y int);\n',
  'migrations/20250102000000_b.sql': 'CREATE TABLE b (x int, y int);\n',
  'migrations/20250103000000_c.sql': 'ALTER TABLE b DROP x;\n',
};

/** The files with a lock that knows both columns x otherwise than they make them; these patterns are ignored. */
async function ignoring(patterns: readonly string[]): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  const lock = JSON.parse(readFileSync(made.project.path(lockfile), 'utf8'));
  const other = 'A'.repeat(22);
  lock.baseline.objects['column public.a.x'] = other;
  lock.migrations['20250102000000'].delta.added['column public.b.x'] = other;
  made.project.write(lockfile, JSON.stringify({ ...lock, options: { ...lock.options, ignore: patterns } }));
  return made;
}

test('what is ignored does not count in check: in the baseline, a migration, a down file, with --write', async () => {
  const counting = await ignoring([]);
  const { code, stdout } = await check(counting);
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(/~ column public\.a\.x: changed[\s\S]*~ column public\.b\.x: changed/),
  });
  const made = await ignoring(['column public.*.x']);
  expectSuccess(await check(made));
  made.project.write(down, 'ALTER TABLE b ADD x bigint;\n');
  expectSuccess(await check(made, '--write'));
  expectSuccess(await check(made));
});

test('nor in up, in squash, and in what the new baseline makes', async () => {
  const made = await ignoring(['column public.a.x', 'column public.b.x']);
  expectSuccess(await made.run('up'));
  const squashed = await made.run('squash --carried-by 1.0.0', shadowOf(made));
  expectSuccess(squashed);
  expectSuccess(await check(made));
  expectSuccess(await made.run('up'));
});
