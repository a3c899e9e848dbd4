import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyOfTree, type Tree } from '../../support/tree.ts';

// The whole tree is built and compiled, on a machine that may be busy.
jest.setTimeout(300_000);

let tree: Tree;
beforeAll(() => {
  tree = copyOfTree();
});
afterAll(() => tree.destroy());

const consumer = `import { optionsFromEnvironment, SlipwayError, status, templateDatabase, up } from 'pg-slipway';

export async function main(): Promise<string> {
  const outcome = await up({ ...optionsFromEnvironment(), onEvent: ({ event, level }) => console.log(level, event) });
  if ('error' in outcome) return outcome.error.remedy;
  const { state, pending } = await status({ url: 'postgresql://localhost/x', all: true });
  const template = await templateDatabase({ url: 'postgresql://localhost/x', settings: { SLIPWAY_APP: 'a' } });
  const { url, drop } = await template.clone('x');
  await drop();
  return [outcome.version, state, pending.length, url].join();
}
main().catch((error: unknown) => {
  if (error instanceof SlipwayError) console.error(error.exit, error.code, error.message, error.remedy);
});
// @ts-expect-error: there is no such option
void up({ uri: 'postgresql://localhost/x' });
`;

test('what npm packs has a command and a library that strict projects compile against, and nothing of the tests', () => {
  const steps = [
    'node build.mjs',
    'node scripts/build/types.mjs',
    'npm pack --silent --ignore-scripts --pack-destination .',
    'mkdir -p consumer/node_modules/pg-slipway',
    'tar -xzf pg-slipway-*.tgz -C consumer/node_modules/pg-slipway --strip-components 1',
  ];
  for (const step of steps) expect({ step, ...tree.run(step) }).toMatchObject({ step, code: 0 });
  const folder = join(tree.directory, 'consumer');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'main.ts'), consumer);
  for (const [module, resolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const options = `--strict --noEmit --target es2022 --lib esnext,dom --types node --module ${module} --moduleResolution ${resolution}`;
    expect(tree.run(`cd consumer && tsc --ignoreConfig ${options} main.ts`)).toEqual({ code: 0, said: '\n' });
  }
  const { said } = tree.run(
    'cd consumer && node node_modules/pg-slipway/dist/slipway.js --version && find node_modules/pg-slipway',
  );
  expect(said).toMatch(/\b\d+\.\d+\.\d+\n/);
  expect(said).toMatch(/dist\/library\/index\.mjs/);
  expect(said).not.toMatch(/\/(?:test|src|scripts|bench)\//);
});
