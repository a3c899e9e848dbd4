import type { RelationImpact, StatementImpact } from './impact.ts';
import { blockedBy, describeBlocked, describeWait, sqlOfMode } from './modes.ts';
import { worstOf } from './safe-way.ts';

const works = { none: '', scan: ' and reads all of it', rewrite: ' and rewrites it' } as const;

/** `takes ACCESS EXCLUSIVE on app.orders and rewrites it`. */
export const describeRelationImpact = ({ relation, mode, work, isHeld }: RelationImpact): string =>
  isHeld
    ? `holds ${sqlOfMode(mode)} on ${relation} since an earlier statement${works[work]}`
    : `takes ${sqlOfMode(mode)} on ${relation}${works[work]}`;

/** What a statement locks, a line for each relation that it locks so that somebody waits; none where nobody does. */
export const locksInWords = ({ relations }: StatementImpact): string[] =>
  relations.filter(({ mode, work }) => blockedBy(mode).writes || work !== 'none').map(describeRelationImpact);

/** What a statement blocks and waits for, in one sentence; null where it locks nothing that was there before. */
export function effectInWords({ relations, waitsForAll }: StatementImpact): string | null {
  const worst = worstOf(relations);
  if (worst === null) return null;
  const waits = waitsForAll
    ? 'waits for every open transaction of the database, while others go on'
    : worst.isHeld
      ? null
      : describeWait(worst.mode);
  return `blocks ${describeBlocked(worst.mode)}${waits === null ? '' : `; ${waits}`}`;
}
