import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandIn } from './commands.ts';
import { npmTool } from './npm-tool.ts';
import { versionOf } from './packages.ts';
import { writeNodeProject } from './project.ts';

/** Postgrator, by its API. */
export const postgrator = npmTool('Postgrator', (packages) => ({
  version: versionOf(packages, 'postgrator'),
  runsOn: 'node',
  // The server runs a file, which is sent as one query, in a transaction; the record of it follows in another.
  unit: 'migration without its record',
  prepare(folder, history) {
    writeNodeProject(
      folder,
      packages,
      history.map(({ version, name, sql }) => [`migrations/${version}.do.${name}.sql`, sql]),
    );
    copyFileSync(join(packages.adapters, 'postgrator.mjs'), join(folder, 'migrate.mjs'));
  },
  command: (folder, target) => commandIn(folder, target, [process.execPath, 'migrate.mjs']),
}));
