import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { searchRun } from './leaks.ts';
import { bundle } from './slipway.ts';

/** What a run of the bundle on a terminal wrote to it. */
export interface OnTerminal {
  /** All that was written, what the terminal obeys included. */
  readonly written: string;
  /** The lines as they stood in the end. */
  readonly lines: readonly string[];
  /** Each text that stood on a line at some time, until it was erased or the line ended. */
  readonly seen: readonly string[];
}

/** How a run on a terminal is set up. */
export interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly columns?: number;
}

/** Runs the bundle on a pseudo-terminal (script(1) of util-linux). @throws Error where it does not end with 0. */
export async function onTerminal(
  line: string,
  { cwd, env, columns = 80 }: TerminalOptions,
): Promise<OnTerminal> {
  const command = `stty cols ${columns}; exec ${process.execPath} ${bundle} ${line}`;
  const running = promisify(execFile)('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', ...env },
    timeout: 120_000,
  });
  const { stdout: written } = await running;
  searchRun(`slipway ${line} on a terminal`, { code: 0, stdout: written, stderr: '' });
  return { written, ...shown(written) };
}

/** What is typed once the run has asked for it. */
export interface Typed {
  /** What the run has written last by then; matched after what was matched before. */
  readonly after: string;
  /** As the terminal takes it: `y\n`, or `\u0003` for Ctrl-C. */
  readonly keys: string;
}

/** Runs the bundle on a pseudo-terminal, with somebody at the keys. @returns also where it does not end with 0. */
export function talkOnTerminal(
  words: readonly string[],
  { cwd, env }: Pick<TerminalOptions, 'cwd' | 'env'>,
  typing: readonly Typed[],
): Promise<{ readonly code: number | null; readonly written: string }> {
  const command = [process.execPath, bundle, ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', `exec ${command}`, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', ...env },
    timeout: 120_000,
  });
  const waiting = [...typing];
  let written = '';
  let matched = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
    for (;;) {
      const [next] = waiting;
      const at = next ? written.indexOf(next.after, matched) : -1;
      if (!next || at < 0) return;
      matched = at + next.after.length;
      waiting.shift();
      child.stdin.write(next.keys);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      searchRun(`slipway ${words.join(' ')} on a terminal`, { code, stdout: written, stderr: '' });
      if (waiting.length > 0) reject(new Error(`it did not ask ${waiting[0]?.after}:\n${written}`));
      else resolve({ code, written });
    });
  });
}

/** Obeys carriage return, line feed and EL (ECMA-48), and drops colours. */
function shown(written: string): Pick<OnTerminal, 'lines' | 'seen'> {
  const seen: string[] = [];
  const lines: string[] = [];
  let line = '';
  let column = 0;
  for (const [part] of written.matchAll(/\r|\n|\u001b\[[\d;]*[A-Za-z]|[^\r\n\u001b]+/g)) {
    if (part === '\r') column = 0;
    else if (part === '\n') {
      seen.push(line);
      lines.push(line);
      line = '';
      column = 0;
    } else if (part === '\u001b[K') {
      seen.push(line);
      line = line.slice(0, column);
    } else if (!part.startsWith('\u001b')) {
      line = line.slice(0, column) + part + line.slice(column + part.length);
      column += part.length;
    }
  }
  return { lines: line === '' ? lines : [...lines, line], seen: [...seen, line] };
}
