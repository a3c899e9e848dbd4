import { documentedLocks, formatLockLimit, type StatementImpact } from '../impact/index.ts';
import { placeAt } from '../sql/index.ts';
import { BodyFailure } from './body.ts';
import { earlierRelations } from './earlier-relations.ts';
import { hold, type LimitedTask } from './lock-guard.ts';
import { resolveTargets } from './measured-targets.ts';
import { dependsOnRows } from './pieces.ts';
import type { Run } from './run.ts';
import type { StatementPart } from './statement-part.ts';
import { setUp } from './step-session.ts';

/**
 * Holds the statements that cannot run in a transaction against the limit, by their reference pages, before any runs.
 *
 * @throws BodyFailure (65) for what goes beyond it; (78) where nobody can tell.
 */
export async function assertOutside(run: Run, parts: readonly StatementPart[]): Promise<void> {
  const among = new Set((await earlierRelations(run)).keys());
  for (const part of parts) {
    const { work, statement, isAlone } = part;
    if (work.limit === null) return;
    const task = { ...work, limit: work.limit };
    const { words } = statement;
    const documented = documentedLocks(words);
    if (documented !== null) {
      await setUp(run, part);
      hold(task, await resolveTargets(run.session, documented, among), statement);
    } else if (isAlone && dependsOnRows(words)) throw untold(task, statement);
  }
}

const untold = (
  { limit, script: { source } }: LimitedTask,
  { start }: Pick<StatementImpact, 'start'>,
): BodyFailure =>
  new BodyFailure(
    {
      exit: 'config',
      place: placeAt(source, start),
      message: `SLIPWAY_MAX_LOCK is ${formatLockLimit(limit)}, and nobody can tell what this statement locks: it runs outside of a transaction, and may commit by itself`,
      remedy:
        'Leave no-transaction out, so that it is looked at before COMMIT. Where it may lock everything, let the file say: -- slipway: allow access-exclusive, rewrite. For this run alone: SLIPWAY_MAX_LOCK=none.',
    },
    null,
    undefined,
  );
