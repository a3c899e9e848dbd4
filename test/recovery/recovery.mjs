// npm run recovery: runs the tests of herds, poolers, locks and signals in full, and writes their figures down.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outfile = join(root, '.cache/recovery/main.mjs');
await build({
  entryPoints: [join(root, 'test/recovery/main.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  loader: { '.sql': 'text' },
  logLevel: 'warning',
  outfile,
});
const { recovery } = await import(outfile);
process.exitCode = recovery(root);
