import { createHash } from 'node:crypto';
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
 * Every database of a share. A database's own name and server decide which share has it, so that the shares of a list
 * have none in common, and all of it together, and that a database that comes in between moves none of the others.
 */
export const shareOf = (entries: readonly ListEntry[], { index, of }: Share): ListEntry[] =>
  entries.filter((entry) => numberOf(entry) % of === index);

/** Spread evenly over 32 bits. */
const numberOf = ({ server, database }: ListEntry): number =>
  createHash('sha256').update(`${server}/${database}`).digest().readUInt32BE(0);
