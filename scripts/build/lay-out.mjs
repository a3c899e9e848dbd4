// node scripts/build/lay-out.mjs FOLDER: what the image takes from a build. `program` is copied to its root, `project`
// to its working folder. Every file has the same time, so that the same source makes the same layer.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [folder = 'image'] = process.argv.slice(2);
const home = join(folder, 'program/opt/slipway');

/** @param {string} from @param {string} to */
function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true });
}

for (const file of ['slipway.js', 'program', 'THIRD-PARTY-LICENSES', 'sbom.cdx.json']) {
  copy(join('dist', file), join(home, file));
}
copy('LICENSE', join(home, 'LICENSE'));
copy('healthcheck', join(home, 'healthcheck'));
copy('scripts/build/install.cjs', join(home, 'install.cjs'));
// An image can have a project without migrations, or with nothing but them.
for (const path of ['program/slipway', 'project']) mkdirSync(join(folder, path));
for (const name of ['sql', 'migrations']) if (existsSync(name)) copy(name, join(folder, 'project', name));

const at = Number(process.env.SOURCE_DATE_EPOCH ?? 0);
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  chmodSync(path, entry.isDirectory() ? 0o755 : 0o644);
  utimesSync(path, at, at);
}
