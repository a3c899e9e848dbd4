import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { constantReaders } from './scripts/build/constant-readers.mjs';
import { driverCrypto } from './scripts/build/driver-crypto.mjs';
import { licencesOf } from './scripts/build/licences.mjs';

rmSync('dist', { recursive: true, force: true });
// What umzug and pino load and Slipway does not use: a command line, a search for files, threads.
const absent = ['@rushstack/ts-command-line', 'tinyglobby', 'thread-stream', 'worker_threads'];
const { metafile } = await build({
  entryPoints: { slipway: 'src/main.ts' },
  outdir: 'dist',
  metafile: true,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  banner: { js: '#!/usr/bin/env node' },
  minifySyntax: true,
  minifyWhitespace: true,
  minifyIdentifiers: true,
  // V8 scans what a start does not run, and arrow functions twice: 10 ms.
  supported: { arrow: false },
  legalComments: 'none',
  sourcemap: 'external',
  sourcesContent: false,
  logLevel: 'warning',
  external: ['pg-native'],
  alias: Object.fromEntries(absent.map((name) => [name, './src/core/absent.ts'])),
  // pg asks by it whether it runs on Cloudflare; where Node has none, that loads undici: 20 ms for nothing.
  define: { navigator: '{"userAgent":"Node.js"}' },
  loader: { '.sql': 'text' },
  plugins: [constantReaders, driverCrypto],
});
chmodSync('dist/slipway.js', 0o755);
// What npm starts: where Node can keep what it compiled, it is kept beside the program, where nobody else may write.
writeFileSync(
  'dist/bin.js',
  `#!/usr/bin/env node
require('node:module').enableCompileCache?.(require('node:path').join(__dirname, 'compile-cache'));
require('./slipway.js');
`,
);
chmodSync('dist/bin.js', 0o755);
// The bundle is CommonJS so that it runs from a folder without a package.json; this marks it as such here.
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');

writeFileSync('dist/licences.txt', licencesOf(metafile));
