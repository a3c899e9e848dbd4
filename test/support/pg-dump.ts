import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestDatabase } from './database.ts';

/** Where Debian keeps the programs of each major. */
const debian = '/usr/lib/postgresql';

/** A pg_dump of this machine: its path, and the newest major that it dumps. */
export interface PgDump {
  readonly path: string;
  readonly major: number;
}

/**
 * Finds the newest pg_dump; null, with a warning, where there is none.
 *
 * @throws Error where there is none and CI is set.
 */
export function findPgDump(): PgDump | null {
  const installed = existsSync(debian)
    ? readdirSync(debian).map((name) => join(debian, name, 'bin', 'pg_dump'))
    : [];
  const found = (installed.length > 0 ? installed : ['/usr/bin/pg_dump', '/usr/local/bin/pg_dump'])
    .filter(existsSync)
    .map((path) => {
      const version = /\b(\d+)\.\d+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1];
      return { path, major: Number(version) };
    });
  const newest = found.sort((a, b) => b.major - a.major)[0];
  if (newest) return newest;
  const missing =
    'REAL DUMPS ARE NOT TESTED: pg_dump is not installed (Debian: apt-get install postgresql-client)';
  if (process.env.CI) throw new Error(missing);
  process.stderr.write(`\n${missing}\n`);
  return null;
}

/** Whether it dumps databases of a server (`TestServer.major`): of its own major and of older ones. */
export const dumps = (program: PgDump | null, major: number): boolean =>
  program !== null && Math.floor(major) <= program.major;

/** What pg_dump writes of a database. */
export function dump({ path }: PgDump, { env }: TestDatabase, options: readonly string[] = []): string {
  return execFileSync(path, options, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
  });
}

/**
 * Runs a dump with the psql beside pg_dump.
 *
 * @throws Error where a statement of it fails.
 */
export async function restore({ path }: PgDump, { env }: TestDatabase, sql: string): Promise<void> {
  // The servers' output is read by this process, which must not stand still while they write much of it.
  const psql = promisify(execFile)(
    join(dirname(path), 'psql'),
    ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1'],
    { env: { PATH: process.env.PATH, ...env }, timeout: 60_000 },
  );
  psql.child.stdin?.end(sql);
  await psql;
}
