import {
  type Allowance,
  greaterWork,
  type LockLimit,
  lockModes,
  noAllowance,
  strongerMode,
  tableWorks,
} from '../core/index.ts';
import type { FileImpact } from './impact.ts';
import { blockedBy, sqlOfMode } from './modes.ts';

/** What of a file goes beyond a limit: a lock, or what is done with the rows while writes are blocked. */
export interface Excess extends LockLimit {
  readonly relation: string;
  /** What to allow in the file. */
  readonly allow: readonly string[];
}

/**
 * What of a file goes beyond a limit. A scan or a rewrite counts only under a lock that blocks writes: VALIDATE
 * CONSTRAINT and CREATE INDEX CONCURRENTLY read the whole table and hold up nobody.
 *
 * @param allowed what the file itself allows, which raises the limit.
 */
export function excessOf(
  impact: FileImpact,
  limit: LockLimit,
  allowed: Allowance = noAllowance,
): readonly Excess[] {
  const mode = allowed.mode === null ? limit.mode : strongerMode(limit.mode, allowed.mode);
  const work = greaterWork(limit.work, allowed.work);
  return [...impact].flatMap(([relation, found]): Excess[] => {
    const allow = [
      ...(lockModes.indexOf(found.mode) > lockModes.indexOf(mode) ? [found.mode] : []),
      ...(blockedBy(found.mode).writes && tableWorks.indexOf(found.work) > tableWorks.indexOf(work)
        ? [found.work]
        : []),
    ];
    return allow.length === 0 ? [] : [{ relation, ...found, allow }];
  });
}

/** Whether a file allows everything, so that nothing need be known of what it does. */
export const allowsAll = (allowed: Allowance): boolean =>
  allowed.mode === 'access-exclusive' && allowed.work === 'rewrite';

/** The limit, as SLIPWAY_MAX_LOCK spells it. */
export const formatLockLimit = ({ mode, work }: LockLimit): string =>
  [
    ...(mode === 'access-exclusive' ? [] : [mode]),
    ...(work === 'rewrite' ? [] : [work === 'scan' ? 'no-rewrite' : 'no-scan']),
  ].join(',') || 'access-exclusive';

/** What goes beyond a limit, in words, and the line that allows it. */
export function describeExcess(
  excess: readonly Excess[],
  limit: LockLimit,
): { readonly message: string; readonly remedy: string } {
  const named = excess.slice(0, mostNamed).map(({ relation, mode, work }) => {
    const does = { none: '', scan: ' and reads all of it', rewrite: ' and rewrites it' }[work];
    return `takes ${sqlOfMode(mode)} on ${relation}${does}`;
  });
  const more = excess.length - named.length;
  const allow = [...new Set(excess.flatMap((one) => one.allow))].join(', ');
  return {
    message: `it ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}: more than SLIPWAY_MAX_LOCK=${formatLockLimit(limit)}`,
    remedy: `slipway check --since shows each statement and how to do it with less. If the tables can be blocked so, let the file say: -- slipway: allow ${allow}`,
  };
}

/** So many relations are named in a message. */
const mostNamed = 3;
