import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
/**
 * The queries that read the catalogs are constant, and stand with what makes and changes the objects that they read: the
 * bundle has them as data, so that a start loads nothing of the rest.
 */
/** @type {import('esbuild').Plugin} */
const constantReaders = {
  name: 'constant readers',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/schema\/catalog\/readers\.ts$/ }, async ({ path }) => {
      const { outputFiles } = await build({
        entryPoints: [path],
        bundle: true,
        write: false,
        platform: 'node',
        format: 'cjs',
        external: ['pg-native'],
      });
      /** @type {{ exports: { readers?: unknown } }} */
      const module = { exports: {} };
      const load = createRequire(import.meta.url);
      new Function('module', 'exports', 'require', outputFiles[0]?.text ?? '')(module, module.exports, load);
      return { contents: `export const readers = ${JSON.stringify(module.exports.readers)};` };
    }),
};

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
  legalComments: 'none',
  sourcemap: 'external',
  sourcesContent: false,
  logLevel: 'warning',
  external: ['pg-native'],
  alias: Object.fromEntries(absent.map((name) => [name, './src/core/absent.ts'])),
  // pg asks by it whether it runs on Cloudflare; where Node has none, that loads undici: 20 ms for nothing.
  define: { navigator: '{"userAgent":"Node.js"}' },
  loader: { '.sql': 'text' },
  plugins: [constantReaders],
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

const packages = Object.keys(metafile.inputs).map(
  (path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0],
);
const licences = [...new Set(packages.filter((folder) => folder !== undefined))]
  .filter((folder) => existsSync(folder))
  .sort()
  .map((folder) => {
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name} ${version}: ${license}\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}\n`;
  });
writeFileSync('dist/licences.txt', licences.join(`\n${'-'.repeat(80)}\n\n`));
