import { readBytes, readSmall, reasonOf, regularFile, SlipwayError } from '../core/index.ts';
import { isLarge, LargeFile } from './large-file.ts';

/** A script's bytes; null where nothing is there. @throws SlipwayError (66) for what is unreadable. */
export const readOptional = (path: string): Buffer | LargeFile | null => ifThere(path, readScript);

/**
 * A script's bytes.
 *
 * @param isRegular whether its folder told that it is a regular file; else it is asked what it is before it is opened.
 * @throws SlipwayError (66) where it is absent or unreadable.
 */
export function readRequired(path: string, isRegular: boolean): Buffer | LargeFile {
  try {
    return (isRegular ? readSmall(path) : null) ?? readScript(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readScript(path: string): Buffer | LargeFile {
  const stats = regularFile(path);
  return (isLarge(stats.size) ? LargeFile.read(path) : null) ?? readBytes(path, 'script', stats);
}

/** null where there is nothing. @throws SlipwayError (66) for what is unreadable. */
export function ifThere<T>(path: string, inspection: (path: string) => T): T | null {
  try {
    return inspection(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): SlipwayError {
  const { message, remedy } =
    (cause as NodeJS.ErrnoException).code === 'ENOTDIR'
      ? {
          message: 'a file stands where a directory should be',
          remedy:
            'Remove the file, or name the right folder: SLIPWAY_MIGRATIONS names the folder, not a file in it.',
        }
      : reasonOf(cause);
  return new SlipwayError({ exit: 'files', place: { file: path }, message, remedy }, { cause });
}
