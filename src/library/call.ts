import { resolve } from 'node:path';
import { noProgress } from '../app/index.ts';
import type { Context } from '../cli/command.ts';
import { asAnyFailure } from '../cli/system-failure.ts';
import { type ConfigInput, type ConnectionReader, connectionReader, loadConfig } from '../config/index.ts';
import { ConfigError, type Failure, modeOf, readTextIfThere, SlipwayError } from '../core/index.ts';
import { atLeast, type EventAt, type Log, logOf, redacting } from '../log/index.ts';
import { checkOptions } from './check-options.ts';
import type { SlipwayEvent, SlipwayOptions } from './options.ts';

/** What a call runs with, and what it came to. */
export interface Call {
  readonly context: Context;
  /** What the command printed as JSON; null: nothing. */
  readonly printed: () => string | null;
  /** Takes the secrets out of a text. */
  readonly redact: (text: string) => string;
  /** @throws what `onEvent` threw, or rejected with. */
  readonly throwIfThrown: () => void;
  /** Lets go of the caller's signal. */
  readonly end: () => void;
}

/**
 * What a command needs to run for a call.
 *
 * @param name of the command, by which the server shows its sessions.
 * @throws SlipwayError (64) for an option of the wrong type, ConfigError (78) that lists all that is wrong with the
 *   settings.
 */
export function openCall(name: string, flags: Context['flags'], options: SlipwayOptions): Call {
  checkOptions(options);
  const input = inputOf(options);
  const { config: read, notes } = loadConfig(input);
  const config = inFolder(read, options.folder);
  const redact = redacting(config.secrets);
  const controller = new AbortController();
  let thrown: { readonly error: unknown } | null = null;
  const tell = tellUntil(options.onEvent, (error) => {
    thrown ??= { error };
    controller.abort(endedByCaller());
  });
  const log = atLeast(config.logLevel, eventLog(tell, redact));
  for (const note of notes) log.warn({ event: 'configuration' }, note);
  const ended = (): void => controller.abort(endedByCaller());
  if (options.signal?.aborted) ended();
  options.signal?.addEventListener('abort', ended, { once: true });
  let printed: string | null = null;
  let connectionOf: ConnectionReader | null = null;
  return {
    redact,
    printed: () => printed,
    throwIfThrown: () => {
      if (thrown !== null) throw thrown.error;
    },
    end: () => options.signal?.removeEventListener('abort', ended),
    context: {
      name,
      flags,
      config,
      log,
      positionals: [],
      isJson: true,
      isTerminal: false,
      signal: controller.signal,
      progress: noProgress,
      report: null,
      ask: null,
      abort: (reason) => controller.abort(reason),
      // They are the process's own.
      onStray: () => undefined,
      print: (text) => {
        printed = text;
      },
      printFile: () => undefined,
      writeTerminationMessage: () => undefined,
      connectionOf: (option, text) => {
        connectionOf ??= connectionReader(input);
        return connectionOf(option, text);
      },
    },
  };
}

/** Whoever reads variables from `.env` has done so before. */
const isDotEnv = (path: string): boolean => /(?:^|[\\/])\.env[^\\/]*$/.test(path);

const inputOf = ({ url, settings = {} }: SlipwayOptions): ConfigInput => ({
  flags: {},
  env: { ...settings, DATABASE_URL: url },
  readFile: (path) => (isDotEnv(path) ? null : readTextIfThere(path, 'setting')),
  modeOf,
  user: { name: null, home: null },
  isTerminal: false,
});

function inFolder(config: Context['config'], folder: string | undefined): Context['config'] {
  if (folder === undefined) return config;
  const [migrations, baseline, lockfile] = [config.migrations, config.baseline, config.lockfile].map((path) =>
    resolve(folder, path),
  ) as [string, string, string];
  return { ...config, migrations, baseline, lockfile };
}

/** Tells a function, async or not, until it throws: `failed` is handed what. */
function tellUntil(
  tell: SlipwayOptions['onEvent'],
  failed: (error: unknown) => void,
): SlipwayOptions['onEvent'] {
  let isOver = false;
  const fail = (error: unknown): void => {
    isOver = true;
    failed(error);
  };
  return (
    tell &&
    ((event) => {
      if (isOver) return;
      try {
        Promise.resolve<unknown>(tell(event)).catch(fail);
      } catch (error) {
        fail(error);
      }
    })
  );
}

/** A log that tells a function. */
function eventLog(tell: SlipwayOptions['onEvent'], redact: (text: string) => string): Log {
  return logOf((level, fields, msg) => {
    if (!tell) return;
    const { event } = fields as EventAt<typeof level>;
    const said = JSON.parse(redact(JSON.stringify({ ...fields, level, event, msg }))) as SlipwayEvent;
    tell(said);
  });
}

const endedByCaller = (): SlipwayError =>
  new SlipwayError({
    exit: 'temporary',
    message: 'ended by the caller',
    remedy: 'What was running was rolled back, or the next run finishes it: start again.',
  });

/** A failure that shows no secret. */
export function redactedFailure(error: unknown, redact: (text: string) => string): SlipwayError {
  const { failure } = error instanceof SlipwayError ? error : asAnyFailure(error);
  const { message, problems = [] } = failure;
  const said = problems.length > 1 && error instanceof ConfigError;
  const whole = said ? { ...failure, message: [`${message}:`, ...sayAll(problems)].join(' ') } : failure;
  const redacted = JSON.parse(redact(JSON.stringify(whole))) as SlipwayError['failure'];
  return new SlipwayError(redacted, { cause: error });
}

const sayAll = (problems: NonNullable<Failure['problems']>): string[] =>
  problems.map(({ message, remedy }) => `${message}. ${remedy}`);
