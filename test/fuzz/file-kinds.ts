import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Maker = (path: string, text: string, folder: string) => void;

/** What can stand where a file should be, and how it is made. */
const makers = {
  file: (path, text) => writeFileSync(path, text),
  'link to a file': (path, text, folder) => {
    writeFileSync(join(folder, 'target'), text);
    symlinkSync(join(folder, 'target'), path);
  },
  folder: (path) => mkdirSync(path),
  'link to nowhere': (path) => symlinkSync('nowhere', path),
  'link to a folder': (path) => symlinkSync('.', path),
  'link to itself': (path) => symlinkSync(path, path),
  unreadable: (path, text) => {
    writeFileSync(path, text);
    chmodSync(path, 0o000);
  },
  FIFO: (path, _, folder) => linkSync(fifoOf(folder), path),
  'link to a FIFO': (path, _, folder) => symlinkSync(fifoOf(folder), path),
  'link to /dev/zero': (path) => symlinkSync('/dev/zero', path),
  'link to /dev/null': (path) => symlinkSync('/dev/null', path),
} satisfies Record<string, Maker>;

export type Kind = keyof typeof makers;

export const kinds = Object.keys(makers) as Kind[];

/** Puts something of a kind at a path within a folder. @throws the error of `node:fs`. */
export const put = (folder: string, path: string, is: Kind, text: string): void =>
  (makers[is] as Maker)(path, text, folder);

/** A FIFO that nobody writes to: made once, beside the folder, and then linked to, which is cheaper. */
function fifoOf(folder: string): string {
  const fifo = `${folder}.fifo`;
  if (!existsSync(fifo)) execFileSync('mkfifo', [fifo]);
  return fifo;
}
