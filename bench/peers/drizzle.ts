import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from '../history.ts';
import { commandIn } from './commands.ts';
import { npmTool } from './npm-tool.ts';
import { versionOf } from './packages.ts';
import { writeNodeProject, writtenAt } from './project.ts';

/** The migrator of Drizzle ORM, with what drizzle-kit would have written for it. */
export const drizzle = npmTool('Drizzle ORM', (packages) => ({
  version: versionOf(packages, 'drizzle-orm'),
  runsOn: 'node',
  // One transaction has them all.
  unit: 'run',
  prepare(folder, history) {
    writeNodeProject(folder, packages, [
      ['drizzle/meta/_journal.json', journalOf(history)],
      ...history.map(({ name, sql }, index) => [`drizzle/${tagOf(index, name)}.sql`, sql] as const),
    ]);
    copyFileSync(join(packages.adapters, 'drizzle.mjs'), join(folder, 'migrate.mjs'));
  },
  command: (folder, target) => commandIn(folder, target, [process.execPath, 'migrate.mjs']),
}));

const tagOf = (index: number, name: string): string => `${String(index).padStart(4, '0')}_${name}`;

function journalOf(history: History): string {
  const entries = history.map((step, index) => ({
    idx: index,
    version: '7',
    when: Date.parse(writtenAt(step)),
    tag: tagOf(index, step.name),
    breakpoints: false,
  }));
  return `${JSON.stringify({ version: '7', dialect: 'postgresql', entries }, null, 2)}\n`;
}
