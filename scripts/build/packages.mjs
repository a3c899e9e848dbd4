import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Bundled A package that a bundle holds something of.
 * @property {string} folder in which it is installed, such as node_modules/pg.
 * @property {string} name
 * @property {string} version
 * @property {string} license an expression of SPDX.
 */

/**
 * The packages that a bundle holds something of, in the order of their folders.
 *
 * @param {import('esbuild').Metafile} metafile of the bundle.
 * @returns {Bundled[]}
 */
export function packagesOf({ inputs }) {
  const folders = Object.keys(inputs).map(
    (path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0],
  );
  return [...new Set(folders.filter((folder) => folder !== undefined))]
    .filter((folder) => existsSync(folder))
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return { folder, name, version, license };
    });
}
