import { isatty } from 'node:tty';
import picocolors from 'picocolors';
import type { Output } from '../log/index.ts';

const widest = 72;

/** Where the demo is told: lines to a terminal, or plain ones to a file or pipe. */
export interface Screen {
  /** For child processes, whose output belongs between our lines. */
  readonly fd: number;
  /** Resolves when all that was said has been taken: what another process writes comes after it. */
  flushed(): Promise<void>;
  heading(title: string): void;
  say(text: string): void;
  /** A command line, about to be run. */
  command(line: string): void;
  /** How it ended. */
  ended(exitCode: number, meaning: string, ms: number): void;
  /** A file, as it is now. */
  file(path: string, text: string): void;
  /** A query and what it gave. */
  query(sql: string, answer: string): void;
  /** Figures, as many a line as fit. */
  figures(label: string, figures: readonly string[]): void;
  /** A statement that was run by hand. */
  statement(sql: string): void;
}

/** Colours are used only where the stream is a terminal. */
export function createScreen(output: Output): Screen {
  const isTerminal = isatty(output.fd);
  const { bold, dim, green, yellow } = picocolors.createColors(picocolors.isColorSupported && isTerminal);
  const width = Math.min(
    isTerminal ? (output.fd === 1 ? process.stdout : process.stderr).columns || widest : widest,
    widest,
  );
  let chapter = 0;
  let last: 'block' | 'text' = 'text';
  const print = (...lines: string[]) => output.write(`${lines.join('\n')}\n`);
  const block = (...lines: string[]) => {
    print('', ...lines);
    last = 'block';
  };
  const text = (...lines: string[]) => {
    if (last === 'block') print('');
    print(...lines);
    last = 'text';
  };
  return {
    fd: output.fd,
    flushed: () => output.flushed(),
    heading(title) {
      chapter += 1;
      const label = `${chapter}. ${title} `;
      block(`${bold(label)}${dim('─'.repeat(Math.max(0, width - label.length)))}`);
      last = 'text';
    },
    say: (words) => text(...wrap(words, width)),
    command: (line) => block(`${dim('$')} ${bold(line)}`),
    ended(exitCode, meaning, ms) {
      const mark = exitCode === 0 ? green : yellow;
      print(
        `${mark(`exit ${exitCode}`)} ${dim(`(${meaning}), ${Math.round(ms)} ms with the start of Node`)}`,
      );
    },
    file(path, content) {
      const lines = content.trimEnd().split('\n');
      block(dim(path), ...lines.map((line, index) => `${dim(`  ${index + 1} │`)} ${line}`));
    },
    figures(label, figures) {
      const lines = wrap(
        figures.map((figure) => figure.replace(' ', '\u00a0')).join(', '),
        width - label.length - 4,
      );
      text(
        ...lines.map(
          (line, index) =>
            `${index === 0 ? dim(`  ${label} `) : ' '.repeat(label.length + 3)} ${line.replaceAll('\u00a0', ' ')}`,
        ),
      );
    },
    statement: (sql) => text(`${dim('  sql')} ${sql}`),
    query: (sql, answer) => text(`${dim('  sql')} ${sql}`, `${dim('    =')} ${bold(answer)}`),
  };
}

/** Breaks a text between words into lines of at most `width` characters, longer words excepted. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
