import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pgVariables } from './databases.ts';
import type { Command, Target } from './peer.ts';

const bare = (program: string, args: readonly string[], cwd: string, target: Target): Command => ({
  program,
  args,
  cwd,
  env: pgVariables(target),
});

/** Node that does nothing. */
export const emptyNode = (node: string, scratch: string, target: Target): Command =>
  bare(node, ['-e', '0'], scratch, target);

/** Node that asks `select 1` with the driver as npm brings it. */
export function nodeWithDriver(node: string, scratch: string, target: Target): Command {
  const script = join(scratch, 'select-1.cjs');
  const driver = JSON.stringify(createRequire(import.meta.url).resolve('pg'));
  writeFileSync(
    script,
    `const pg = require(${driver});
const client = new pg.Client();
client.connect().then(() => client.query('select 1')).then(() => client.end());
`,
  );
  return bare(node, [script], scratch, target);
}

/** psql that asks one thing. */
export const psqlQuery = (scratch: string, target: Target): Command =>
  bare(psql, ['-X', '-q', '-At', '-c', 'select 1'], scratch, target);

/** psql that runs files in one transaction, and stops at the first error. */
export const psqlFiles = (files: readonly string[], scratch: string, target: Target): Command =>
  bare(
    psql,
    ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', ...files.flatMap((file) => ['-f', file])],
    scratch,
    target,
  );

/** psql that makes a copy of a database, and runs a file in it in one transaction. */
export const psqlOnCopy = (
  file: string,
  scratch: string,
  { template, copy, server }: { readonly template: string; readonly copy: string; readonly server: Target },
): Command =>
  bare(
    psql,
    [
      ...['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', `CREATE DATABASE ${copy} TEMPLATE ${template}`],
      ...['-c', `\\connect ${copy}`, '-c', 'BEGIN', '-f', file, '-c', 'COMMIT'],
    ],
    scratch,
    server,
  );

const debian = '/usr/lib/postgresql';

/** Debian's folders of PostgreSQL's own programs, the newest major first. */
export const debianPrograms: readonly string[] = (existsSync(debian) ? readdirSync(debian) : [])
  .sort((a, b) => Number(b) - Number(a))
  .map((major) => join(debian, major, 'bin'));

/** Debian's `psql` on PATH is a script in Perl that searches for the newest: the program itself is measured. */
const psql = debianPrograms.map((folder) => join(folder, 'psql')).find(existsSync) ?? 'psql';
