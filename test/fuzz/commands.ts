import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import pino from 'pino';
import { noProgress } from '../../src/app/index.ts';
import { commands } from '../../src/cli/table.ts';
import { loadConfig } from '../../src/config/config.ts';
import { SlipwayError } from '../../src/core/slipway-error.ts';
import { logOf } from '../../src/log/log.ts';
import type { Observed } from './family.ts';

export interface CommandOptions {
  /** The project's folder. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string | boolean>>;
}

const mostMs = 10_000;

/** Runs a command in this process; what it prints and logs is what it says. One that does not end is ended. */
export async function runCommand(
  name: string,
  { directory, env, flags = {} }: CommandOptions,
): Promise<Observed> {
  const said: string[] = [];
  const broken: string[] = [];
  const abort = new AbortController();
  const timer = setTimeout(() => {
    broken.push(`${name} did not end within ${mostMs / 1000} s`);
    abort.abort(new SlipwayError({ exit: 'temporary', message: 'too late', remedy: 'None.' }));
  }, mostMs);
  const writer = pino(
    { level: 'debug', base: null },
    new Writable({
      write(chunk, _, done) {
        said.push(String(chunk));
        done();
      },
    }),
  );
  const log = logOf((method, fields, message) => writer[method](fields, message));
  try {
    const { config, notes } = loadConfig({
      flags,
      env: {
        SLIPWAY_MIGRATIONS: `${directory}/migrations`,
        SLIPWAY_BASELINE: `${directory}/sql/baseline.sql`,
        SLIPWAY_LOCKFILE: `${directory}/sql/schema.lock.json`,
        SLIPWAY_WAIT_TIMEOUT: '0',
        SLIPWAY_LOCK_TIMEOUT: '0',
        ...env,
      },
      readFile: (path) => {
        try {
          return readFileSync(path, 'utf8');
        } catch {
          return null;
        }
      },
      modeOf: () => null,
      user: { name: 'os', home: null },
      isTerminal: false,
    });
    said.push(...notes);
    const command = await commands[name]?.();
    if (!command || 'print' in command) throw new Error(`${name} is no command that runs`);
    const exitCode = await command.run({
      name,
      positionals: [],
      flags,
      isJson: true,
      isTerminal: false,
      config,
      log,
      progress: noProgress,
      signal: abort.signal,
      abort: (reason) => abort.abort(reason),
      onStray: () => undefined,
      print: (text) => void said.push(text),
      printFile: (text) => void said.push(text),
      writeTerminationMessage: () => undefined,
      ask: null,
      connectionOf: () => {
        throw new Error('no connection is read here');
      },
      report: null,
    });
    return { error: null, said, broken, exitCode };
  } catch (error) {
    return { error, said, broken };
  } finally {
    clearTimeout(timer);
  }
}
