import { dirname, resolve } from 'node:path';

/**
 * What is imported by `import()` becomes a file of its own, and everything else one file together, which a start loads:
 * each of the others is made to import the whole program, so that nothing of it is shared by some of them alone.
 *
 * @type {import('esbuild').Plugin}
 */
export const lateParts = {
  name: 'late parts',
  setup({ initialOptions, onResolve, onLoad }) {
    const program = resolve('src/main.ts');
    initialOptions.splitting = true;
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
      kind === 'dynamic-import' ? { path: resolve(resolveDir, path), namespace: 'late' } : null,
    );
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: `import ${JSON.stringify(program)};\nexport * from ${JSON.stringify(path)};\n`,
      resolveDir: dirname(path),
    }));
  },
};
