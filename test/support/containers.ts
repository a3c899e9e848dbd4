import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { searchForSecrets } from './leaks.ts';

/** The repository's root; jest runs there. */
export const root = process.cwd();

/** The images under test; `buildImages` makes them from the Dockerfile. */
export const images = {
  /** Slipway without any schema: what teams base their own image on. */
  bare: 'slipway:test',
  /** With the bundled example. */
  example: 'slipway-example:test',
  app: 'slipway-example-app:test',
  /** A service that is not of Node, and waits by `slipway wait`. */
  worker: 'slipway-example-worker:test',
  /** With a PostgreSQL for shadow databases. */
  dev: 'slipway-dev:test',
} as const;

export interface Ran {
  /** Exit code; 128 + n when signal n ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

// What .ci/engine.sh found necessary for the engines to work on this machine.
const engineEnvironment = join(root, '.cache/ci/engine.env');
if (existsSync(engineEnvironment)) {
  for (const line of readFileSync(engineEnvironment, 'utf8').split('\n')) {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name && value) process.env[name] ??= value;
  }
}
// Its helper container cannot be pulled everywhere; the tests remove what they start.
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';

/** Runs a program to its end, whatever its exit code; 127 when it is not there. What it prints is searched for secrets. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...options.env } });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ ...output, code: 127 });
      else reject(error);
    });
    child.on('close', (code) => {
      const [subcommand = ''] = args;
      searchForSecrets(`what ${command} ${subcommand} prints`, output.stdout + output.stderr);
      resolve({ ...output, code: code ?? 137 });
    });
    child.stdin.end(options.input);
  });
}

/** Runs a program that must succeed; resolves to what it printed, trimmed. */
export async function must(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const ran = await run(command, args, options);
  if (ran.code !== 0) {
    throw new Error(`${command} ${args.join(' ')}: exit ${ran.code}\n${ran.stdout}${ran.stderr}`);
  }
  return ran.stdout.trim();
}

/** Fails, saying what to do, unless each of these works here: `docker info`, `podman info`, ... */
export async function requireEngines(...probes: readonly string[]): Promise<void> {
  for (const probe of probes) {
    const [command = '', ...args] = probe.split(' ');
    const { code, stderr } = await run(command, args);
    if (code === 0) continue;
    throw new Error(
      `\`${probe}\` does not work here, and the image tests need a real container engine.\n` +
        `Run \`.ci/engine.sh up\` and \`.ci/images.sh\` as root on a Debian machine.\n${stderr}`,
    );
  }
}

/** Builds the images from the repository's Dockerfile; quick when nothing changed. */
export async function buildImages(): Promise<void> {
  for (const [image, target] of [
    [images.bare, []],
    [images.app, ['--target', 'app']],
    [images.example, ['--target', 'example']],
  ] as const) {
    await must('docker', ['build', '-q', '-t', image, ...target, '.']);
  }
}

/** Copies images from Docker's store to podman's, where they are named `localhost/...`. */
export async function copyToPodman(...names: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const name of names) {
    const [docker, podman] = await Promise.all(
      ['docker', 'podman'].map((engine) => run(engine, ['image', 'inspect', '-f', '{{.Id}}', name])),
    );
    const ids = [docker, podman].map((ran) => ran?.stdout.trim().replace(/^sha256:/, ''));
    if (ids[0] !== ids[1]) missing.push(name);
  }
  if (missing.length === 0) return;
  await must('sh', ['-c', 'docker save "$@" | podman load -q', 'sh', ...missing]);
}

/** A TCP port of this machine that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === 'object') resolve(address.port);
        else reject(new Error('the probe has no port'));
      });
    });
  });
}

/**
 * Asks until there is an answer, and resolves to it.
 *
 * @param ask undefined: not yet. What it throws ends the waiting.
 * @throws Error that names `what` after `ms` milliseconds.
 */
export async function eventually<T>(what: string, ms: number, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What an HTTP server answers to `GET url`; undefined when it cannot be reached. */
export async function get(url: string): Promise<{ status: number; body: unknown } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}

/** Waits until what a Docker container has printed matches `text`. */
export async function logged(container: string, text: RegExp): Promise<void> {
  await eventually(`the log has ${text}`, 20_000, async () => {
    const { stdout, stderr } = await run('docker', ['logs', container]);
    return text.test(stdout + stderr) ? true : undefined;
  });
}

/**
 * Sends a signal to process 1 of a container; resolves to its exit code, and how long it took to end in milliseconds.
 *
 * @throws Error where it has not ended after 10 s, when engines kill.
 */
export async function stopContainer(
  container: string,
  signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM',
): Promise<{ code: number; ms: number }> {
  const begin = performance.now();
  // It may have ended by itself just now: its exit code says so.
  await run('docker', ['kill', '-s', signal, container]);
  const code = Number(await must('timeout', ['10', 'docker', 'wait', container]));
  return { code, ms: performance.now() - begin };
}
