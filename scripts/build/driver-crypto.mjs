import { join } from 'node:path';

/**
 * Puts Slipway's own computing of a login in place of the driver's.
 *
 * @type {import('esbuild').Plugin}
 */
export const driverCrypto = {
  name: 'driver crypto',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/utils$/ }, ({ path, resolveDir }) =>
      /[\\/]pg[\\/]lib[\\/]crypto[\\/]utils$/.test(join(resolveDir, path))
        ? { path: join(import.meta.dirname, '..', '..', 'src', 'postgres', 'driver-crypto.ts') }
        : null,
    ),
};
