import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyOfTree, root, type Tree } from '../../support/tree.ts';

// Each tool reads the whole tree, on a machine that may be busy.
jest.setTimeout(120_000);

/** A function with as many lines between its braces, which is what the rule counts. */
const lines = (count: number): string =>
  `export function long(): void {\n${'  console.log();\n'.repeat(count)}}\n`;

/** Files that break one rule each. */
const planted = {
  // An import upward.
  'src/core/upward.ts': "import { planCommand } from '../cli/commands/plan.ts';\n\nvoid planCommand;\n",
  // An import past a door.
  'src/cli/past-door.ts': "import { apply } from '../migrate/apply.ts';\n\nvoid apply;\n",
  // A cycle, of types alone.
  'src/core/circle.ts':
    "import type { Back } from './circle-back.ts';\n\nexport type Circle = Back | null;\n",
  'src/core/circle-back.ts':
    "import type { Circle } from './circle.ts';\n\nexport type Back = Circle | null;\n",
  'src/core/lines-61.ts': lines(61),
  'src/core/lines-60.ts': lines(60),
  'src/core/parameters-5.ts':
    'export const five = (a: number, b: number, c: number, d: number, e: number): number => a + b + c + d + e;\n',
  'src/core/unused.ts': 'export const used = 1;\nexport const unused = 2;\n',
  // So that of all these nothing but one export is unused.
  'scripts/layers/planted.ts': [
    "import '../../src/core/upward.ts';",
    "import '../../src/cli/past-door.ts';",
    "import type { Circle } from '../../src/core/circle.ts';",
    "import { long as long60 } from '../../src/core/lines-60.ts';",
    "import { long } from '../../src/core/lines-61.ts';",
    "import { five } from '../../src/core/parameters-5.ts';",
    "import { used } from '../../src/core/unused.ts';",
    '',
    'const circle: Circle = null;',
    'console.log(circle, five, long, long60, used);',
    '',
  ].join('\n'),
};

let tree: Tree;
beforeAll(() => {
  tree = copyOfTree();
  for (const [path, text] of Object.entries(planted)) writeFileSync(join(tree.directory, path), text);
  const settings = join(tree.directory, 'knip.json');
  const knip = JSON.parse(readFileSync(settings, 'utf8'));
  knip.entry.push('scripts/layers/planted.ts');
  writeFileSync(settings, JSON.stringify(knip));
});
afterAll(() => tree.destroy());

const { check } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;

/** Runs one step of `npm run check` on the copy. */
function run(step: string): ReturnType<Tree['run']> {
  if (!check.split(' && ').includes(step)) throw new Error(`npm run check has no step ${step}`);
  return tree.run(step);
}

test('an import upward, one past a door, and a cycle of types', () => {
  const { code, said } = run('node scripts/run.mjs scripts/layers');
  expect(said.trim().split('\n')).toEqual([
    'imports a room that is not below its own: core/upward.ts -> cli/commands/plan.ts',
    'imports past a door: cli/past-door.ts -> migrate/apply.ts',
    'imports past a door: core/upward.ts -> cli/commands/plan.ts',
    expect.stringMatching(/^is a cycle: core\/circle(?:-back)?\.ts -> /),
  ]);
  expect(code).toBe(1);
});

test('a cycle, a function of 61 lines, and one of five parameters', () => {
  const { code, said } = run('biome check .');
  const found = [...said.matchAll(/^(src\/\S+?):\d+:\d+ (lint\S+)/gm)].map(([, path, rule]) => [path, rule]);
  expect(found.sort()).toEqual([
    ['src/core/circle-back.ts', 'lint/suspicious/noImportCycles'],
    ['src/core/circle.ts', 'lint/suspicious/noImportCycles'],
    ['src/core/lines-61.ts', 'lint/complexity/noExcessiveLinesPerFunction'],
    ['src/core/parameters-5.ts', 'lint/complexity/useMaxParams'],
  ]);
  expect(code).toBe(1);
});

test('an export that nothing uses', () => {
  const { code, said } = run('knip --no-progress');
  expect(said.match(/^\S+ .*\.ts:\d+:\d+$/gm)?.map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    'unused src/core/unused.ts:2:14',
  ]);
  expect(code).toBe(1);
});
