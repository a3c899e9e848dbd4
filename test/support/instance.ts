import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import pg from 'pg';
import { findBinaries, giveTo, prepareBinaries, serverAccount } from '../../src/shadow/embedded-binaries.ts';
import { newSecret } from './secrets.ts';
import { logsStatements, searchStatements } from './statement-log.ts';
import { freePort } from './tcp-port.ts';

/** A server of a test's own, which it may stop, kill and reconfigure. It listens on the same port throughout. */
export interface Instance {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** A superuser. */
  readonly user: string;
  readonly password: string;
  /** The data directory. */
  readonly data: string;
  /** For libpq and Slipway. */
  env(database?: string): Record<string, string>;
  /**
   * Starts the server.
   *
   * @param settings server parameters for this start.
   * @param until the log line to wait for; by default that it accepts connections.
   * @returns `performance.now()` when the line was read.
   */
  start(settings?: Readonly<Record<string, string>>, until?: RegExp): Promise<number>;
  /** Waits for a line that the running server writes from now on. */
  waitForLog(line: RegExp): Promise<void>;
  /** Sends a signal to the postmaster: SIGINT shuts down fast, SIGQUIT immediately. Resolves when it has ended. */
  stop(signal: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  /** Begins a shutdown that waits for its clients to leave (smart), or ends them (fast); `ended` is when it is over. */
  shutDown(how: 'smart' | 'fast'): void;
  /** When the running server has ended. */
  ended(): Promise<void>;
  /** Sends a signal to the postmaster that does not end it. */
  signal(signal: 'SIGHUP' | 'SIGUSR1'): void;
  /** Replaces pg_hba.conf; takes effect with the next start, or at once where the server runs. */
  writeHba(...lines: string[]): void;
  /** Writes a file into the data directory, readable by the server alone. */
  writeFile(name: string, content: string): void;
  /** The text of a file in the data directory. */
  readFile(name: string): string;
  /** Runs SQL on a connection of its own, as the superuser over TCP. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, database?: string): Promise<Row[]>;
  /** @param role by default the superuser. */
  connect(database?: string, role?: string): Promise<pg.Client>;
  /** Ends the server and removes its folder. */
  destroy(): Promise<void>;
}

const host = '127.0.0.1';
const user = 'postgres';
const ready = /database system is ready to accept (read-only )?connections/;
const run = promisify(execFile);

const settingsOfAll = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  unix_socket_directories: '',
  listen_addresses: host,
  ...logsStatements,
};

/** Starts the server beneath a shell that ends it when the test's process is gone. */
const supervisor = `
"$@" &
server=$!
exec >/dev/null 2>&1
{ read -r _; kill -QUIT $server; } <&3 &
wait $server
`;

/**
 * Makes a server of the newest major: initdb is done, the server is not started.
 *
 * @param password of the superuser.
 */
export async function makeInstance(password = newSecret()): Promise<Instance> {
  const account = serverAccount();
  const identity = account === null ? {} : { uid: account.uid, gid: account.gid };
  const directory = mkdtempSync(join(tmpdir(), 'slipway-instance-'));
  writeFileSync(join(directory, 'password'), password);
  mkdirSync(join(directory, 'scratch'));
  if (account) giveTo(account, directory);
  const binaries = (await prepareBinaries(findBinaries(), join(directory, 'scratch'), account)).directory;
  const data = join(directory, 'data');
  await run(
    join(binaries, 'bin', 'initdb'),
    [
      '-D',
      data,
      '-U',
      user,
      `--pwfile=${join(directory, 'password')}`,
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
    ].concat('--locale=C.UTF-8', '--no-sync', '--no-instructions'),
    { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' }, ...identity },
  );
  const port = await freePort();
  let exited: Promise<unknown> = Promise.resolve();
  let isRunning = false;
  const listeners = new Set<(line: string) => void>([searchStatements('an instance').read]);
  const clients = new Set<pg.Client>();

  const waitForLine = (line: RegExp, ended: Promise<unknown>): Promise<number> => {
    const seen: string[] = [];
    return new Promise((resolve, reject) => {
      const inspection = (text: string): void => {
        seen.push(text);
        if (!line.test(text)) return;
        listeners.delete(inspection);
        resolve(performance.now());
      };
      listeners.add(inspection);
      void ended.then(() => reject(new Error(`the server ended without ${line}:\n${seen.join('\n')}`)));
    });
  };

  const start: Instance['start'] = async (settings = {}, until = ready) => {
    const parameters = Object.entries({ ...settingsOfAll, port: String(port), ...settings });
    const child = spawn(
      '/bin/sh',
      ['-c', supervisor, 'slipway-instance', join(binaries, 'bin', 'postgres'), '-D', data].concat(
        parameters.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ),
      {
        cwd: '/',
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
        ...identity,
      },
    );
    child.stdio[3]?.on('error', () => {});
    isRunning = true;
    exited = once(child, 'exit').then(() => {
      isRunning = false;
      child.stdio[3]?.destroy();
    });
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      for (const inspection of listeners) inspection(line);
    });
    return waitForLine(until, exited);
  };
  const postmaster = (): number =>
    Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  const stop: Instance['stop'] = async (signal) => {
    if (!isRunning) return;
    process.kill(postmaster(), signal);
    await exited;
  };
  const writeFile: Instance['writeFile'] = (name, content) => {
    const path = join(data, name);
    writeFileSync(path, content);
    chmodSync(path, 0o600);
    if (account) giveTo(account, path);
  };
  const signal: Instance['signal'] = (name) => void process.kill(postmaster(), name);
  const connect: Instance['connect'] = async (database = 'postgres', role = user) => {
    const client = new pg.Client({ host, port, user: role, password, database });
    client.on('error', () => {});
    await client.connect();
    clients.add(client);
    return client;
  };
  return {
    host,
    port,
    user,
    password,
    data,
    env: (database = 'postgres') => ({
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
    }),
    start,
    waitForLog: async (line) => void (await waitForLine(line, exited)),
    stop,
    shutDown: (how) => void process.kill(postmaster(), how === 'smart' ? 'SIGTERM' : 'SIGINT'),
    ended: async () => void (await exited),
    signal,
    writeFile,
    readFile: (name) => readFileSync(join(data, name), 'utf8'),
    writeHba(...lines) {
      writeFile('pg_hba.conf', `${lines.join('\n')}\n`);
      if (isRunning) signal('SIGHUP');
    },
    connect,
    async query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
      sql: string,
      database?: string,
    ): Promise<Row[]> {
      const client = await connect(database);
      try {
        return (await client.query<Row>(sql)).rows;
      } finally {
        clients.delete(client);
        await client.end();
      }
    },
    async destroy() {
      await Promise.allSettled([...clients].map((client) => client.end()));
      await stop('SIGQUIT');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
