import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { commandLinesOf } from './command-lines.ts';
import { expectDocumented } from './documented.ts';
import { searchForSecrets, searchRun } from './leaks.ts';
import type { SlipwayOptions } from './slipway-options.ts';
import { mayBeWarm, runWarm } from './warm.ts';

/** The bundle, as it is shipped. */
export const bundle = join(import.meta.dirname, '..', '..', 'dist', 'slipway.js');

/** Copies the program into a folder, and returns where it is then. */
export function copyProgram(folder: string): string {
  const from = dirname(bundle);
  for (const part of ['slipway.js', 'program', 'package.json'])
    cpSync(join(from, part), join(folder, part), { recursive: true });
  return join(folder, 'slipway.js');
}

export type { SlipwayOptions };

/** A line of the JSON log. */
export interface LogLine {
  readonly level: string | number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface SlipwayResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Every line of either stream that is a log line, in order. */
  readonly logs: readonly LogLine[];
  /** Wall time from spawn to exit. */
  readonly ms: number;
}

export interface RunningSlipway {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /**
   * Waits for a log line, one already written included.
   *
   * @throws Error with all that was written, when it ends first.
   */
  waitForLog(matches: string | RegExp | ((line: LogLine) => boolean)): Promise<LogLine>;
  /** Waits until either stream has shown this text. Rejects as `waitForLog` does. */
  waitForOutput(text: string): Promise<void>;
  /** When it has ended and all its output is read. Rejects for no exit code, but with SecretLeak. */
  readonly done: Promise<SlipwayResult>;
}

/** Runs the bundle to its end, if nothing speaks against it in a Node that has run it before. */
export async function slipway(args: readonly string[], options: SlipwayOptions = {}): Promise<SlipwayResult> {
  if (!mayBeWarm(args, options)) return startSlipway(args, options).done;
  const start = performance.now();
  const title = `slipway ${args.join(' ')}`;
  if (!options.hasSecretArgument) searchForSecrets(`a command line of ${title}`, title);
  const env = { ...handedOn(process.env), ...options.env };
  const { code, stdout, stderr } = await runWarm(bundle, args, { env, cwd: options.cwd });
  const ms = performance.now() - start;
  searchRun(title, { code, stdout, stderr });
  const logs = `${stdout}\n${stderr}`.split('\n').flatMap((line) => parseLogLine(line) ?? []);
  expectDocumented(args, { stdout, logs });
  return { code, signal: null, stdout, stderr, logs, ms };
}

const handedOn = ({ PATH, HOME, TMPDIR }: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  PATH,
  HOME,
  ...(TMPDIR === undefined ? {} : { TMPDIR }),
});

/** How soon it is looked again at the processes of a run that writes much. */
const lookEveryMs = 200;

/**
 * Starts the bundle, for a test that does something while it runs. What it writes is searched for the secrets of the
 * tests, and so are the command lines of its processes while it writes.
 */
export function startSlipway(args: readonly string[], options: SlipwayOptions = {}): RunningSlipway {
  const start = performance.now();
  const command = [...(options.beneath ?? []), process.execPath, options.bundle ?? bundle, ...args];
  const child = spawn(command[0] as string, command.slice(1), {
    cwd: options.cwd,
    env: { ...handedOn(process.env), ...options.env },
    stdio: 'pipe',
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  options.signal?.addEventListener('abort', () => child.kill('SIGKILL'));
  const title = `slipway ${args.join(' ')}`;
  if (!options.hasSecretArgument) searchForSecrets(`a command line of ${title}`, command.join(' '));
  let nextLook = 0;
  const lookAtCommandLines = (): void => {
    if (performance.now() < nextLook) return;
    nextLook = performance.now() + lookEveryMs;
    const lines = commandLinesOf(child.pid ?? 0).slice(options.hasSecretArgument ? 1 : 0);
    searchForSecrets(`a command line of ${title}`, lines.join('\n'));
  };
  const logs: LogLine[] = [];
  const watchers = new Set<() => void>();
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8');
    child[stream].on('data', (chunk: string) => {
      output[stream] += chunk;
      lookAtCommandLines();
      for (const inspection of watchers) inspection();
    });
    createInterface({ input: child[stream] }).on('line', (text) => {
      const line = parseLogLine(text);
      if (!line) return;
      logs.push(line);
      for (const inspection of watchers) inspection();
    });
  }
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  let ended = false;
  const run = async (): Promise<SlipwayResult> => {
    const [code, signal]: [number | null, NodeJS.Signals | null] = await closed;
    ended = true;
    for (const inspection of watchers) inspection();
    searchRun(title, { code, ...output });
    if (options.bundle === undefined) expectDocumented(args, { stdout: output.stdout, logs });
    return { code, signal, ...output, logs, ms: performance.now() - start };
  };
  const done = run();
  // A test may not ask how a run ended; what it gave away is noted all the same.
  done.catch(() => undefined);
  /** Inspects each change of the output until there is something to return. */
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const inspection = () => {
        const found = find();
        if (found !== undefined) resolve(found);
        else if (ended) reject(new Error(`it ended without that\n${output.stdout}${output.stderr}`));
        else return void watchers.add(inspection);
        watchers.delete(inspection);
      };
      inspection();
    });
  return {
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    async waitForLog(matches) {
      const isWanted = matcher(matches);
      return until(() => logs.find(isWanted));
    },
    async waitForOutput(text) {
      await until(() => output.stdout.includes(text) || output.stderr.includes(text) || undefined);
    },
    done,
  };
}

function matcher(matches: string | RegExp | ((line: LogLine) => boolean)): (line: LogLine) => boolean {
  if (typeof matches === 'function') return matches;
  if (typeof matches === 'string') return ({ msg }) => msg.includes(matches);
  return ({ msg }) => matches.test(msg);
}

function parseLogLine(text: string): LogLine | null {
  if (!text.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isLogLine(value) ? value : null;
  } catch {
    return null;
  }
}

function isLogLine(value: unknown): value is LogLine {
  return typeof value === 'object' && value !== null && 'level' in value && 'msg' in value;
}
