import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandIn } from './commands.ts';
import { npmTool } from './npm-tool.ts';
import { versionOf } from './packages.ts';
import { writeNodeProject } from './project.ts';

/** Umzug, with files of SQL, and a storage in the database. */
export const umzug = npmTool('Umzug', (packages) => ({
  version: versionOf(packages, 'umzug'),
  runsOn: 'node',
  // The server runs a file, which is sent as one query, in a transaction; the record of it follows in another.
  unit: 'migration without its record',
  prepare(folder, history) {
    writeNodeProject(
      folder,
      packages,
      history.map(({ version, name, sql }) => [`migrations/${version}_${name}.sql`, sql]),
    );
    copyFileSync(join(packages.adapters, 'umzug.mjs'), join(folder, 'migrate.mjs'));
  },
  command: (folder, target) => commandIn(folder, target, [process.execPath, 'migrate.mjs']),
}));
