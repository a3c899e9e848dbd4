import { SlipwayError } from '../core/index.ts';
import type { ListEntry } from './entries.ts';

/** One of several shares of a list. */
export interface Share {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

/** @throws SlipwayError (64) where it is not INDEX/OF, with an index from 0 to OF - 1. */
export function parseShare(text: string): Share {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim())?.map(Number) ?? [];
  if (index !== undefined && of !== undefined && index < of) return { index, of };
  throw new SlipwayError({
    exit: 'usage',
    message: `--share: ${JSON.stringify(text)} is not one of several shares`,
    remedy:
      'Write INDEX/OF, counted from 0: 0/4 to 3/4. In an Indexed Job of Kubernetes: --share $(JOB_COMPLETION_INDEX)/4, with completions: 4.',
  });
}

/**
 * Every database of a share: each `of`-th of the list, so that the shares of a list have no database in common, and all
 * of it together.
 *
 * @param isOrdered whether the list comes in the same order each time; else the databases are counted in the order of
 *   their names.
 */
export function shareOf(
  entries: readonly ListEntry[],
  { index, of }: Share,
  isOrdered: boolean,
): ListEntry[] {
  const counted = isOrdered
    ? entries
    : [...entries].sort((a, b) => (a.database < b.database ? -1 : a.database > b.database ? 1 : 0));
  const own = new Set(counted.filter((_, at) => at % of === index));
  return entries.filter((entry) => own.has(entry));
}
