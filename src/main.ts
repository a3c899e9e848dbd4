/** Takes arguments, environment and signals, runs the command, and ends the process with its exit code. */

import { once } from 'node:events';
import { userInfo } from 'node:os';
import { isatty } from 'node:tty';
import { noProgress } from './app/index.ts';
import {
  type CommandLine,
  type Context,
  mostAfterAbortMs,
  mostAfterSignalMs,
  parseCommandLine,
  withRunTimeout,
  writeTerminationMessage,
} from './cli/index.ts';
import {
  type ConfigInput,
  type ConnectionReader,
  connectionReader,
  type Loaded,
  loadConfig,
  readLogSettings,
} from './config/index.ts';
import {
  exitCodes,
  findContainer,
  maskSecrets,
  modeOf,
  printableJson,
  readTextIfThere,
  SlipwayError,
} from './core/index.ts';
import {
  createLog,
  inertJson,
  inertText,
  isInActions,
  type Log,
  redacting,
  showsColors,
  stderr,
  stdout,
  toTerminal,
} from './log/index.ts';
import type { ReportWriter } from './report/index.ts';

let log: Log | null = null;
const abort = new AbortController();
for (const [signal, name] of [
  ['SIGTERM', 'interruptedBySigterm'],
  // The terminal was closed.
  ['SIGHUP', 'interruptedBySigterm'],
  ['SIGINT', 'interruptedBySigint'],
] as const) {
  process.on(signal, () => {
    // Also where the run is being ended already, and something of it never ends.
    setTimeout(() => exit(exitCodes[name].code), mostAfterSignalMs).unref();
    if (abort.signal.aborted) return;
    log?.info({ event: 'signal', signal }, `${signal}: cancelling what is running`);
    abort.abort(
      new SlipwayError({
        exit: name,
        message: `ended by ${signal}`,
        remedy: 'What was running was rolled back, or the next run finishes it: start again.',
      }),
    );
  });
}
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error) => void strayed(error));
}

/** Who deals with an error that nobody waits for; null: it ends the process. */
let onStray: ((error: SlipwayError) => void) | null = null;

async function strayed(error: unknown): Promise<void> {
  const { asStray } = await import('./cli/stray.ts');
  const failure = asStray(error);
  if (onStray === null) await failAndExit(failure);
  else onStray(failure);
}

const exitProcess: typeof process.exit = process.exit.bind(process);
/** Whether it is Slipway that ends the process. */
let isOurs = false;
function exit(code: number): never {
  isOurs = true;
  return exitProcess(code);
}
process.on('exit', (code) => {
  if (isOurs || code === exitCodes.bug.code) return;
  // A migration module that calls process.exit() decides nothing: what it did was rolled back.
  process.exitCode = exitCodes.migration.code;
  const { message, failure, code: exitCode } = endedByModule();
  const { exit, remedy } = failure;
  log?.error({ event: 'failed', exit, exitCode, remedy }, `${message}; what it did was rolled back`);
});

const endedByModule = (): SlipwayError =>
  new SlipwayError({
    exit: 'migration',
    message: 'a migration module ended the process by process.exit()',
    remedy: 'Let the module return, or throw an error: Slipway ends the process.',
  });

let isJson = false;
let redact = redacting([]);
let isDebug = false;
/** Null where no report of this run is written. */
let report: ReportWriter | null = null;

// Where nothing is left to wait for and nobody has decided how it ends, it did not end well.
process.exitCode = exitCodes.bug.code;
main(process.argv.slice(2)).then(leave, failAndExit);

async function main(argv: readonly string[]): Promise<number> {
  isDebug = argv.includes('--debug');
  isJson = argv.includes('--json');
  const line = await parseCommandLine(argv);
  if (line.kind === 'print') {
    stdout.write(`${line.text}\n`);
    return line.exit;
  }
  report = await reportOf(line);
  const { config, notes } = configure(line.settings);
  redact = redacting(config.secrets);
  log = createLog({ redact, level: isDebug ? 'debug' : config.logLevel, format: config.logFormat });
  for (const note of notes) log.warn({ event: 'configuration' }, note);
  report?.prepare({ log, config });
  let connectionOf: ConnectionReader | null = null;
  const context: Context = {
    name: line.name,
    positionals: line.positionals,
    flags: line.flags,
    isJson,
    isTerminal: isatty(1),
    config,
    log,
    signal: abort.signal,
    progress: noProgress,
    abort: (reason) => {
      abort.abort(reason);
      // What a module waits for may never come.
      setTimeout(() => void failAndExit(reason), mostAfterAbortMs).unref();
    },
    onStray: (handler) => {
      onStray = handler;
      process.exit = handler === null ? exitProcess : refuseToExit;
    },
    print,
    printFile,
    writeTerminationMessage: (first, details) => writeTerminationMessage(redact(first), details.map(redact)),
    ask: isAttended() ? ask : null,
    connectionOf: (name, text) => {
      connectionOf ??= connectionReader(inputOf(line.settings));
      return connectionOf(name, text);
    },
    report,
  };
  const { command } = line;
  const run = (): Promise<number> => command.run(context);
  const code = await (command.isEndless ? run() : withRunTimeout(context, run));
  report?.end(null, log);
  writeHeld();
  return code;
}

function refuseToExit(): never {
  throw endedByModule();
}

/** The report of a run that has one: asked for, or for the summary that GitHub shows of a step. */
async function reportOf({
  name,
  command,
  flags,
}: CommandLine & { kind: 'run' }): Promise<ReportWriter | null> {
  if (!Object.hasOwn(command.options, 'report')) return null;
  const named = typeof flags.report === 'string' ? flags.report : undefined;
  const summary = (isInActions() && process.env.GITHUB_STEP_SUMMARY) || null;
  if (named === undefined && summary === null) return null;
  const { openReport } = await import('./report/index.ts');
  return openReport({ command: name, named, summary, isJson, redact: (text) => redact(text), printFile });
}

/** With --json the result, which waits until the run is over: stdout gets one document, whatever fails in the end. */
let held: string | null = null;

/** The only way of a result to stdout: it shows no secret, and what comes from outside is text. */
const print = (text: string): void => {
  if (isJson) held = text;
  else if (!report?.isOnStdout) write(text);
};

function write(text: string): void {
  const redacted = redact(text);
  const shown = isJson ? printableJson(redacted) : toTerminal(redacted, showsColors(1));
  const inert = isJson ? inertJson : inertText;
  stdout.write(`${isInActions() ? inert(shown) : shown}\n`);
}

function writeHeld(): void {
  if (held !== null) write(held);
  held = null;
}

const printFile = (text: string): void =>
  stdout.write(isatty(1) ? toTerminal(redact(text), false) : redact(text));

/** Ends the process once all that it wrote has been taken, however slow the reader; a signal ends that wait as well. */
async function leave(code: number): Promise<never> {
  await log?.load().catch(() => undefined);
  await Promise.all([stdout.flushed(), stderr.flushed()]);
  if (code === exitCodes.ok.code && stdout.failure !== null) return failAndExit(lost(stdout.failure));
  exit(code);
}

const lost = (code: string): SlipwayError =>
  new SlipwayError({
    exit: 'files',
    message: `the result could not be written to stdout (${code})${code === 'ENOSPC' ? ': no space is left there' : ''}`,
    remedy:
      'The command itself ended well. Make room where its output goes, or send it elsewhere; then run it again.',
  });

const configure = (flags: ConfigInput['flags']): Loaded => loadConfig(inputOf(flags));

const inputOf = (flags: ConfigInput['flags']): ConfigInput => ({
  flags,
  env: process.env,
  readFile: (path) => readTextIfThere(path, 'setting'),
  modeOf,
  user: user(),
  // Is looked for where a message needs it alone.
  get container() {
    return findContainer();
  },
  isTerminal: isatty(2),
});

/** Whether somebody sits at a terminal and reads what is asked. */
const isAttended = (): boolean => isatty(0) && isatty(2) && !isJson && !process.env.CI;

/**
 * Asks until the answer is a yes or a no, which Enter alone is.
 *
 * @throws SlipwayError (64) where the input ends, as by Ctrl-D; the reason of the signal that ended it.
 */
async function ask(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const end = once(lines, 'close').then(() => null);
  const shown = toTerminal(redact(question), false);
  try {
    for (;;) {
      const answer = await Promise.race([lines.question(`${shown} [y/N] `, { signal: abort.signal }), end]);
      if (answer === null) throw unanswered();
      if (/^\s*y(?:es)?\s*$/i.test(answer)) return true;
      if (/^\s*(?:no?)?\s*$/i.test(answer)) return false;
    }
  } catch (error) {
    abort.signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}

const unanswered = (): SlipwayError =>
  new SlipwayError({
    exit: 'usage',
    message: 'the input ended before the question was answered: nothing was written',
    remedy: 'Start again, and answer yes or no; or give the answer as an option, as --help says.',
  });

/** A container may run under a number that has no name. */
function user(): ConfigInput['user'] {
  const uid = process.getuid?.();
  const known = uid === undefined ? {} : { uid };
  try {
    const { username, homedir } = userInfo();
    return { name: username, home: homedir, ...known };
  } catch {
    return { name: null, home: process.env.HOME ?? null, ...known };
  }
}

let failing: Promise<number> | null = null;

/** The first failure counts. Where not even that can be said, the exit code is all there is. */
function failAndExit(error: unknown): Promise<never> {
  failing ??= fail(error).catch(() => exitCodes.bug.code);
  return failing.then(async (code) => {
    await Promise.all([stdout.flushed(), stderr.flushed()]);
    exit(code);
  });
}

/** Says what went wrong, once: in the log, with --json on stdout, and in the container's termination log. */
async function fail(error: unknown): Promise<number> {
  const failure =
    error instanceof SlipwayError ? error : (await import('./cli/system-failure.ts')).asAnyFailure(error);
  const { exit, place, remedy, detail, sqlstate } = failure.failure;
  const stack = isDebug && error instanceof Error ? await stackOf(error) : undefined;
  log ??= earlyLog();
  log.error(
    {
      event: 'failed',
      exit,
      exitCode: failure.code,
      ...place,
      sqlstate,
      remedy,
      detail,
      stack,
    },
    failure.message,
  );
  report?.end(failure, log);
  await log.load().catch(() => undefined);
  await annotateOthers(failure);
  if (isJson && stdout.failure === null) {
    const { errorReport } = await import('./cli/report.ts');
    const done = held === null ? failure.failure.report : (JSON.parse(held) as object);
    print(JSON.stringify({ ...done, error: errorReport(failure) }));
    writeHeld();
  }
  writeTerminationMessage(redact(`${failure.message}. ${remedy}`), (detail ?? []).map(redact));
  return failure.code;
}

/** The log has several failures in one line, of which GitHub is shown that which the line begins with. */
async function annotateOthers({ failure: { message, problems = [] } }: SlipwayError): Promise<void> {
  const [first] = problems;
  if (!isInActions() || !first) return;
  const others = message.startsWith(first.message) ? problems.slice(1) : problems;
  const { annotateErrors } = await import('./log/annotating.ts');
  annotateErrors(others, redact);
}

/** The log of what goes wrong before the configuration is read: as the settings say, as far as they can be read. */
function earlyLog(): Log {
  const { logLevel, logFormat } = readLogSettings(inputOf(logFlags(process.argv.slice(2))));
  return createLog({ redact, level: isDebug ? 'debug' : logLevel, format: logFormat });
}

/** `--log-format` and `--log-level` of a command line that cannot be read as a whole. */
function logFlags(argv: readonly string[]): ConfigInput['flags'] {
  const flags: Record<string, string> = {};
  for (const [at, word] of argv.entries()) {
    const [, name, value = argv[at + 1]] = /^--(log-(?:format|level))(?:=(.*))?$/s.exec(word) ?? [];
    if (name !== undefined && value !== undefined) flags[name] = value;
  }
  return flags;
}

/** Where an error was thrown, by files and lines of the source; an error of others may quote a password. */
async function stackOf({ stack = '' }: Error): Promise<string> {
  const { sourceStack } = await import('./cli/source-stack.ts');
  return sourceStack(maskSecrets(stack));
}
