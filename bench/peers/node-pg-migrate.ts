import { commandIn } from './commands.ts';
import { npmTool } from './npm-tool.ts';
import { scriptOf, versionOf } from './packages.ts';
import { writeNodeProject } from './project.ts';

/** node-pg-migrate, with files of SQL. */
export const nodePgMigrate = npmTool('node-pg-migrate', (packages) => {
  const script = scriptOf(packages, 'node-pg-migrate');
  return {
    version: versionOf(packages, 'node-pg-migrate'),
    runsOn: 'node',
    unit: 'migration',
    prepare: (folder, history) =>
      writeNodeProject(
        folder,
        packages,
        history.map(({ version, name, sql }) => [
          // It takes 17 digits for a time, milliseconds included.
          `migrations/${version}000_${name}.sql`,
          `-- Up Migration\n${sql}\n-- Down Migration\n`,
        ]),
      ),
    command: (folder, target) =>
      commandIn(folder, target, [process.execPath, script, 'up', '--no-single-transaction']),
  };
});
