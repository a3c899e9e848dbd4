import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';

const mebibyte = 1_048_576;

/** What a file is read for, and the most bytes that are then read of it. */
export const mostBytes = {
  /** SQL, a module: V8 makes no longer string. What is ASCII is read in parts instead (`LargeFile`). */
  script: 512 * mebibyte - 24,
  lock: 64 * mebibyte,
  snapshot: 256 * mebibyte,
  /** A file that a variable names, `.env`, a certificate, a password file. */
  setting: 16 * mebibyte,
  /** What other programs write: `package.json`, `/etc/passwd`. */
  other: 16 * mebibyte,
} as const;

export type ReadPurpose = keyof typeof mostBytes;

/** Why a file was not read, where the file system itself had no objection. */
export class UnreadableFile extends Error {
  readonly code: 'ENOTREG' | 'EFBIG' | 'EDANGLING';
  readonly reason: UnreadableReason;

  constructor(code: UnreadableFile['code'], reason: UnreadableReason) {
    super(reason.message);
    this.code = code;
    this.reason = reason;
  }
}

/** What is wrong with a file, as a sentence without the file's name, and what to do about it. */
export interface UnreadableReason {
  readonly message: string;
  readonly remedy: string;
}

/** The null device, Linux: major 1, minor 3. People mask a file of settings by it. */
const nullDevice = 0x103;

/**
 * What stands at a path, links followed, where that is a regular file. What else can be opened may block for ever or
 * never end, and a device may act on being opened: it is asked before.
 *
 * @throws UnreadableFile, or the error of `node:fs`; a directory is its EISDIR, a link that leads nowhere no ENOENT.
 */
export function regularFile(path: string): Stats {
  const stats = followed(path, () => statSync(path));
  if (stats.isFile()) return stats;
  if (stats.isDirectory()) {
    throw Object.assign(new Error(`EISDIR: illegal operation on a directory, read '${path}'`), {
      code: 'EISDIR',
    });
  }
  throw new UnreadableFile('ENOTREG', {
    message: `${fileKindOf(stats)} stands where a regular file should be`,
    remedy: 'Put a regular file there, or a link to one: nothing else is read, since it may never end.',
  });
}

/** What lies in a folder. */
export interface FolderContents {
  readonly names: readonly string[];
  /** Those of them that are no regular files, or of which the file system does not tell. */
  readonly odd: ReadonlySet<string>;
}

/** What lies in a folder. @throws UnreadableFile for a link that leads nowhere, or the error of `node:fs`. */
export function contentsOf(folder: string): FolderContents {
  const entries = followed(folder, () => readdirSync(folder, { withFileTypes: true }));
  const odd = entries.filter((entry) => !entry.isFile()).map(({ name }) => name);
  return { names: entries.map(({ name }) => name), odd: new Set(odd) };
}

/** The names in what may be a folder; none where it is none, or where nobody lets us in (`lost+found` of a volume). */
export function namesWithin(path: string): string[] {
  try {
    return statSync(path).isDirectory() ? readdirSync(path) : [];
  } catch {
    return [];
  }
}

function followed<T>(path: string, inspection: () => T): T {
  try {
    return inspection();
  } catch (error) {
    const link = (error as NodeJS.ErrnoException).code === 'ENOENT' ? danglingLink(path) : null;
    if (link === null) throw error;
    throw new UnreadableFile('EDANGLING', {
      message:
        link === path
          ? 'it is a symbolic link that leads nowhere'
          : `${link} is a symbolic link that leads nowhere`,
      remedy: 'Put its target where the link points to (readlink shows where), or a file in its place.',
    });
  }
}

/** The first link, from the path upwards, that leads to nothing; null where there is none. */
function danglingLink(path: string): string | null {
  for (let at = path; ; at = dirname(at)) {
    const stats = lstatSync(at, { throwIfNoEntry: false });
    if (stats) return stats.isSymbolicLink() ? at : null;
    if (dirname(at) === at) return null;
  }
}

/** What stands at a path that is no regular file, with its article. */
export function fileKindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO (named pipe)';
  if (stats.isSocket()) return 'a socket';
  if (stats.isBlockDevice()) return 'a block device';
  return stats.isCharacterDevice() ? 'a character device' : 'something of another kind';
}

/**
 * Opens a regular file for reading. Should something else have come in its place meanwhile, opening it does not block.
 *
 * @throws as `regularFile` does.
 */
export function openRegular(path: string): number {
  regularFile(path);
  return open(path);
}

const open = (path: string): number =>
  openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);

/**
 * Reads a file whole: every file that Slipway reads is read by this, or in parts by `openRegular`.
 *
 * @param stats of the file, where it was inspected already.
 * @throws UnreadableFile where it is no regular file, or longer than is read for that purpose; the error of `node:fs`.
 */
export function readBytes(path: string, purpose: ReadPurpose, stats?: Stats): Buffer {
  if (purpose === 'setting' && isNull(path)) return Buffer.alloc(0);
  const { size } = stats ?? regularFile(path);
  const most = mostBytes[purpose];
  if (size > most) throw tooLarge(size, most);
  const file = open(path);
  try {
    // Files of /proc say that they are empty.
    return size > 0 ? readUpTo(file, size) : readUnsized(file, most);
  } finally {
    closeSync(file);
  }
}

const smallBytes = 65_536;
let scratch: Buffer | null = null;

/**
 * Reads a file that its folder told to be a regular one, whole, with as few calls as that takes.
 *
 * @returns null where it is not a small one: `readBytes` reads it.
 * @throws the error of `node:fs`.
 */
export function readSmall(path: string): Buffer | null {
  scratch ??= Buffer.allocUnsafeSlow(smallBytes);
  const file = open(path);
  try {
    for (let length = 0; length < smallBytes; ) {
      const more = readSync(file, scratch, length, smallBytes - length, null);
      length += more;
      if (more === 0) return Buffer.from(scratch.subarray(0, length));
    }
    return null;
  } finally {
    closeSync(file);
  }
}

const isNull = (path: string): boolean => {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isCharacterDevice() === true && stats.rdev === nullDevice;
};

/** As `readBytes`, as UTF-8. */
export const readText = (path: string, purpose: ReadPurpose): string =>
  readBytes(path, purpose).toString('utf8');

/** As `readText`; null where there is no such file. */
export function readTextIfThere(path: string, purpose: ReadPurpose): string | null {
  try {
    return readText(path, purpose);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function readUpTo(file: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let length = 0; ; ) {
    const more = readSync(file, bytes, length, size - length, null);
    length += more;
    if (more === 0 || length === size) return bytes.subarray(0, length);
  }
}

function readUnsized(file: number, most: number): Buffer {
  const chunks: Buffer[] = [];
  for (let length = 0; ; ) {
    const chunk = readUpTo(file, 65_536);
    if (chunk.length === 0) return Buffer.concat(chunks);
    length += chunk.length;
    if (length > most) throw tooLarge(length, most);
    chunks.push(chunk);
  }
}

const tooLarge = (size: number, most: number): UnreadableFile =>
  new UnreadableFile('EFBIG', {
    message: `it is too large: ${size} bytes, and at most ${most} are read`,
    remedy: 'Name the right file: what is read here is never that large. Only a file of SQL can be split.',
  });

/** Why a file could not be read, and what to do about it, of what was thrown. */
export function reasonOf(error: unknown): UnreadableReason {
  if (error instanceof UnreadableFile) return error.reason;
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const who = process.getuid === undefined ? 'this user' : `uid ${process.getuid()}`;
  switch (code) {
    case 'EISDIR':
      return {
        message: 'a directory stands where a file should be',
        remedy: 'A bind mount of a file that is not there makes one: check the path on the host.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        message: `${who} may not read it`,
        remedy: 'Make it readable: chmod a+r (a+rx for folders).',
      };
    case 'ENOENT':
      return { message: 'the file is not there (any more)', remedy: 'Put it there, or correct the path.' };
    case 'ELOOP':
      return {
        message: 'it is a symbolic link that leads back to itself',
        remedy: 'Put a file in its place, or a link to one.',
      };
    case 'EMFILE':
    case 'ENFILE':
      return {
        message: `it cannot be read: too many files are open (${code})`,
        remedy: 'Raise the limit of open files (ulimit -n, or nofile of the container).',
      };
    default:
      return { message: `it cannot be read (${code})`, remedy: 'Check its file system.' };
  }
}

/** Permissions and owner (its number) of what stands at a path, links followed; null where they cannot be told. */
export function modeOf(path: string): { readonly mode: number; readonly uid: number } | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
