// node scripts/run.mjs FOLDER [WORDS...]: runs main() of FOLDER/main.ts; --help says more.
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const [folder = '', ...words] = process.argv.slice(2);
const outfile = join(root, '.cache', basename(folder), 'main.mjs');
await build({
  entryPoints: [join(root, folder, 'main.ts')],
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
