import { createHash } from 'node:crypto';
import type { History } from '../history.ts';
import { commandIn } from './commands.ts';
import { npmTool } from './npm-tool.ts';
import { scriptOf, versionOf } from './packages.ts';
import { type File, writeNodeProject } from './project.ts';

/** graphile-migrate, with migrations that are committed. */
export const graphileMigrate = npmTool('graphile-migrate', (packages) => {
  const script = scriptOf(packages, 'graphile-migrate');
  return {
    version: versionOf(packages, 'graphile-migrate'),
    runsOn: 'node',
    unit: 'migration',
    prepare: (folder, history) =>
      writeNodeProject(folder, packages, [['.gmrc', '{}\n'], ...committed(history)]),
    command: (folder, target) => commandIn(folder, target, [process.execPath, script, 'migrate']),
  };
});

/** Each file names the digest of the one before it, which its own digest covers. */
function committed(history: History): File[] {
  let previous = '';
  return history.map(({ name, sql }, index) => {
    const body = `${sql.trim()}\n`;
    const digest = createHash('sha1')
      .update(`${`${previous}\n${body}`.trim()}\n`)
      .digest('hex');
    const hash = `sha1:${digest}`;
    const header = `--! Previous: ${previous || '-'}\n--! Hash: ${hash}\n--! Message: ${name}\n`;
    previous = hash;
    const number = String(index + 1).padStart(6, '0');
    return [`migrations/committed/${number}-${name}.sql`, `${header}\n${body}`];
  });
}
