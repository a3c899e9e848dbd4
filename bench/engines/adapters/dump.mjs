import { execFileSync } from 'node:child_process';

/** A schema as Debian's pg_dump writes it, without the commands that only psql understands. */
export const dump = ({ host, port, user, password, database }) =>
  execFileSync('pg_dump', ['--schema-only', '-h', host, '-p', String(port), '-U', user, database], {
    env: { PATH: process.env.PATH, PGPASSWORD: password },
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).replaceAll(/^\\.*\n/gm, '');
