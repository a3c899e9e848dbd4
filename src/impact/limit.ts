import { greaterWork, type LockLimit, lockModes, strongerMode, tableWorks } from '../core/index.ts';
import type { FileImpact } from './impact.ts';
import { blockedBy } from './modes.ts';

/** What goes beyond a limit: a lock, or what is done with the rows while writes are blocked. */
export interface Excess extends LockLimit {
  readonly relation: string;
  readonly isLock: boolean;
  readonly isWork: boolean;
}

/**
 * What of a file goes beyond a limit. A scan or a rewrite counts only under a lock that blocks writes: VALIDATE
 * CONSTRAINT and CREATE INDEX CONCURRENTLY read the whole table and hold up nobody.
 *
 * @param allowed what the file itself allows, which raises the limit; null: nothing.
 */
export function excessOf(impact: FileImpact, limit: LockLimit, allowed: Partial<LockLimit> | null): Excess[] {
  const mode = allowed?.mode ? strongerMode(limit.mode, allowed.mode) : limit.mode;
  const work = allowed?.work ? greaterWork(limit.work, allowed.work) : limit.work;
  return [...impact].flatMap(([relation, found]): Excess[] => {
    const isLock = lockModes.indexOf(found.mode) > lockModes.indexOf(mode);
    const isWork = blockedBy(found.mode).writes && tableWorks.indexOf(found.work) > tableWorks.indexOf(work);
    return isLock || isWork ? [{ relation, ...found, isLock, isWork }] : [];
  });
}

/** Whether a limit allows everything, and nothing need be known of a file. */
export const allowsAll = ({ mode, work }: Partial<LockLimit>): boolean =>
  mode === 'access-exclusive' && work === 'rewrite';
