import { createRequire } from 'node:module';
import { build } from 'esbuild';

/**
 * The queries that read the catalogs are constant, and stand with what makes and changes the objects that they read: the
 * bundle has them as data, so that a start loads nothing of the rest.
 *
 * @type {import('esbuild').Plugin}
 */
export const constantReaders = {
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
