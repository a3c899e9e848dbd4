import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A container's /dev/termination-log, which one process is given. */
export interface TerminationLog {
  /** What a command is put behind to find it in /dev. */
  readonly beneath: readonly string[];
  /** What was written into it. */
  read(): string;
  destroy(): void;
}

/** Gives what follows a /dev of its own: `$1`, beneath which devices are empty files so far. */
const enter = `
folder=$1; shift
for device in null urandom; do mount --bind "/dev/$device" "$folder/$device"; done
mount --rbind /dev/shm "$folder/shm" && mount --rbind "$folder" /dev && exec "$@"
`;

/** Makes one. Where none can be, that is said and there is none; in CI it is an error. */
export function terminationLogOrSay(): TerminationLog | null {
  const why = whyNoTerminationLog();
  if (why === null) return makeTerminationLog();
  if (process.env.CI) throw new Error(`a termination log cannot be tried: ${why}`);
  process.stderr.write(`\nTHE TERMINATION LOG IS NOT TESTED: ${why}\n`);
  return null;
}

export function makeTerminationLog(): TerminationLog {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-dev-'));
  const log = join(folder, 'termination-log');
  for (const file of ['null', 'urandom', 'termination-log']) writeFileSync(join(folder, file), '');
  mkdirSync(join(folder, 'shm'));
  symlinkSync('/proc/self/fd', join(folder, 'fd'));
  return {
    beneath: ['unshare', '--mount', '/bin/sh', '-c', enter, 'slipway-dev', folder],
    read: () => readFileSync(log, 'utf8'),
    destroy: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Why no process can be given one here; null where it can. It takes root on Linux. */
export function whyNoTerminationLog(): string | null {
  const made = makeTerminationLog();
  const [program = '', ...args] = [...made.beneath, 'sh', '-c', 'echo word > /dev/termination-log'];
  const { error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const word = made.read();
  made.destroy();
  return word === 'word\n' ? null : (error?.message ?? stderr);
}
