import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build, transform } from 'esbuild';

/** What runs before the first question to the server; the rest is compiled when it is asked for. */
const eager = ['src/main.ts', 'src/cli/commands/up.ts'];
/** What follows at each start, while the server works; what is left lies behind the program, where it costs nothing. */
const early = [
  'src/migrate/up.ts',
  'src/lockfile/bundled.ts',
  'src/inspect/interpret.ts',
  'src/log/writer.ts',
];

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist', { recursive: true });
// The bundle is CommonJS so that it runs from a folder without a package.json; this marks it as such here.
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');

const { outputFiles, metafile } = await build({
  entryPoints: ['src/main.ts'],
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
    '@rushstack/ts-command-line': './src/core/absent.ts',
    tinyglobby: './src/core/absent.ts',
    'pg-native': './src/core/absent.ts',
    // Threads for transports, which the log does without.
    'thread-stream': './src/core/absent.ts',
    worker_threads: './src/core/absent.ts',
  },
  loader: { '.sql': 'text' },
});

/** The chunks of these entry points, and those that they import. */
function chunksOf(entryPoints) {
  const chunks = new Set();
  const add = (path) => {
    if (chunks.has(path)) return;
    chunks.add(path);
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && metafile.outputs[next]) add(next);
  };
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs))
    if (entryPoints.includes(entryPoint)) add(path);
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

const [eagerChunks, earlyChunks] = [chunksOf(eager), chunksOf(early)];
const parts = [];
let rest = '';
for (const { path, text } of outputFiles) {
  const name = basename(path);
  const body = ascii(await asFunctionBody(text));
  if (eagerChunks.has(name)) {
    // In brackets a function is compiled at once, without being looked through before.
    parts.push([name, `(function(exports,require,module,$load,$import){${body}})`]);
  } else if (earlyChunks.has(name)) {
    parts.push([name, `function(exports,require,module,$load,$import){${body}}`]);
  } else {
    // Within a comment nothing may end it.
    if (body.includes('\0')) throw new Error('a chunk holds the byte that parts what would end a comment');
    const hidden = body.replaceAll('*/', '*\0/');
    parts.push([name, `[${rest.length}, ${rest.length + hidden.length}]`]);
    rest += hidden;
  }
}

/** Each character a byte, so that places are the same in the file. */
function ascii(text) {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// By it what lies behind the program is known, should the file be replaced while it runs.
const mark = createHash('sha256').update(rest).digest('hex').slice(0, 16);

const table = parts.map(([name, part]) => `${JSON.stringify(`./${name}`)}:${part}`).join(',\n');
const program = `#!/usr/bin/env node
"use strict";
const parts = {${table}};
const loaded = new Map();
function fetch(name) {
  const part = parts[name];
  if (part === undefined) return require(name);
  let module = loaded.get(name);
  if (module === undefined) {
    module = { exports: {} };
    loaded.set(name, module);
    const run = typeof part === 'function' ? part : compile(behind(part), name);
    run(module.exports, fetch, module, $load, $import);
  }
  return module.exports;
}
function compile(text, name) {
  const { compileFunction } = require('node:vm');
  const filename = __filename + name.slice(1);
  return compileFunction(text, ['exports', 'require', 'module', '$load', '$import'], { filename });
}
let rest = null;
function behind([start, end]) {
  rest ??= require('node:fs').readFileSync(__filename, 'latin1').slice(-${mark.length + rest.length + 2}, -2);
  if (!rest.startsWith('${mark}')) throw new Error('the program was replaced while it ran');
  [start, end] = [start + ${mark.length}, end + ${mark.length}];
  return rest.slice(start, end).replaceAll('*\\0/', '*/');
}
const $import = (name) => import(name);
const $load = (name) => Promise.resolve().then(() => fetch(name));
fetch('./main.js');
/*`;
writeFileSync('dist/slipway.js', `${program}${mark}${rest}*/`);
chmodSync('dist/slipway.js', 0o755);
