import { strongerMode } from '../core/index.ts';
import type { RelationImpact, StatementImpact } from './impact.ts';
import { blockedBy, describeBlocked, describeWait, sqlOfMode } from './modes.ts';

const works = { none: '', scan: ' and reads all of it', rewrite: ' and rewrites it' } as const;

/** `takes ACCESS EXCLUSIVE on app.orders and rewrites it`. */
const describeRelationImpact = ({ relation, mode, work, isHeld }: RelationImpact): string =>
  isHeld
    ? `holds ${sqlOfMode(mode)} on ${relation} since an earlier statement${works[work]}`
    : `takes ${sqlOfMode(mode)} on ${relation}${works[work]}`;

/** What a statement locks, a line for each relation that it locks so that somebody waits; none where nobody does. */
export const locksInWords = ({ relations }: StatementImpact): string[] =>
  relations.filter(({ mode, work }) => blockedBy(mode).writes || work !== 'none').map(describeRelationImpact);

/** What a statement blocks and waits for, in one sentence; null where it locks nothing that was there before. */
export function effectInWords({ relations, waitsForAll }: StatementImpact): string | null {
  const strongest = relations.reduce<RelationImpact | null>(
    (known, one) => (known === null || strongerMode(known.mode, one.mode) !== known.mode ? one : known),
    null,
  );
  if (strongest === null) return null;
  const { mode, isHeld } = strongest;
  const waits = waitsForAll
    ? 'waits for every open transaction of the database, while others go on'
    : isHeld
      ? null
      : describeWait(mode);
  return `blocks ${describeBlocked(mode)}${waits === null ? '' : `; ${waits}`}`;
}
