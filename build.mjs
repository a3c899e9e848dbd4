import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { constantReaders } from './scripts/build/constant-readers.mjs';
import { driverCrypto } from './scripts/build/driver-crypto.mjs';
import { lateParts } from './scripts/build/late-parts.mjs';
import { buildLibrary } from './scripts/build/library.mjs';
import { licencesOf } from './scripts/build/licences.mjs';
import { packagesOf } from './scripts/build/packages.mjs';
import { sbomOf } from './scripts/build/sbom.mjs';
import { writePart } from './scripts/build/write-part.mjs';

rmSync('dist', { recursive: true, force: true });
// What umzug, pino and pg load and Slipway does not use: a command line, a search for files, threads, files for a log, pools.
const absent = [
  ...['@rushstack/ts-command-line', 'tinyglobby'],
  ...['thread-stream', 'worker_threads', 'sonic-boom'],
  'pg-pool',
];
/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  minifyIdentifiers: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: ['pg-native'],
  alias: Object.fromEntries(absent.map((name) => [name, './scripts/build/absent.cjs'])),
  // pg asks by it whether it runs on Cloudflare; where Node has none, that loads undici: 20 ms for nothing.
  define: { navigator: '{"userAgent":"Node.js"}' },
  loader: { '.sql': 'text' },
};
const [{ metafile, outputFiles }] = await Promise.all([
  build({
    ...shared,
    entryPoints: { slipway: 'src/main.ts' },
    outdir: 'dist/program',
    metafile: true,
    write: false,
    // V8 scans what a start does not run, and arrow functions twice: 10 ms.
    supported: { arrow: false },
    sourcemap: 'inline',
    sourcesContent: false,
    plugins: [constantReaders, driverCrypto, lateParts],
  }),
  buildLibrary(shared),
]);
mkdirSync('dist/program', { recursive: true });
const { imports } = metafile.outputs['dist/program/slipway.js'] ?? { imports: [] };
const start = basename(imports.find(({ external }) => !external)?.path ?? '');
for (const { path, text } of outputFiles)
  if (basename(path) !== 'slipway.js') await writePart(path, text, basename(path) === start);
writeFileSync('dist/slipway.js', readFileSync('scripts/build/program.cjs', 'utf8').replace('START', start));
chmodSync('dist/slipway.js', 0o755);
// The program is CommonJS so that it runs from a folder without a package.json; this marks it as such here.
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');

const packages = packagesOf(metafile);
writeFileSync('dist/THIRD-PARTY-LICENSES', licencesOf(packages));
writeFileSync('dist/sbom.cdx.json', sbomOf(packages, JSON.parse(readFileSync('package.json', 'utf8'))));
