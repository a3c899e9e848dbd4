import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isInImage } from './container.ts';
import { fileKindOf } from './read-file.ts';
import { SlipwayError } from './slipway-error.ts';

/** A file's new text. */
export interface NewText {
  readonly path: string;
  readonly text: string;
  /** The setting or option that names it, for the remedy. */
  readonly setting: string;
}

/**
 * Makes sure, before long work, that files can be written when it is done.
 *
 * @returns those of them that would be gone with the container in which this runs: no folder of theirs is mounted.
 * @throws SlipwayError (66) for the first that cannot be.
 */
export function assertWritable(files: readonly Omit<NewText, 'text'>[]): readonly string[] {
  return files.filter((file) => isOfImage(writableFolder(file)) && isInImage()).map(({ path }) => path);
}

/** The folder in which the draft of a file will be made: its own, or what is there of the way to it. */
function writableFolder({ path, setting }: Omit<NewText, 'text'>): string {
  const target = behindLink(path);
  let folder = dirname(target);
  try {
    existing(target);
    while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw cannotWrite({ path, setting }, error);
  }
  return folder;
}

/** What is mounted is on another device than the root of the image. */
const isOfImage = (folder: string): boolean => statSync(folder).dev === statSync('/').dev;

/** Writes a file whole or not at all, its folder too where it is not there. @throws SlipwayError (66) where it cannot be. */
export const replaceFile = (path: string, text: string, setting: string): void =>
  replaceFiles([{ path, text, setting }]);

/**
 * Writes files one after the other, each whole or not at all. All are written aside first, so that what stands in the
 * way of one (a full disk among it) is found before any is replaced. A link stays one: what it points to is replaced.
 *
 * @throws SlipwayError (66) for the first that cannot be written; those after it are as they were.
 */
export function replaceFiles(files: readonly NewText[]): void {
  writeAside(files, renameSync);
}

/**
 * Writes files that are not there yet, all of them or none; a disk that is full leaves no empty one.
 *
 * @throws SlipwayError (66) for the first that cannot be written, also where somebody made it meanwhile.
 */
export function createFiles(files: readonly NewText[]): void {
  const made: string[] = [];
  try {
    writeAside(files, (draft, target) => {
      placeNew(draft, target);
      made.push(target);
    });
  } catch (error) {
    for (const path of made) rmSync(path, { force: true });
    throw error;
  }
}

function writeAside(files: readonly NewText[], place: (draft: string, target: string) => void): void {
  const drafts = files.map((file) => ({ file, target: behindLink(file.path), draft: '' }));
  try {
    for (const entry of drafts) {
      attempt(entry.file, () => {
        const before = existing(entry.target);
        mkdirSync(dirname(entry.target), { recursive: true });
        entry.draft = `${entry.target}.${process.pid}.tmp`;
        writeDurably(entry.draft, entry.file.text, before);
      });
    }
    for (const { file, target, draft } of drafts) attempt(file, () => place(draft, target));
  } finally {
    for (const { draft } of drafts) if (draft !== '') rmSync(draft, { force: true });
  }
}

function attempt(file: NewText, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw cannotWrite(file, error);
  }
}

/** A new name for the draft; where the file system has no links (link(2), EPERM), nobody else can be kept out for sure. */
function placeNew(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error)) || existsSync(path))
      throw error;
    renameSync(draft, path);
  }
}

/** What is there is replaced only where it is a file; as root, a rename would put one in the place of a device. */
function existing(path: string): Stats | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats && !stats.isFile()) throw new NoRegularFile(stats);
  return stats;
}

/** What stands where a file is to be written is none. */
class NoRegularFile extends Error {
  readonly code = 'ENOTREG';

  constructor(stats: Stats) {
    super(`${fileKindOf(stats)} stands where it would be written`);
  }
}

function writeDurably(path: string, text: string, before: Stats | undefined): void {
  const file = openSync(path, 'w');
  try {
    writeFileSync(file, text);
    flush(file);
  } finally {
    closeSync(file);
  }
  if (before) chmodSync(path, before.mode & 0o7777);
}

/** Some file systems say only here that there was no room; others cannot be asked (fsync(2), EINVAL). */
function flush(file: number): void {
  try {
    fsyncSync(file);
  } catch (error) {
    if (['ENOSPC', 'EDQUOT', 'EIO'].includes(codeOf(error))) throw error;
  }
}

/** What a link leads to, so that the link stays one. */
function behindLink(path: string): string {
  try {
    return lstatSync(path).isSymbolicLink() ? realpathSync(path) : path;
  } catch {
    // It is not there yet, or its folder says why not when it is written to.
    return path;
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';

function cannotWrite({ path, setting }: Omit<NewText, 'text'>, cause: unknown): SlipwayError {
  const code = codeOf(cause);
  if (cause instanceof NoRegularFile) {
    const remedy = `Name another file with ${setting}${setting.startsWith('--') ? ', or - for stdout' : ''}.`;
    return new SlipwayError(
      { exit: 'files', place: { file: path }, message: `it cannot be written: ${cause.message}`, remedy },
      { cause },
    );
  }
  return new SlipwayError(
    {
      exit: 'files',
      place: { file: path },
      message: `it cannot be written (${code})`,
      remedy:
        (isTaken(cause) ? taken : remedies[code]) ??
        `${isDenied(code) ? asCaller() : ''}Make its folder writable, or name another file with ${setting}.`,
    },
    { cause },
  );
}

const isDenied = (code: string): boolean => code === 'EACCES' || code === 'EPERM';

/** In a container the user is another one than who called it, and the folder may be the image's own. */
const asCaller = (): string =>
  isInImage()
    ? `User ${process.getuid?.()} of the container may not write there. Mount the project's folder, and run as who owns it: docker run -v "$PWD:/slipway" -u "$(id -u):$(id -g)" ..., or podman run -v "$PWD:/slipway" --userns=keep-id .... Or: `
    : '';

const full =
  'Make room on its file system, and start again: nothing was replaced, and nothing half written is left.';

/** By the code of write(2), rename(2) and open(2). */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: full,
  EDQUOT: full,
  EBUSY: 'It is mounted by itself, so it cannot be replaced: mount its folder instead.',
  EROFS:
    'Its file system is read-only: run this where the files are kept, and build or mount them from there.',
};

/** link(2) alone names where it was to lead. */
const isTaken = (cause: unknown): boolean =>
  codeOf(cause) === 'EEXIST' && (cause as { dest?: string }).dest !== undefined;

const taken = 'Another process made it meanwhile: check it, then start again or name another file.';
