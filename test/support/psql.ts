import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

/** Debian's /usr/bin/psql is a script that searches for these, which takes longer than to connect. */
const places = [
  ...[15, 16, 17, 18].map((major) => `/usr/lib/postgresql/${major}/bin/psql`),
  '/usr/bin/psql',
  '/usr/local/bin/psql',
];

/** Where psql is installed; null where it is not. */
export const psql: string | null = places.find((path) => existsSync(path)) ?? null;

export type Env = Readonly<Record<string, string>>;

/** Which server a client reached, by its port, and whether over TLS; null: none. */
export type Reached = { readonly port: number; readonly tls: boolean } | null;

/** What tells it, asked of the server. */
export const reachedQuery = `SELECT current_setting('port') || ' ' || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;

export function parseReached(answer: string): Reached {
  const [port, tls] = answer.split(' ');
  return { port: Number(port), tls: tls === 'true' };
}

const run = promisify(execFile);

/** Processes of psql at a time. */
const atOnce = 4;

/** What psql reaches in each environment, in their order. */
export async function reachedByPsql(environments: readonly Env[]): Promise<Reached[]> {
  const found: Reached[] = [];
  const left = environments.entries();
  const work = async (): Promise<void> => {
    for (const [i, env] of left) found[i] = await reachedBy(env);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
}

async function reachedBy(env: Env): Promise<Reached> {
  if (psql === null) throw new Error('psql is not installed');
  try {
    const running = run(psql, ['-X', '-A', '-t', '-q', '-w', '-c', reachedQuery], {
      env: { PATH: process.env.PATH, LC_ALL: 'C', ...env },
      timeout: 20_000,
    });
    // It would ask for the word of a key that is encrypted.
    running.child.stdin?.end();
    const { stdout } = await running;
    return parseReached(stdout.trim());
  } catch (error) {
    // 2: the connection could not be made.
    if ((error as { code?: unknown }).code === 2) return null;
    throw error;
  }
}
