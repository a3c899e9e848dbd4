import './navigator.ts';
import { once } from 'node:events';
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isatty } from 'node:tty';
import { parseCommandLine } from './commands/command-line.ts';
import { type ConfigInput, type Loaded, loadConfig, readConnection } from './config.ts';
import { exitCodes, SlipwayError } from './errors.ts';
import { hushing } from './hush.ts';
import { createLog, type Log } from './log.ts';
import { stdout } from './stdout.ts';

/** After a signal the server is asked to cancel; whoever has not answered by then is left. */
const mostAfterSignalMs = 4_500;
const terminationLog = '/dev/termination-log';
const mostTerminationBytes = 4096;

let log: Log | null = null;
const abort = new AbortController();
for (const [signal, exit] of [
  ['SIGTERM', 'interruptedBySigterm'],
  ['SIGINT', 'interruptedBySigint'],
] as const) {
  process.on(signal, () => {
    if (abort.signal.aborted) return;
    log?.info({ event: 'signal', signal }, `${signal}: what is under way is cancelled`);
    abort.abort(
      new SlipwayError({
        exit,
        message: `ended by ${signal}`,
        remedy: 'What was running was rolled back, or is finished by the next run: start again.',
      }),
    );
    setTimeout(() => process.exit(exitCodes[exit].code), mostAfterSignalMs).unref();
  });
}
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error) => void failAndExit(error));
}

let isJson = false;
let hush = hushing([]);
let isDebug = false;

// Where nothing is left to wait for and nobody has decided how it ends, it did not end well.
process.exitCode = exitCodes.bug.code;
main(process.argv.slice(2)).then(async (code) => {
  await log?.load().catch(() => undefined);
  process.exit(code);
}, failAndExit);

async function main(argv: readonly string[]): Promise<number> {
  isDebug = argv.includes('--debug');
  isJson = argv.includes('--json');
  const line = await parseCommandLine(argv);
  if (line.kind === 'print') {
    print(line.text);
    return line.exit;
  }
  const { config, notes } = configure(line.flags);
  hush = hushing(config.secrets);
  log = createLog({ hush, level: isDebug ? 'debug' : config.logLevel, format: config.logFormat });
  for (const note of notes) log.warn({ event: 'configuration' }, note);
  return line.command.run({
    name: line.name,
    positionals: line.positionals,
    flags: line.flags,
    isJson,
    isTerminal: isatty(1),
    config,
    log,
    signal: abort.signal,
    abort: (reason) => abort.abort(reason),
    print: (text) => print(hush(text)),
    ask: isatty(0) && isatty(2) ? ask : null,
    connectionOf: (name, text) => readConnection(name, text, inputOf(line.flags)),
  });
}

const print = (text: string): void => void stdout().write(`${text}\n`);

const configure = (flags: ConfigInput['flags']): Loaded => loadConfig(inputOf(flags));

const inputOf = (flags: ConfigInput['flags']): ConfigInput => ({
  flags,
  env: process.env,
  readFile,
  user: user(),
  isTerminal: isatty(2),
});

/** What is no clear yes is a no; so is the end of the input. */
async function ask(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const end = once(lines, 'close').then(() => '');
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal: abort.signal }), end]);
    return /^\s*y(?:es)?\s*$/i.test(answer);
  } catch (error) {
    abort.signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}

function readFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

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

/** Where not even that can be said, the exit code is all there is. */
function failAndExit(error: unknown): Promise<never> {
  return fail(error).then(
    (code) => process.exit(code),
    () => process.exit(exitCodes.bug.code),
  );
}

/** Says what went wrong, once: in the log, with --json on stdout, and in the container's termination log. */
async function fail(error: unknown): Promise<number> {
  const failure = error instanceof SlipwayError ? error : bug(error);
  const { exit, place, remedy, detail, sqlstate, report } = failure.failure;
  log ??= createLog({ hush, level: 'info', format: isatty(2) ? 'pretty' : 'json' });
  log.error(
    {
      event: 'failed',
      exit,
      exitCode: failure.exitCode,
      ...place,
      sqlstate,
      remedy,
      detail,
      ...(isDebug && error instanceof Error ? { stack: error.stack } : {}),
    },
    failure.message,
  );
  await log.load().catch(() => undefined);
  if (isJson) {
    const { errorReport } = await import('./report.ts');
    print(hush(JSON.stringify({ ...report, error: errorReport(failure) })));
  }
  leaveWord(hush(`${failure.message}. ${remedy}`));
  return failure.exitCode;
}

function bug(error: unknown): SlipwayError {
  const message = error instanceof Error ? error.message : String(error);
  return new SlipwayError(
    {
      exit: 'bug',
      message: `a bug in Slipway: ${message}`,
      remedy: 'Run it again with --debug and report what it prints.',
    },
    { cause: error },
  );
}

/** Kubernetes shows this as the container's message. */
function leaveWord(text: string): void {
  try {
    accessSync(terminationLog, constants.W_OK);
    writeFileSync(terminationLog, Buffer.from(`${text}\n`).subarray(0, mostTerminationBytes));
  } catch {
    // No container, or one that does not let us: the log has said it.
  }
}
