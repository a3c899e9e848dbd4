import { build } from 'esbuild';
import { constantReaders } from './constant-readers.mjs';
import { driverCrypto } from './driver-crypto.mjs';

/**
 * Bundles what tests and tools import, an ECMAScript module that needs no other package, to dist/library.
 *
 * @param {import('esbuild').BuildOptions} shared what it has in common with the program.
 */
export async function buildLibrary(shared) {
  await build({
    ...shared,
    entryPoints: { index: 'src/library/index.ts' },
    outdir: 'dist/library',
    outExtension: { '.js': '.mjs' },
    write: true,
    splitting: true,
    // What the driver is made of calls `require`, which a module does not have.
    banner: {
      js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
    },
    plugins: [constantReaders, driverCrypto],
  });
}
