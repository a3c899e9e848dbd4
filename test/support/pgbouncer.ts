import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { giveTo, serverAccount } from '../../src/shadow/embedded-binaries.ts';
import type { Reachable } from './servers.ts';
import { freePort } from './tcp-port.ts';

const places = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'];

/** Where PgBouncer is installed; null where it is not. */
export const pgbouncer: string | null = places.find((path) => existsSync(path)) ?? null;

export type PoolMode = 'transaction' | 'session' | 'statement';

/** A PgBouncer in front of a test server. */
export interface Pooler {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts PgBouncer on 127.0.0.1, for all databases of the server.
 *
 * @param size how many connections to the server it holds for a database at most.
 * @param more settings of pgbouncer.ini, in place of those that are made here.
 */
export async function startPooler(
  server: Reachable,
  mode: PoolMode,
  size: number,
  more: Readonly<Record<string, string | number>> = {},
): Promise<Pooler> {
  if (pgbouncer === null) throw new Error('PgBouncer is not installed');
  const account = serverAccount();
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'slipway-pgbouncer-'));
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: join(directory, 'users'),
    pool_mode: mode,
    default_pool_size: size,
    max_client_conn: 200,
    admin_users: server.user,
    ...more,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(join(directory, 'users'), `"${server.user}" "${server.password.replaceAll('"', '""')}"\n`);
  writeFileSync(
    join(directory, 'ini'),
    `[databases]\n* = host=${server.host} port=${server.port}\n[pgbouncer]\n${lines.join('\n')}\n`,
  );
  if (account) giveTo(account, directory);
  const child = spawn(pgbouncer, [join(directory, 'ini')], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  const exited = once(child, 'exit');
  await isUp(child);
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function isUp(child: ChildProcess): Promise<void> {
  const seen: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr as NodeJS.ReadableStream })
      .on('line', (line) => {
        seen.push(line);
        if (line.includes('process up')) resolve();
      })
      .on('close', () => reject(new Error(`PgBouncer ended:\n${seen.join('\n')}`)));
  });
}
