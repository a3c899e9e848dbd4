// npm run reliability: tries faults at every message of the protocol; --help says more.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outfile = join(root, '.cache/reliability/main.mjs');
await build({
  entryPoints: [join(root, 'test/faults/main.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  loader: { '.sql': 'text' },
  logLevel: 'warning',
  outfile,
});
const { reliability } = await import(outfile);
process.exitCode = await reliability(root, process.argv.slice(2));
