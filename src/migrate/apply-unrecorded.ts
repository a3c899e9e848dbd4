import { nowMs } from '../core/index.ts';
import { bodySettings, runWith, setVariables } from './around-body.ts';
import { retrying } from './retry.ts';
import type { Run, StepResult } from './run.ts';
import type { Task } from './step.ts';
import { underLock } from './transaction.ts';
import { watch } from './watch.ts';

/**
 * Runs a body in one transaction that holds the app's lock, and commits it without a row in the ledger: a part of what
 * is recorded once all of it is there. It backs off from live traffic and is tried again,
 * as a migration is.
 *
 * @throws BodyFailure and what `underLock` throws.
 */
export function applyUnrecorded(run: Run, task: Task): Promise<StepResult> {
  return retrying(run, async (seen) => {
    const startedAt = nowMs();
    const result = await underLock(run, task.isStillRight, async ({ backendPid }) => {
      task.begin();
      await seen.watch?.stop();
      seen.watch = watch(run, task.title, backendPid);
      await setVariables(run, 'LOCAL');
      run.signal.throwIfAborted();
      await runWith(run, task, { before: bodySettings(run, task.script, 'LOCAL'), body: null, after: [] });
      return false;
    });
    return result === 'committed' ? { kind: 'done', ms: Math.round(nowMs() - startedAt) } : { kind: result };
  });
}
