import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyOfTree, root, type Tree } from '../../support/tree.ts';

// The whole tree is compiled, on a machine that may be busy.
jest.setTimeout(120_000);

const patches = join(root, 'test/fixtures/patches');

let tree: Tree;
beforeAll(() => {
  tree = copyOfTree();
});
afterAll(() => tree.destroy());

/** The files of src/ that a patch changes. */
const changedIn = (patch: string): readonly string[] =>
  [...patch.matchAll(/^\+\+\+ b\/(.*)$/gm)].map(([, path = '']) => path);

test('a new exit code is a row in one file: types, help, pages and the Job follow', () => {
  const file = join(patches, 'new-exit-code.patch');
  expect(changedIn(readFileSync(file, 'utf8'))).toEqual(['src/core/errors.ts']);
  expect(tree.run(`git apply --unsafe-paths '${file}'`)).toEqual({ code: 0, said: '\n' });
  expect(tree.run('tsc --noEmit')).toEqual({ code: 0, said: '\n' });
  mkdirSync(join(tree.directory, 'show'));
  writeFileSync(
    join(tree.directory, 'show/main.ts'),
    `import { readFileSync } from 'node:fs';
import { definitionOf } from '../src/cli/definition.ts';
import { helpForAll } from '../src/cli/help.ts';
import { commands } from '../src/cli/table.ts';
import { jobFile, withFinalCodes, writtenParts } from '../scripts/docs/parts.ts';
export async function main(root: string): Promise<number> {
  const parts = await writtenParts(root);
  const pages = ['exit-codes', 'help', 'pod-failure-policy'].map((name) => parts.get(name));
  console.log(JSON.stringify([helpForAll(await definitionOf(commands)), ...pages, withFinalCodes(readFileSync(jobFile, 'utf8'))]));
  return 0;
}
`,
  );
  const { code, said } = tree.run('node scripts/run.mjs show');
  expect({ code, said }).toMatchObject({ code: 0 });
  const [help, table, commands, policy, job] = JSON.parse(said);
  expect(help).toMatch(/^ {2}86 {5}the tenant has used up its quota$/m);
  expect(table).toContain('| 86 | the tenant has used up its quota | no |');
  expect(commands).toContain('86     the tenant has used up its quota');
  for (const yaml of [policy, job]) expect(yaml).toMatch(/values: \[64, .*85, 86\]$/m);
});
