import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist', { recursive: true });
// The bundle is CommonJS so that it runs from a folder without a package.json; this marks it as such here.
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');

await build({
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/slipway.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  banner: { js: '#!/usr/bin/env node' },
  alias: {
    // umzug's command line, which Slipway does not use, takes longer to load than all the rest.
    '@rushstack/ts-command-line': './src/absent.ts',
    tinyglobby: './src/absent.ts',
    'pg-native': './src/absent.ts',
  },
  loader: { '.sql': 'text' },
});
