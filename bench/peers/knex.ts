import { commandIn } from './commands.ts';
import { npmTool } from './npm-tool.ts';
import { scriptOf, versionOf } from './packages.ts';
import { writeNodeProject } from './project.ts';

const knexfile = "module.exports = { client: 'pg', connection: process.env.DATABASE_URL };\n";

const migration = (sql: string): string => `exports.config = { transaction: true };
exports.up = (knex) => knex.raw(${JSON.stringify(sql)});
exports.down = () => {};
`;

/** Knex, by its command; each migration asks for a transaction. */
export const knex = npmTool('Knex', (packages) => {
  const script = scriptOf(packages, 'knex');
  return {
    version: versionOf(packages, 'knex'),
    runsOn: 'node',
    // The record of a migration follows in another.
    unit: 'migration',
    prepare: (folder, history) =>
      writeNodeProject(folder, packages, [
        ['knexfile.js', knexfile],
        ...history.map(
          ({ version, name, sql }) => [`migrations/${version}_${name}.js`, migration(sql)] as const,
        ),
      ]),
    // Without the option one transaction has them all, whatever they ask for.
    command: (folder, target) =>
      commandIn(folder, target, [process.execPath, script, 'migrate:latest', '--disable-transactions']),
  };
});
