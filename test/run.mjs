// node test/run.mjs FOLDER [WORDS...]: runs main() of test/FOLDER/main.ts; --help says more.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const [folder, ...words] = process.argv.slice(2);
const outfile = join(root, '.cache', folder, 'main.mjs');
await build({
  entryPoints: [join(root, 'test', folder, 'main.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  loader: { '.sql': 'text' },
  logLevel: 'warning',
  outfile,
});
const { main } = await import(outfile);
process.exit(await main(root, words));
