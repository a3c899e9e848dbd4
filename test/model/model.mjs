// npm run model: does at random what people do, and holds it against a model; --help says more.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outfile = join(root, '.cache/model/main.mjs');
await build({
  entryPoints: [join(root, 'test/model/main.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  loader: { '.sql': 'text' },
  logLevel: 'warning',
  outfile,
});
const { model } = await import(outfile);
process.exitCode = await model(root, process.argv.slice(2));
