import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SlipwayError } from './errors.ts';

/** A file's new text. */
export interface NewText {
  readonly path: string;
  readonly text: string;
  /** The setting that names it, for the remedy. */
  readonly setting: string;
}

/** Writes a file whole or not at all, its folder too where it is not there. @throws SlipwayError (66) where it cannot be. */
export const replaceFile = (path: string, text: string, setting: string): void =>
  replaceFiles([{ path, text, setting }]);

/**
 * Writes files one after the other, each whole or not at all. All are written aside first, so that what stands in the
 * way of one is found before any is replaced.
 *
 * @throws SlipwayError (66) for the first that cannot be written; those after it are as they were.
 */
export function replaceFiles(files: readonly NewText[]): void {
  const drafts: string[] = [];
  const attempt = ({ path, setting }: NewText, work: (draft: string) => void): void => {
    try {
      work(`${path}.${process.pid}.tmp`);
    } catch (error) {
      for (const draft of drafts) rmSync(draft, { force: true });
      throw new SlipwayError(
        {
          exit: 'files',
          place: { file: path },
          message: `it cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
          remedy: `Make its folder writable, or name another file with ${setting}.`,
        },
        { cause: error },
      );
    }
  };
  for (const file of files) {
    attempt(file, (draft) => {
      drafts.push(draft);
      mkdirSync(dirname(draft), { recursive: true });
      writeFileSync(draft, file.text);
    });
  }
  for (const file of files) attempt(file, (draft) => renameSync(draft, file.path));
}
