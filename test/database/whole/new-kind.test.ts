import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shadowOf } from '../../support/locked.ts';
import { expectSuccess, useScenes } from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';
import { copyOfTree, root, type Tree } from '../../support/tree.ts';

const scene = useScenes();
// The whole tree is copied and bundled, on a machine that may be busy.
jest.setTimeout(120_000);

let tree: Tree;
beforeAll(() => {
  tree = copyOfTree();
  const patch = join(root, 'test/fixtures/patches/new-kind.patch');
  expect(tree.run(`git apply --unsafe-paths '${patch}' && node build.mjs`)).toEqual({ code: 0, said: '\n' });
});
afterAll(() => tree.destroy());

test('a new kind of object is read, made, compared and dropped by a row and an entry in a family', async () => {
  const made = await scene({
    'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE SCHEMA s;',
    'desired.sql': 'CREATE SCHEMA s; CREATE TYPE s.later;',
  });
  const run = (line: string) =>
    slipway(line.split(' '), {
      bundle: join(tree.directory, 'dist/slipway.js'),
      cwd: made.project.directory,
      env: { ...made.database.env, ...shadowOf(made) },
    });
  const text = (path: string): string => readFileSync(made.project.path(path), 'utf8');

  expectSuccess(await run('check --write'));
  expectSuccess(await run('new later --from desired.sql'));
  const [down = '', up = ''] = readdirSync(made.project.path('migrations')).sort();
  expect(text(`migrations/${up}`)).toMatch(/^CREATE TYPE s\.later;$/m);
  expect(text(`migrations/${down}`)).toMatch(/^DROP TYPE s\.later;$/m);

  expectSuccess(await run('check --write'));
  expect(text('sql/schema.lock.json')).toContain('"shell type s.later"');
  expectSuccess(await run('up'));
  expectSuccess(await run('up'));
  await made.database.query('DROP TYPE s.later');
  const { code, logs } = await run('up');
  expect(code).toBe(85);
  expect(JSON.stringify(logs)).toContain('shell type s.later');
});
