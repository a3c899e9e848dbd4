import type { Alteration, AlterContext, ObjectChange } from '../objects/common/alteration.ts';
import { families } from '../objects/index.ts';
import { alterTimescale } from '../objects/timescale/alter.ts';

/** How one object of a schema becomes what it is to be. */
export function alterObject(change: ObjectChange, context: AlterContext): Alteration {
  const kept = alterTimescale(change, context);
  if (kept !== null && (kept.way !== 'steps' || change.kind !== 'table')) return kept;
  const own = families[change.kind].alter(change, context);
  return kept?.way === 'steps' && own.way === 'steps'
    ? { ...own, steps: [...own.steps, ...kept.steps] }
    : own;
}
