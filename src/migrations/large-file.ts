import { isAscii } from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { openRegular, SlipwayError } from '../core/index.ts';
import type { Text } from '../sql/index.ts';
/** Bytes of a file that is not read as a whole; places in a longer one could not be kept (`StatementList`). */
export const isLarge = (bytes: number): boolean => bytes >= 16_000_000 && bytes < 2 ** 32;

/** Bytes that are held at once, twice at most: what is read lies now before and now after the end of one. */
const windowBytes = 1_048_576;

/** What makes a file one that is read as a whole: it has to be changed, or judged by what follows. */
const marks = ['\r', '\0', '<<<<<<<'];
const longestMark = 7;

/** A part of the file. Its memory is used again for the next: what the allocator gets back it keeps for long. */
interface Window {
  number: number;
  readonly memory: Buffer;
  bytes: Buffer;
}

const emptyWindow = (): Window => {
  const memory = Buffer.allocUnsafeSlow(windowBytes);
  return { number: -1, memory, bytes: memory };
};

/**
 * A large file of ASCII, where a byte is a character: only parts of it are in memory, read again when they are asked
 * for. Each part is then held against what it was when the file was first read, so that what runs is what was
 * checksummed.
 */
export class LargeFile implements Text {
  readonly path: string;
  readonly length: number;
  /** SHA-256, hexadecimal. */
  readonly checksum: string;
  readonly #digests: readonly string[];
  #near = emptyWindow();
  #other = emptyWindow();
  /** Of the near window, for what reads character by character. */
  #nearStart = 0;
  #nearBytes: Buffer = Buffer.alloc(0);

  private constructor(path: string, length: number, checksum: string, digests: readonly string[]) {
    this.path = path;
    this.length = length;
    this.checksum = checksum;
    this.#digests = digests;
  }

  /**
   * Reads the file through, once.
   *
   * @returns null where it has to be read as a whole: it is not ASCII, or holds a carriage return, a NUL or what an
   *   unfinished merge leaves.
   * @throws the error of `node:fs`.
   */
  static read(path: string): LargeFile | null {
    // What is made while it is read dies young: room for that to wait in would only be memory.
    setFlagsFromString('--semi-space-growth-factor=1');
    const whole = createHash('sha256');
    const digests: string[] = [];
    let length = 0;
    // What ends a window stands ahead of the next: a mark may lie across.
    const joined = Buffer.alloc(longestMark + windowBytes);
    const memory = joined.subarray(longestMark);
    for (let number = 0; ; number += 1) {
      const bytes = readWindow(path, number, memory);
      const seen = joined.subarray(0, longestMark + bytes.length);
      if (!isAscii(bytes) || marks.some((mark) => seen.includes(mark, number === 0 ? longestMark : 0)))
        return null;
      whole.update(bytes);
      digests.push(digestOf(bytes));
      length += bytes.length;
      if (bytes.length < windowBytes) break;
      joined.copy(joined, 0, windowBytes);
    }
    return new LargeFile(path, length, whole.digest('hex'), digests);
  }

  charCodeAt(index: number): number {
    const offset = index - this.#nearStart;
    if (offset >= 0 && offset < this.#nearBytes.length) return this.#nearBytes[offset] as number;
    return this.codePointAt(index) ?? Number.NaN;
  }

  codePointAt(index: number): number | undefined {
    if (index < 0 || index >= this.length) return undefined;
    return this.#window(Math.floor(index / windowBytes))[index % windowBytes];
  }

  indexOf(search: string, from = 0): number {
    const overlap = search.length - 1;
    for (let at = Math.max(0, from); at < this.length; ) {
      const end = (Math.floor(at / windowBytes) + 1) * windowBytes;
      const bytes = this.#window(Math.floor(at / windowBytes));
      const within = bytes.indexOf(search, at % windowBytes, 'latin1');
      if (within >= 0) return at - (at % windowBytes) + within;
      if (overlap > 0 && end < this.length) {
        const seam = this.slice(end - overlap, Math.min(this.length, end + overlap)).indexOf(
          search,
          Math.max(0, at - (end - overlap)),
        );
        if (seam >= 0) return end - overlap + seam;
      }
      at = end;
    }
    return -1;
  }

  lastIndexOf(search: string, from = this.length): number {
    for (let end = Math.min(this.length, from + search.length); end > 0; ) {
      const start = Math.max(0, end - windowBytes);
      const found = this.slice(start, end).lastIndexOf(search);
      if (found >= 0) return start + found;
      end = start === 0 ? 0 : start + search.length - 1;
    }
    return -1;
  }

  slice(start = 0, end = this.length): string {
    const parts: string[] = [];
    const last = Math.min(end, this.length);
    for (let at = Math.max(0, start); at < last; ) {
      const number = Math.floor(at / windowBytes);
      const to = Math.min(last, (number + 1) * windowBytes);
      const base = number * windowBytes;
      parts.push(this.#window(number).toString('latin1', at - base, to - base));
      at = to;
    }
    return parts.join('');
  }

  toString(): string {
    return this.slice();
  }

  /** @throws SlipwayError (66) where the file is no more what it was. */
  #window(number: number): Buffer {
    if (this.#near.number === number) return this.#near.bytes;
    [this.#near, this.#other] = [this.#other, this.#near];
    if (this.#near.number !== number) this.#load(number, this.#near);
    this.#nearStart = number * windowBytes;
    this.#nearBytes = this.#near.bytes;
    return this.#near.bytes;
  }

  #load(number: number, into: Window): void {
    into.number = -1;
    try {
      into.bytes = readWindow(this.path, number, into.memory);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw this.#lost(`the file could not be read to its end (${code})`, error);
    }
    if (digestOf(into.bytes) !== this.#digests[number])
      throw this.#lost('the file was changed while it was read');
    into.number = number;
  }

  #lost(message: string, cause?: unknown): SlipwayError {
    const remedy = 'It was rolled back: start again when nobody writes to the file.';
    return new SlipwayError({ exit: 'files', place: { file: this.path }, message, remedy }, { cause });
  }
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64');

/** Fills the memory with a window of the file; returns the part of it that is filled. */
function readWindow(path: string, number: number, memory: Buffer): Buffer {
  const file = openRegular(path);
  try {
    for (let length = 0; ; ) {
      const more = readSync(file, memory, length, windowBytes - length, number * windowBytes + length);
      length += more;
      if (more === 0 || length === windowBytes) return memory.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
