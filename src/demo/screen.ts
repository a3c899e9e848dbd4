import type { Progress } from '../app/index.ts';
import { type Output, painter, type Styler, showsColors } from '../log/index.ts';
import { type Chapter, chapters } from './chapters.ts';
import { wrap, wrapLine } from './wrap.ts';

/** What is told is easier to read in shorter lines than what programs print. */
const widestWords = 72;
const widest = 80;

/** Where the demo is told: lines to a terminal, or plain ones to a file or pipe. */
export interface Screen {
  /** Whether what the program prints may have colours. */
  readonly isColored: boolean;
  /** What is done before the first chapter, which takes a moment. */
  preparing(words: string): void;
  heading(chapter: Chapter): void;
  say(text: string): void;
  /** A command line, about to be run. */
  command(line: string): void;
  /** A line that it has printed. */
  printed(line: string): void;
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
  /** Lines as they are, apart from the rest. */
  closing(lines: readonly string[]): void;
}

/** Colours are used where the stream shows them. */
export function createScreen(output: Output, progress: Progress): Screen {
  const isColored = showsColors(output.fd);
  const paint = painter(isColored);
  const { bold, dim } = paint;
  const columns = (output.fd === 1 ? process.stdout : process.stderr).columns || widest;
  const width = Math.min(columns, widest);
  const wordsWidth = Math.min(width, widestWords);
  const print = (...lines: string[]) => output.write(`${lines.join('\n')}\n`);
  let last: 'block' | 'text' = 'text';
  const block = (...lines: string[]) => {
    print('', ...lines);
    last = 'block';
  };
  const text = (...lines: string[]) => {
    if (last === 'block') print('');
    print(...lines);
    last = 'text';
  };
  const begin = progress.begin(chapters);
  let now: Chapter | null = null;
  const enter = (chapter: Chapter): void => {
    if (now !== chapter) begin(chapter);
    now = chapter;
  };
  const names = Object.keys(chapters);
  const ending = endings(paint, width);
  return {
    isColored,
    preparing(words) {
      enter('empty');
      progress.doing({ event: 'preparing' }, words);
    },
    heading(chapter) {
      enter(chapter);
      const label = `${names.indexOf(chapter) + 1}. ${chapters[chapter]} `;
      const place = ` ${names.indexOf(chapter) + 1} of ${names.length}`;
      block(
        `${bold(label)}${dim('─'.repeat(Math.max(0, wordsWidth - label.length - place.length)) + place)}`,
      );
      last = 'text';
    },
    say: (words) => text(...wrap(words, wordsWidth)),
    command(line) {
      progress.doing({ event: 'running', command: line }, `running ${line}`);
      block(`${dim('$')} ${bold(line)}`);
    },
    printed: (line) => print(...wrapLine(line, width)),
    ended: (exitCode, meaning, ms) => print(...ending(exitCode, meaning, ms)),
    file: (path, content) =>
      block(dim(path), ...numbered(content, width).map(([at, line]) => `${dim(at)}${line}`)),
    figures: (label, figures) => text(...figuresIn(label, figures, wordsWidth)),
    statement: (sql) => text(...asked(dim, sql, width)),
    query: (sql, answer) => text(...asked(dim, sql, width), `${dim('    =')} ${bold(answer)}`),
    closing: (lines) => block(...lines),
  };
}

/** What a code of an exit means is said once: the second time its number is enough. */
function endings(
  { dim, green, yellow }: Styler,
  width: number,
): (...ended: Parameters<Screen['ended']>) => string[] {
  const explained = new Set<number>();
  return (exitCode, meaning, ms) => {
    const isFirst = explained.size === 0;
    const what = explained.has(exitCode) ? '' : ` (${meaning})`;
    explained.add(exitCode);
    const mark = exitCode === 0 ? green : yellow;
    const code = `exit ${exitCode}`;
    const [first = '', ...rest] = wrapLine(
      `${code}${what}, ${Math.round(ms)} ms${isFirst ? ' with the start of Node' : ''}`,
      width,
    );
    return [`${mark(code)}${dim(first.slice(code.length))}`, ...rest.map(dim)];
  };
}

/** A file's lines, each with the gutter before it: a line that goes on has no number. */
function numbered(content: string, width: number): [string, string][] {
  return content
    .trimEnd()
    .split('\n')
    .flatMap((line, index) => {
      const gutter = `  ${index + 1} │`;
      return wrapLine(line, width - gutter.length - 1).map((part, at): [string, string] => [
        at === 0 ? gutter : `${' '.repeat(gutter.length - 1)}│`,
        part === '' ? '' : ` ${part}`,
      ]);
    });
}

function figuresIn(label: string, figures: readonly string[], width: number): string[] {
  const lines = wrap(
    figures.map((figure) => figure.replace(' ', '\u00a0')).join(', '),
    width - label.length - 4,
  );
  return lines.map(
    (line, index) =>
      `${index === 0 ? `  ${label} ` : ' '.repeat(label.length + 3)} ${line.replaceAll('\u00a0', ' ')}`,
  );
}

/** SQL, which goes on beneath itself. */
const asked = (dim: (text: string) => string, sql: string, width: number): string[] =>
  wrap(sql, width - 6).map((line, index) => `${index === 0 ? dim('  sql') : '     '} ${line}`);
