import { SlipwayError, throwAll } from '../core/index.ts';
import { type Inspection, inspect } from '../inspect/index.ts';
import { goesOn, type LedgerRow, progressOf, undoingLeft } from '../ledger/index.ts';
import { reachUndoing, restore, undoing } from '../ledger/write.ts';
import type { Version } from '../migrations/index.ts';
import { plan, type Refusal } from '../plan/index.ts';
import { explainRefusal } from '../plan/refusal.ts';
import { type DownTarget, planUndoing, type UndoStep } from '../plan/undoing.ts';
import { applyInTransaction } from './apply.ts';
import { LockWaiter } from './lock-waiter.ts';
import { LossGuard } from './losses.ts';
import { limitOf } from './max-lock.ts';
import { prepareScript } from './prepare-script.ts';
import type { Run, StepResult } from './run.ts';
import type { Work } from './step.ts';

/** A version that was undone. */
export interface UndoneVersion {
  readonly version: Version;
  readonly name: string;
  readonly ms: number;
}

/** What is to be undone, and how. */
export interface UndoRequest {
  readonly target: DownTarget;
  /** Whether it may take rows away for good. */
  readonly mayLose: boolean;
  /** Is told of each version as soon as it is undone. */
  readonly undone?: (version: UndoneVersion) => void;
}

/**
 * Undoes versions, the newest first, each in a transaction of its own.
 *
 * @throws SlipwayError (64) before anything is undone where one of them cannot be, and at the first that would lose rows;
 *   (75) where another run was faster; what the down files throw.
 */
export async function undo(run: Run, { target, mayLose, undone }: UndoRequest): Promise<UndoneVersion[]> {
  const planned = planUndoing(rowsOf(run, await inspect(run)), run.set, target);
  if (planned.kind === 'refused') {
    throwAll(planned.reasons.map((reason) => new SlipwayError(reason)));
    return [];
  }
  const bodies = new Map(
    await Promise.all(
      planned.steps.map(
        async ({ row, script }) =>
          [row.version, await prepareScript(script, 'migration', 'down', run.log)] as const,
      ),
    ),
  );
  const all: UndoneVersion[] = [];
  for (const step of planned.steps) {
    run.signal.throwIfAborted();
    const body = bodies.get(step.row.version) as Work['body'];
    const one = await undoOne(run, step, { body, mayLose });
    run.memory.forgetsLedger();
    all.push(one);
    undone?.(one);
  }
  return all;
}

async function undoOne(
  run: Run,
  { row, script }: UndoStep,
  { body, mayLose }: { readonly body: Work['body']; readonly mayLose: boolean },
): Promise<UndoneVersion> {
  const { version, name } = row;
  const title = `${version}_${name}`;
  const guard = mayLose ? null : new LossGuard(run, script, title);
  const isOutside = script.directives.noTransaction;
  const isResumed = goesOn(undoingLeft(script, row));
  if (isOutside) guard?.assertCountable(body);
  else await guard?.begin();
  let left: LedgerRow | undefined;
  let isSaid = false;
  const ledgerWrite = undoing(run.ledger, version);
  const work = (): Work => ({
    title: `the undoing of ${title}`,
    script,
    version,
    body,
    limit: limitOf(run, script),
    ledgerWrite: { ...ledgerWrite, open: [...(guard?.ahead() ?? []), ...ledgerWrite.open] },
    reach: (done, isBegun) => reachUndoing(run.ledger, version, progressOf(script, done, isBegun)),
    revert: restore(run.ledger, version, row.state),
    proof: isOutside ? null : (guard?.proof ?? null),
    isStillRight: ({ state }) => {
      const newest = state.kind === 'managed' ? state.rows.at(-1) : undefined;
      if (newest?.version !== version) return false;
      // What is repeated is undone as far as it came. The lock is ours here: whoever began anything else is gone.
      const isRunning = newest.state === 'running' && newest.repeated === undefined;
      const isLeft = isRunning && !(isResumed && goesOn(undoingLeft(script, newest)));
      left = isLeft ? newest : undefined;
      return !isLeft && isRunning === isResumed;
    },
    begin: () => {
      if (isSaid) return;
      isSaid = true;
      const { format, source } = script;
      run.log.info({ event: 'undoing', version, file: source.path, format }, `undoing ${title}`);
    },
  });
  const waiter = new LockWaiter(run);
  for (;;) {
    const result = await runWork(run, work(), isResumed).catch(async (error) => {
      if (await guard?.mayRunAgain(error)) return null;
      throw error;
    });
    if (result === null) continue;
    if (result.kind === 'done') return { version, name, ms: result.ms };
    if (left) throw new SlipwayError(explainRefusal({ kind: 'interrupted', row: left, migration: null }));
    if (result.kind === 'changed') {
      throw new SlipwayError({
        exit: 'temporary',
        message: `${title} is no longer the newest version: another run changed that`,
        remedy: 'See `slipway status`, then start again.',
      });
    }
    await waiter.wait();
  }
}

async function runWork(run: Run, work: Work, isResumed: boolean): Promise<StepResult> {
  if (!work.script.directives.noTransaction) return applyInTransaction(run, work);
  const { applyOutsideTransaction } = await import('./apply-concurrently.ts');
  return applyOutsideTransaction(run, work, isResumed);
}

/** Whether what stands in the way is an undoing that was interrupted, and can be finished. */
function goesOnUndoing({ set }: Run, refusal: Refusal): boolean {
  if (refusal.kind !== 'interrupted') return false;
  const { row } = refusal;
  const down = set.migrations.find(({ version }) => version === row.version)?.down;
  return down != null && goesOn(undoingLeft(down, row));
}

/** The rows of a database that is managed. @throws SlipwayError (64) where nothing is to be undone, and as `plan` refuses. */
function rowsOf(run: Run, { state }: Inspection): readonly LedgerRow[] {
  const planned = plan(state, run.set, { ...run.planOptions, onAhead: 'warn', allowOutOfOrder: true });
  const isRefused = planned.kind === 'refused' && !goesOnUndoing(run, planned.refusal);
  if (isRefused) throw new SlipwayError(explainRefusal(planned.refusal));
  if (state.kind === 'managed' && state.rows.length > 0) return state.rows;
  throw new SlipwayError(
    planned.kind === 'adopt'
      ? {
          exit: 'usage',
          message: `nothing to undo: the database has no ledger, and its schema matches ${planned.version}`,
          remedy: '`slipway adopt` puts it under management; then it can be undone.',
        }
      : {
          exit: 'usage',
          message: 'nothing to undo: the database is empty',
          remedy: '`slipway up` brings it to head.',
        },
  );
}
