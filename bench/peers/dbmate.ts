import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { commandIn } from './commands.ts';
import { npmTool } from './npm-tool.ts';
import { versionOf } from './packages.ts';
import { writeFiles } from './project.ts';

/** dbmate, without the script of its package that runs it: it is a program of its own elsewhere. */
export const dbmate = npmTool('dbmate', (packages) => {
  const platform = `${process.platform}-${process.arch}`;
  const program = join(packages.modules, '@dbmate', platform, 'bin', 'dbmate');
  if (!existsSync(program)) return { why: `npm has no dbmate for ${platform}` };
  return {
    version: versionOf(packages, 'dbmate'),
    runsOn: 'binary',
    unit: 'migration',
    prepare: (folder, history) =>
      writeFiles(
        folder,
        history.map(({ version, name, sql }) => [
          `db/migrations/${version}_${name}.sql`,
          `-- migrate:up\n${sql}\n-- migrate:down\n`,
        ]),
      ),
    command: (folder, target) => commandIn(folder, target, [program, '--no-dump-schema', 'migrate']),
  };
});
