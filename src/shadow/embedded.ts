import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { SlipwayError } from '../core/index.ts';
import { type Account, findBinaries, giveTo, prepareBinaries, serverAccount } from './embedded-binaries.ts';

export interface EmbeddedOptions {
  /** Folder that holds bin/; by default that of the installed npm package. */
  readonly binaries?: string;
  /** Server parameters; where it listens is not among them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where the server's own folder is made; by default the system's temporary directory. */
  readonly directory?: string;
  /** Gives up, and leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** Is handed each line of the server's log, for as long as the server runs. */
  readonly onLog?: (line: string) => void;
}

/** A PostgreSQL that lives as long as this process at most, and leaves nothing behind. */
export interface Embedded {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** A superuser. */
  readonly user: string;
  readonly password: string;
  /** The server's own folder: data, socket directory, copied binaries. */
  readonly directory: string;
  /** As in `server_version`, e.g. `18.4`. */
  readonly version: string;
  /**
   * Ends the server and removes its folder. `fast` disconnects clients and shuts down cleanly; `immediate` does not
   * even write the data that nobody will read. May be called more than once.
   */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

const host = '127.0.0.1';
const user = 'postgres';
const startDeadlineMs = 60_000;
const stopDeadlineMs = 15_000;
const keptLines = 30;
const portAttempts = 5;
/** The C library of macOS has no C.UTF-8. Both sort by code point. */
const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
/** sizeof(sockaddr_un.sun_path), less the file name and the final zero, on the system where it is smallest. */
const longestSocketDirectory = 103 - '/.s.PGSQL.65535'.length;

/** The data is thrown away: what protects it from a crash only costs time. */
const throwaway = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Runs initdb, then the server, then waits for a word on its stdin: `fast`, or the end of the stream, which also
 * comes when the parent is killed. A server without its parent therefore ends at once, and its folder with it.
 * A server that has only just begun still ignores SIGQUIT, as the shell's background jobs do, and would miss it;
 * SIGTERM ends it then.
 * `$1` folder with bin/, `$2` own folder, `$3` locale, then the server's arguments.
 */
const supervisor = `
binaries=$1; directory=$2; locale=$3; shift 3
trap : INT TERM HUP
"$binaries/bin/initdb" -D "$directory/data" -U ${user} --pwfile="$directory/password" -A scram-sha-256 \\
  -E UTF8 --locale="$locale" --no-sync --no-instructions >&2 || exit 1
rm -f "$directory/password"
"$binaries/bin/postgres" -D "$directory/data" "$@" &
server=$!
exec >/dev/null 2>&1
read -r mode
trap '' INT TERM HUP
case $mode in fast) kill -INT $server;; *) kill -TERM $server; kill -QUIT $server;; esac
wait $server
rm -rf "$directory"
`;

/**
 * Starts a PostgreSQL for this process: own folder, random superuser password (scram-sha-256), a free port on
 * 127.0.0.1, nothing durable. Started by root it runs as an unprivileged account.
 *
 * The server ends with this process, however that ends, `kill -9` included; only where its supervising shell is
 * killed as well does it stay.
 *
 * @throws SlipwayError (66) when the binaries are absent or do not run here, (75) when the server does not start
 *   within a minute, with the last lines of its log; the signal's reason when that gives up.
 */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<Embedded> {
  const found = options.binaries ?? findBinaries();
  const account = serverAccount();
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryToStart(found, account, options);
    if (outcome.kind === 'started') return outcome.embedded;
    options.signal?.throwIfAborted();
    if (outcome.kind === 'portTaken' && attempt < portAttempts) continue;
    throw new SlipwayError({
      exit: 'temporary',
      message: `the embedded PostgreSQL did not start${outcome.kind === 'deadline' ? ` within ${startDeadlineMs / 1000} s` : ''}`,
      detail: outcome.log,
      remedy: 'Its last lines above say why; correct that and start again.',
    });
  }
}

type Attempt =
  | { readonly kind: 'started'; readonly embedded: Embedded }
  | { readonly kind: 'portTaken' | 'ended' | 'deadline'; readonly log: readonly string[] };

async function tryToStart(
  found: string,
  account: Account | null,
  options: EmbeddedOptions,
): Promise<Attempt> {
  const directory = mkdtempSync(join(realpathSync(options.directory ?? tmpdir()), 'slipway-postgres-'));
  try {
    const password = randomBytes(18).toString('base64url');
    mkdirSync(join(directory, 'socket'));
    writeFileSync(join(directory, 'password'), password, { mode: 0o600 });
    if (account) giveTo(account, directory);
    const { directory: binaries, version } = await prepareBinaries(found, directory, account);
    const port = await freePort();
    const child = await supervise(
      [binaries, directory, locale, ...serverArguments(directory, port, options)],
      account,
    );
    const stop = stopper(child, directory);
    const log: string[] = [];
    const outcome = await waitUntilReady(child.stderr, log, options);
    if (outcome === 'ready') {
      return { kind: 'started', embedded: { host, port, user, password, directory, version, stop } };
    }
    await stop('immediate');
    // The server speaks English here: LC_ALL is C.
    const isTaken = log.some((line) => line.includes('could not bind'));
    return { kind: isTaken ? 'portTaken' : outcome, log };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

function serverArguments(directory: string, port: number, options: EmbeddedOptions): string[] {
  const socketDirectory = join(directory, 'socket');
  const settings = {
    ...throwaway,
    ...options.settings,
    listen_addresses: host,
    port: String(port),
    unix_socket_directories: socketDirectory.length <= longestSocketDirectory ? `"${socketDirectory}"` : '',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** A port that nobody listens on now; it may be taken before the server binds it. */
async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, host);
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP socket without a port');
  return address.port;
}

type Supervisor = ChildProcessByStdio<Writable, null, Readable>;

async function supervise(args: readonly string[], account: Account | null): Promise<Supervisor> {
  const child = spawn('/bin/sh', ['-c', supervisor, 'slipway-postgres', ...args], {
    cwd: '/',
    // PGDATA and its like must not reach the server.
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    // Its own process group, which Ctrl-C in the terminal does not reach.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  // A supervisor that has ended already takes no word; its exit is seen elsewhere.
  child.stdin.on('error', () => {});
  await once(child, 'spawn');
  return child;
}

/** Reads the server's log for as long as there is one, the last lines into `log`. */
function waitUntilReady(
  stderr: Readable,
  log: string[],
  { signal, onLog }: EmbeddedOptions,
): Promise<'ready' | 'ended' | 'deadline'> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => finish('deadline'), startDeadlineMs);
    const abort = () => finish('ended');
    const finish = (outcome: 'ready' | 'ended' | 'deadline') => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', abort);
      resolve(outcome);
    };
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    const lines = createInterface({ input: stderr });
    lines.on('close', () => finish('ended'));
    lines.on('line', (line) => {
      onLog?.(line);
      log.push(line);
      if (log.length > keptLines) log.shift();
      if (line.includes('database system is ready to accept connections')) finish('ready');
    });
  });
}

function stopper(child: Supervisor, directory: string): Embedded['stop'] {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let stopped: Promise<void> | null = null;
  const stop = async (mode: 'fast' | 'immediate') => {
    child.stdin.end(mode === 'fast' ? 'fast\n' : '');
    const deadline = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), stopDeadlineMs);
    await exited;
    clearTimeout(deadline);
    rmSync(directory, { recursive: true, force: true });
  };
  return (mode = 'fast') => {
    stopped ??= stop(mode);
    return stopped;
  };
}
