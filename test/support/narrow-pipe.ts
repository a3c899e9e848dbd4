import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { searchRun } from './leaks.ts';
import { bundle, type SlipwayOptions } from './slipway.ts';

/** What Linux lets a pipe hold (pipe(7)), and how much of it is left here. */
const capacity = 65_536;
const room = 64;

/** One run whose stdout or stderr is a pipe that is nearly full, and read by nobody until `read` is called. */
export interface NarrowRun {
  kill(signal: NodeJS.Signals): void;
  /** Whether it has ended, be it that nobody has read. */
  readonly hasEnded: boolean;
  /** Resolves when it ends, or has used no processor for a while: it has written all that it can. */
  readonly stuck: Promise<void>;
  /** Resolves when it ends by itself. */
  readonly ended: Promise<number | null>;
  /** Reads the pipe until the run has ended; returns exit code and all that it wrote there. */
  read(): Promise<{ readonly code: number | null; readonly text: string }>;
  /** Leaves, as a reader that has had enough. */
  stopReading(): void;
  destroy(): void;
}

/** Starts the bundle so. What it writes on the other stream is thrown away. */
export function startNarrow(
  stream: 'stdout' | 'stderr',
  args: readonly string[],
  options: SlipwayOptions,
): NarrowRun {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-pipe-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, 'w');
  writeSync(writer, Buffer.alloc(capacity - room, '.'));
  const child = spawn(process.execPath, [bundle, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
    stdio: ['ignore', stream === 'stdout' ? writer : 'ignore', stream === 'stderr' ? writer : 'ignore'],
  });
  const open = [reader, writer];
  let hasEnded = false;
  const ended = once(child, 'exit').then(([code]) => {
    hasEnded = true;
    return code as number | null;
  });
  return {
    kill: (signal) => void child.kill(signal),
    get hasEnded() {
      return hasEnded;
    },
    ended,
    get stuck() {
      return untilIdle(child.pid ?? 0, () => hasEnded);
    },
    async read() {
      const chunks: Buffer[] = [];
      for (let isLast = false; ; isLast = hasEnded) {
        const chunk = readIfAny(reader);
        if (chunk !== null) chunks.push(chunk);
        else if (isLast) break;
        else await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const text = Buffer.concat(chunks)
        .subarray(capacity - room)
        .toString('utf8');
      const code = await ended;
      searchRun(`slipway ${args.join(' ')}`, { code, stdout: text, stderr: '' });
      return { code, text };
    },
    stopReading() {
      for (const fd of open.splice(0)) closeSync(fd);
    },
    destroy() {
      child.kill('SIGKILL');
      for (const fd of open.splice(0)) closeSync(fd);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const idleMs = 300;
const lookEveryMs = 30;

async function untilIdle(pid: number, hasEnded: () => boolean): Promise<void> {
  let used = '';
  for (let quietMs = 0; quietMs < idleMs && !hasEnded(); quietMs += lookEveryMs) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    const now = processorTime(pid);
    if (now !== used) quietMs = 0;
    used = now;
  }
}

/** User and system time so far (proc(5), fields 14 and 15); where the process is not there, nothing. */
function processorTime(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return `${fields[11]} ${fields[12]}`;
  } catch {
    return '';
  }
}

function readIfAny(fd: number): Buffer | null {
  const buffer = Buffer.alloc(4096);
  try {
    return buffer.subarray(0, readSync(fd, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null;
    throw error;
  }
}
