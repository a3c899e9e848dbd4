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

/** The files that a patch changes. */
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
import { jobFiles, withFinalCodes, writtenParts } from '../scripts/docs/parts.ts';
export async function main(root: string): Promise<number> {
  const parts = await writtenParts(root);
  const pages = ['exit-codes', 'help', 'pod-failure-policy'].map((name) => parts.get(name));
  console.log(JSON.stringify([helpForAll(await definitionOf(commands)), ...pages, ...jobFiles.map((file) => withFinalCodes(readFileSync(file, 'utf8')))]));
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

describe('a new kind of object', () => {
  const file = join(patches, 'new-kind.patch');
  const sources = changedIn(readFileSync(file, 'utf8')).filter((path) => path.startsWith('src/'));
  const [row = '', family = ''] = sources;
  beforeAll(() => {
    expect(tree.run(`git apply --unsafe-paths '${file}'`)).toEqual({ code: 0, said: '\n' });
    const sourcesAlone = JSON.stringify({ extends: './tsconfig.json', include: ['src'] });
    writeFileSync(join(tree.directory, 'tsconfig.src.json'), sourcesAlone);
  });

  test('is a row of the table and an entry in a family: two files, and no other has to know it', () => {
    expect(sources).toEqual(['src/schema/kinds.ts', 'src/schema/objects/type/index.ts']);
    expect(tree.run('tsc --noEmit')).toEqual({ code: 0, said: '\n' });
  });

  // Two at a time, each in a file of its own: the whole source is compiled for them.
  test.each([
    [
      'the row lacks the catalogs that it lives in, the family its drop',
      [
        { path: row, left: "livesIn: ['pg_type'], ", named: /livesIn/ },
        { path: family, left: /\n {4}drop: \(\{ name \}\) => \[`DROP TYPE \$\{name\}`\],/, named: /drop/ },
      ],
    ],
    [
      'the row lacks its rank, and there is no family',
      [
        { path: row, left: ', rank: [2, 13]', named: /rank/ },
        { path: family, left: /\n {2}'shell type': \{[\s\S]*?\n {2}\},/, named: /Record|missing/ },
      ],
    ],
  ])('%s: tsc names both', (_, faults) => {
    const whole = faults.map(({ path, left }) => {
      const text = readFileSync(join(tree.directory, path), 'utf8');
      const without = text.replace(left, '');
      expect(without).not.toBe(text);
      writeFileSync(join(tree.directory, path), without);
      return { path, text };
    });
    const { code, said } = tree.run('tsc --noEmit -p tsconfig.src.json');
    for (const { path, text } of whole) writeFileSync(join(tree.directory, path), text);
    expect(code).toBe(1);
    expect(said).toMatch(/shell type/);
    for (const { named } of faults) expect(said).toMatch(named);
  });
});
