// node scripts/build/types.mjs: the types of the library, in dist/types: those that its door leads to, and no others.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const folder = 'dist/types';
rmSync(folder, { recursive: true, force: true });
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.types.json'], { stdio: 'inherit' });

/** @param {string} file of `folder`. @param {Set<string>} reached is added to. */
function follow(file, reached) {
  if (reached.has(file)) return;
  reached.add(file);
  const path = join(folder, file);
  // A project need not allow imports that end in .ts.
  const text = readFileSync(path, 'utf8').replaceAll(
    /(from |import\()(['"])(\.[^'"]*)\.ts\2/g,
    '$1$2$3.js$2',
  );
  writeFileSync(path, text);
  for (const [, to = ''] of text.matchAll(/(?:from |import\()['"](\.[^'"]*)\.js['"]/g))
    follow(posix.join(posix.dirname(file), `${to}.d.ts`), reached);
}

/** @type {Set<string>} */
const reached = new Set();
follow('library/index.d.ts', reached);
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const path = posix.join(entry.parentPath, entry.name);
  if (entry.isFile() && !reached.has(posix.relative(folder, path))) rmSync(path);
}
