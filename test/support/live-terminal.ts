import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { searchRun } from './leaks.ts';
import { bundle } from './slipway.ts';
import type { TerminalOptions } from './terminal.ts';

/** A run of the bundle on a pseudo-terminal, while it lasts. */
export interface LiveTerminal {
  /** All that was written so far, what the terminal obeys included. */
  readonly written: string;
  /**
   * Waits until something is written, after all that was waited for before.
   *
   * @throws Error with all that was written, when the run ends first.
   */
  waitFor(text: string | RegExp): Promise<void>;
  /** Types, e.g. `\u0003` for Ctrl-C. */
  type(text: string): void;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** Starts the bundle on a pseudo-terminal (script(1) of util-linux), to be driven by a test. */
export function startOnTerminal(line: string, { cwd, env, columns = 80 }: TerminalOptions): LiveTerminal {
  const command = `stty cols ${columns}; exec ${process.execPath} ${bundle} ${line}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let written = '';
  let seen = 0;
  let isOver = false;
  const waiting = new Set<() => void>();
  const tellAll = (): void => {
    for (const look of waiting) look();
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    written += chunk;
    tellAll();
  });
  const ended = once(child, 'close').then(([code]) => {
    isOver = true;
    tellAll();
    searchRun(`slipway ${line} on a terminal`, { code, stdout: written, stderr: '' });
    return code as number | null;
  });
  ended.catch(() => undefined);
  return {
    get written() {
      return written;
    },
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const end = endOf(text, written.slice(seen));
          if (end === null && !isOver) return;
          waiting.delete(look);
          if (end !== null) {
            seen += end;
            resolve();
          } else reject(new Error(`it ended without ${text}\n${written}`));
        };
        waiting.add(look);
        look();
      }),
    type: (text) => void child.stdin.write(text),
    ended,
  };
}

/** Where what is waited for ends; null where it is not there. */
function endOf(wanted: string | RegExp, written: string): number | null {
  if (typeof wanted === 'string') {
    const at = written.indexOf(wanted);
    return at < 0 ? null : at + wanted.length;
  }
  const found = wanted.exec(written);
  return found && found.index + found[0].length;
}
