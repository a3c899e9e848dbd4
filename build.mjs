import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build, transform } from 'esbuild';

/** What every start runs; the rest lies in the bundle as text, which costs nothing until it is asked for. */
const eager = ['src/cli.ts', 'src/commands/up.ts'];

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist', { recursive: true });
// The bundle is CommonJS so that it runs from a folder without a package.json; this marks it as such here.
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');

const { outputFiles, metafile } = await build({
  entryPoints: ['src/cli.ts'],
  outdir: 'dist',
  write: false,
  metafile: true,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  alias: {
    // umzug's command line, which Slipway does not use, takes longer to load than all the rest.
    '@rushstack/ts-command-line': './src/absent.ts',
    tinyglobby: './src/absent.ts',
    'pg-native': './src/absent.ts',
    // Threads for transports, which the log does without.
    'thread-stream': './src/absent.ts',
    worker_threads: './src/absent.ts',
  },
  loader: { '.sql': 'text' },
});

/** The chunks that the eager ones import, and those. */
function eagerChunks() {
  const chunks = new Set();
  const add = (path) => {
    if (chunks.has(path)) return;
    chunks.add(path);
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && metafile.outputs[next]) add(next);
  };
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs))
    if (eager.includes(entryPoint)) add(path);
  return new Set([...chunks].map((path) => basename(path)));
}

/**
 * A chunk as the body of a function of `exports`, `require`, `$load`, which imports another chunk, and `$import`,
 * which imports what is not in the bundle: in code that is compiled from text, Node does not everywhere.
 */
async function asFunctionBody(text) {
  if (/\$(?:load|import)\b/.test(text)) throw new Error('a chunk has a name of the bundle: $load or $import');
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
  });
  return code
    .replaceAll(/\bimport\("(\.\/[^"]+\.js)"\)/g, '$$load("$1")')
    .replaceAll(/\bawait import\(/g, 'await $$import(');
}

const isEager = eagerChunks();
const parts = await Promise.all(
  outputFiles.map(async ({ path, text }) => {
    const name = basename(path);
    const body = await asFunctionBody(text);
    const part = isEager.has(name)
      ? `(function(exports,require,module,$load,$import){${body}})`
      : JSON.stringify(body);
    return `${JSON.stringify(`./${name}`)}:${part}`;
  }),
);
// In brackets a function is compiled at once, without being looked through before.
writeFileSync(
  'dist/slipway.js',
  `#!/usr/bin/env node
"use strict";
const parts = {${parts.join(',\n')}};
const loaded = new Map();
function fetch(name) {
  const part = parts[name];
  if (part === undefined) return require(name);
  let module = loaded.get(name);
  if (module === undefined) {
    module = { exports: {} };
    loaded.set(name, module);
    const run = typeof part === 'function' ? part : compile(part, name);
    run(module.exports, fetch, module, $load, $import);
  }
  return module.exports;
}
function compile(text, name) {
  const { compileFunction } = require('node:vm');
  const filename = __filename + name.slice(1);
  return compileFunction(text, ['exports', 'require', 'module', '$load', '$import'], { filename });
}
const $import = (name) => import(name);
const $load = (name) => Promise.resolve().then(() => fetch(name));
fetch('./cli.js');
`,
);
chmodSync('dist/slipway.js', 0o755);
