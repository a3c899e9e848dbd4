import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { debianPrograms } from '../floors.ts';
import type { History } from '../history.ts';
import type { Found, Target } from '../peer.ts';
import { commandIn } from './commands.ts';
import { askInterpreter, findProgram } from './programs.ts';
import { writeFiles, writtenAt } from './project.ts';

const name = 'Sqitch';
const install = 'Debian: apt-get install sqitch libdbd-pg-perl postgresql-client';
const person = { name: 'Bench', email: 'bench@example.com' };

/** Sqitch, where this machine has it with its driver and psql. */
export function findSqitch(): Found {
  const program = findProgram('sqitch');
  if (program === undefined) return { name, why: `it is not installed (${install})` };
  const psql = findPsql();
  if (psql === undefined) return { name, why: `psql is not installed (${install})` };
  const version = askInterpreter(program, ['-MApp::Sqitch', '-MDBD::Pg', '-e', 'print App::Sqitch->VERSION']);
  if (version === null) return { name, why: `its Perl has no DBD::Pg (${install})` };
  return {
    name,
    version: version.replace(/^v/, ''),
    runsOn: 'perl',
    // The record of a migration follows in another.
    unit: 'migration without its record',
    prepare: (folder, history) =>
      writeFiles(folder, [
        ['sqitch.conf', configurationOf(psql)],
        ['sqitch.plan', planOf(history)],
        ...history.map((step) => [`deploy/${step.name}.sql`, `BEGIN;\n\n${step.sql}\nCOMMIT;\n`] as const),
      ]),
    command: (folder, target) => commandIn(folder, target, [program, 'deploy', uriOf(target)]),
  };
}

/** What Debian has in PATH is a script that runs one of these, and a psql is run for each migration. */
const findPsql = (): string | undefined =>
  debianPrograms.map((folder) => join(folder, 'psql')).find(existsSync) ?? findProgram('psql');

const configurationOf = (psql: string): string => `[core]
	engine = pg
[engine "pg"]
	client = ${psql}
[user]
	name = ${person.name}
	email = ${person.email}
`;

const planOf = (history: History): string => {
  const changes = history.map((step) => `${step.name} ${writtenAt(step)} ${person.name} <${person.email}>\n`);
  return `%syntax-version=1.0.0\n%project=bench\n\n${changes.join('')}`;
};

/** The password is in libpq's variable. */
const uriOf = ({ user, host, port, database }: Target): string =>
  `db:pg://${user}@${host}:${port}/${database}`;
