import { printable } from '../core/index.ts';
import { keepBelow, stderr } from './output.ts';
import { showsColors } from './paint.ts';
import { styler, toTerminal } from './style.ts';

const everyMs = 100;
/** To the first column, and what stands from there to the end of the line is erased (ECMA-48, CR and EL). */
const erased = '\r\u001b[K';
/** What a terminal that does not know its own width is taken for. */
const usualColumns = 80;

/** A line on the terminal of stderr that stays below all that is written, and is drawn anew as time passes. */
export class LiveLine {
  readonly #text: () => string;
  #timer: NodeJS.Timeout | null = null;
  /** The process may end at any moment: a shell's prompt does not stand behind the line then. */
  readonly #atExit: () => void;

  /** @param text what the line says at this moment, without colours and of any length. */
  constructor(text: () => string) {
    this.#text = text;
    this.#atExit = () => this.end();
    process.on('exit', this.#atExit);
    this.#begin();
  }

  draw(): void {
    const columns = process.stderr.columns || usualColumns;
    // The last column stays free: some terminals begin a line when it is filled.
    stderr.put(`${erased}${toTerminal(styler.dim(fitted(this.#text(), columns - 1)), showsColors(2))}`);
  }

  erase(): void {
    stderr.put(erased);
  }

  /** Erases it while somebody else writes to the terminal, such as a question. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    this.#stop();
    try {
      return await work();
    } finally {
      this.#begin();
    }
  }

  /** Erases it for good. */
  end(): void {
    process.off('exit', this.#atExit);
    this.#stop();
  }

  #begin(): void {
    keepBelow(this);
    this.#timer ??= setInterval(() => this.draw(), everyMs).unref();
    this.draw();
  }

  #stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    keepBelow(null);
    this.erase();
  }
}

/** From here on, characters may take two columns (Unicode UAX 11: Hangul Jamo are the first wide ones). */
const firstWide = 0x1100;

/** A text on one line of at most so many columns; where it is cut off, `…` says so. */
export function fitted(text: string, columns: number): string {
  const characters = [...printable(text).replaceAll('\n', ' ')];
  const widths = characters.map((character) => ((character.codePointAt(0) ?? 0) < firstWide ? 1 : 2));
  if (widths.reduce((sum, width) => sum + width, 0) <= columns) return characters.join('');
  let left = columns - 1;
  const end = widths.findIndex((width) => {
    left -= width;
    return left < 0;
  });
  return `${characters.slice(0, end).join('')}…`;
}
