import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** What says that nobody reads any more, which is no error: the reader has what it wanted. */
const readerLeft = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);
/** A terminal that was closed answers so (tty_ioctl(4)); of a file it is a fault of the disk. */
const terminalGone = 'EIO';

/** A line on the terminal that stays below all that is written. */
interface Below {
  erase(): void;
  draw(): void;
}

let below: Below | null = null;

/** Lets this line stay below all that either stream is given; null: none. */
export const keepBelow = (line: Below | null): void => {
  below = line;
};

/**
 * One of the two standard streams. What is written to a file is there when the call returns; what a pipe has no room
 * for waits without holding up the program, so that a slow reader stops no transaction and no signal.
 */
export class Output {
  readonly fd: 1 | 2;
  #sink: ((text: string) => void) | null = null;
  #pending = 0;
  #failure: string | null = null;
  #isLeft = false;
  #waiting: (() => void)[] = [];

  constructor(fd: 1 | 2) {
    this.fd = fd;
  }

  /** Never throws: `failure` says what could not be written. */
  write(text: string): void {
    below?.erase();
    this.put(text);
    below?.draw();
  }

  /** The same, for what stays below all the rest. */
  put(text: string): void {
    if (this.#isLeft) return;
    try {
      this.#sink ??= this.#open();
      this.#sink(text);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The system's code (`ENOSPC`) where something could not be written; null also where the reader has left. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Resolves when all that was written has been taken, or cannot be. */
  flushed(): Promise<void> {
    return this.#pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  #open(): (text: string) => void {
    const kind = fstatSync(this.fd);
    // Node's own streams for files pass over what a full disk took only a part of.
    if (kind.isFile() || kind.isBlockDevice() || (kind.isCharacterDevice() && !isatty(this.fd)))
      return (text) => this.#writeWhole(Buffer.from(text));
    const stream = this.fd === 1 ? process.stdout : process.stderr;
    stream.on('error', (error) => this.#failed(error));
    return (text) => {
      this.#pending += 1;
      stream.write(text, (error) => {
        if (error) this.#failed(error);
        this.#pending -= 1;
        if (this.#pending === 0) for (const resolve of this.#waiting.splice(0)) resolve();
      });
    };
  }

  #writeWhole(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
  }

  #failed(error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (readerLeft.has(code) || (code === terminalGone && isatty(this.fd))) this.#isLeft = true;
    else this.#failure ??= code;
  }
}

/** The command's result. */
export const stdout = new Output(1);
/** The log, and questions to a person. */
export const stderr = new Output(2);
