/**
 * Keeps a Node application from starting before its schema is there, whatever the container engine makes of exit
 * codes: `node --import /opt/slipway/healthcheck/gate.mjs app.js` runs `slipway wait` first. When that fails, the
 * process ends with its exit code, and not one line of the application has run.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const inImage = join(home, 'slipway.js');
const program = existsSync(inImage) ? inImage : join(home, 'dist', 'slipway.js');
// In the image a project's files are apart from the program; else they are where the application runs.
const ofImage = join(dirname(dirname(home)), 'slipway');
const cwd = program === inImage && existsSync(ofImage) ? ofImage : process.cwd();

/** What the program is started by. */
const programs = [program, join(home, 'bin', 'slipway')];

// `--import` given through NODE_OPTIONS reaches the child too, and worker threads inherit it.
if (isMainThread && !programs.includes(process.argv[1] ?? '')) {
  if (!existsSync(program)) {
    process.stderr.write(
      `gate: ${inImage} is not there, nor is ${program}; copy slipway.js and program/ beside healthcheck/\n`,
    );
    process.exit(78);
  }
  const code = await wait();
  if (code !== 0) process.exit(code);
}

/**
 * Runs `slipway wait`, passing SIGTERM and SIGINT on to it; resolves to its exit code, 128 + n after signal n.
 *
 * @returns {Promise<number>}
 */
function wait() {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, 'wait'], {
      cwd,
      stdio: 'inherit',
    });
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => child.kill(signal);
    const signals = ['SIGTERM', 'SIGINT'];
    for (const signal of signals) process.on(signal, passOn);
    /** @param {number} code */
    const end = (code) => {
      for (const signal of signals) process.off(signal, passOn);
      resolve(code);
    };
    child.on('error', (error) => {
      process.stderr.write(`gate: ${program} cannot be run: ${error.message}\n`);
      end(70);
    });
    child.on('exit', (code, signal) => end(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
