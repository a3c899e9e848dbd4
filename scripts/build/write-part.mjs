import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';

/** As long as `import`, so that the map stays right. */
const inPlaceOfImport = 'demand';
const demand = `function ${inPlaceOfImport}(path){return Promise.resolve().then(function(){return require(path)})}`;

/**
 * Writes a part of the program as CommonJS, which Node loads faster, and its map beside it.
 *
 * @param {string} path
 * @param {string} module as an ECMAScript module, with its map in it.
 * @param {boolean} isStart whether it is to be the function that CommonJS calls, and not only its body.
 * @throws {Error} where it is not ASCII, which V8 keeps in half the room, or a start holds an `import()`, which a script
 *   cannot do.
 */
export async function writePart(path, module, isStart) {
  const { code, map } = await transform(module.replaceAll('import("', `${inPlaceOfImport}("`), {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    supported: { arrow: false },
    sourcemap: 'external',
    sourcesContent: false,
    banner: `${isStart ? '(function(exports,require,module,__filename,__dirname){' : ''}"use strict";${demand}`,
    footer: isStart ? '})' : '',
  });
  if (/[^\0-\x7f]/.test(code)) throw new Error(`${path}: write letters beyond ASCII in a pattern as \\u....`);
  if (isStart && /\bimport\(/.test(code))
    throw new Error(`${path} holds an import() of what only a run can name`);
  writeFileSync(path, code);
  writeFileSync(`${path}.map.gz`, gzipSync(map));
}
