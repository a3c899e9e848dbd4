// node bench/engines/score.mjs [ENGINE ...]: scores engines, Slipway's own among them, on the changes of
// test/fixtures/mutations/, and writes scores.json. README.md says what must be installed.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outdir = join(root, '.cache/engines');
await build({
  entryPoints: {
    score: join(root, 'bench/engines/score.ts'),
    slipway: join(root, 'bench/engines/adapters/slipway.ts'),
  },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  loader: { '.sql': 'text' },
  logLevel: 'warning',
  outExtension: { '.js': '.mjs' },
  outdir,
});
const { score } = await import(join(outdir, 'score.mjs'));
await score(root, process.argv.slice(2));
