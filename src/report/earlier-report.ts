import { closeSync, readSync } from 'node:fs';
import { openRegular, reasonOf, SlipwayError } from '../core/index.ts';

/** How a report begins, as Markdown or as a page: with room for the lines of a page's head. */
const beginning = /^(?:## \P{ASCII}+ slipway |<!doctype html>\n(?:<[^\n]*>\n){1,10}<title>slipway )/u;
const beginningBytes = 4_096;

/**
 * Makes sure that a report takes the place of an earlier report, of an empty file or of none: whoever slips in naming it
 * must not lose a file that somebody wrote.
 *
 * @throws SlipwayError (64) where a file of another kind is there, (66) where it cannot be read.
 */
export function assertReplaceable(path: string): void {
  const text = beginningOf(path);
  if (text === '' || beginning.test(text)) return;
  throw new SlipwayError({
    exit: 'usage',
    place: { file: path },
    message: 'the file is there already and is no report of slipway, so --report does not overwrite it',
    remedy: 'Name another file, or remove this one.',
  });
}

/** @returns the file's first bytes as text; empty where there is no file. */
function beginningOf(path: string): string {
  try {
    const file = openRegular(path);
    try {
      const bytes = Buffer.alloc(beginningBytes);
      return bytes.toString('utf8', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new SlipwayError({ exit: 'files', place: { file: path }, ...reasonOf(error) }, { cause: error });
  }
}
