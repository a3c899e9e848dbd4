import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readSync } from 'node:fs';

const everyMs = 50;

/** How the program is run. */
export interface ProgramRun {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** A file for what it prints: as both its streams, it keeps their order. */
  readonly output: string;
  /** Interrupts it. */
  readonly signal: AbortSignal;
  /** Is called with each line as it comes, without its end. */
  readonly onLine: (line: string) => void;
}

/** Runs this very program as a child process. @returns its exit code; null where a signal ended it. */
export async function runProgram(
  args: readonly string[],
  { cwd, env, output, signal, onLine }: ProgramRun,
): Promise<number | null> {
  const [written, read] = [openSync(output, 'w'), openSync(output, 'r')];
  const lines = linesOf(read, onLine);
  const reading = setInterval(lines.next, everyMs);
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...args], {
    cwd,
    env,
    stdio: ['ignore', written, written],
  });
  const stop = (): void => void child.kill('SIGINT');
  signal.addEventListener('abort', stop);
  try {
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    lines.end();
    return exitCode;
  } finally {
    signal.removeEventListener('abort', stop);
    clearInterval(reading);
    closeSync(written);
    closeSync(read);
  }
}

/** Reads whole lines as a file grows; `end` takes what is left for one. */
function linesOf(file: number, onLine: (line: string) => void): { next: () => void; end: () => void } {
  const chunk = Buffer.alloc(64 * 1024);
  let rest = Buffer.alloc(0);
  const next = (): void => {
    for (;;) {
      const length = readSync(file, chunk);
      if (length === 0) return;
      rest = Buffer.concat([rest, chunk.subarray(0, length)]);
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        onLine(rest.subarray(0, end).toString());
        rest = rest.subarray(end + 1);
      }
    }
  };
  const end = (): void => {
    next();
    if (rest.length > 0) onLine(rest.toString());
  };
  return { next, end };
}
