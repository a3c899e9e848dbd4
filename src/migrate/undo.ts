import { SlipwayError } from '../core/index.ts';
import { type Inspection, inspect } from '../inspect/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { isOfBaseline } from '../ledger/taken-in.ts';
import { restore, undoing } from '../ledger/write.ts';
import type { Migration, MigrationSet } from '../migrations/index.ts';
import { downOf } from '../migrations/names.ts';
import { plan } from '../plan/index.ts';
import { explainRefusal } from '../plan/refusal.ts';
import type { Script } from '../sql/index.ts';
import { applyInTransaction } from './apply.ts';
import { LockWaiter } from './lock-waiter.ts';
import { prepareScript } from './prepare-script.ts';
import type { Run, StepResult } from './run.ts';
import type { Work } from './step.ts';

export async function undoNewest(run: Run): Promise<{ version: string; name: string; ms: number }> {
  const row = newestRow(run, await inspect(run));
  const { script, format } = undoScript(row, run.set);
  const body = await prepareScript(script, 'migration', 'down', run.log);
  const title = `${row.version}_${row.name}`;
  let left: LedgerRow | undefined;
  const work: Work = {
    title: `the undoing of ${title}`,
    script,
    version: row.version,
    body,
    ledgerWrite: undoing(run.ledger, row.version),
    revert: restore(run.ledger, row.version),
    proof: null,
    isStillRight: ({ state }) => {
      const newest = state.kind === 'managed' ? state.rows.at(-1) : undefined;
      if (newest?.version !== row.version) return false;
      // The lock is ours here: whoever began it is gone.
      left = newest.state === 'running' ? newest : undefined;
      return newest.state === 'done';
    },
    begin: () =>
      run.log.info(
        { event: 'undoing', version: row.version, file: script.source.path, format },
        `undoing ${title}`,
      ),
  };
  const waiter = new LockWaiter(run);
  for (;;) {
    const result = await undo(run, work);
    if (result.kind === 'done') return { version: row.version, name: row.name, ms: result.ms };
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

async function undo(run: Run, work: Work): Promise<StepResult> {
  if (!work.script.directives.noTransaction) return applyInTransaction(run, work);
  const { applyOutsideTransaction } = await import('./apply-concurrently.ts');
  return applyOutsideTransaction(run, work, false);
}

function newestRow(run: Run, { state }: Inspection): LedgerRow {
  const planned = plan(state, run.set, { ...run.planOptions, onAhead: 'warn', allowOutOfOrder: true });
  if (planned.kind === 'refused') throw new SlipwayError(explainRefusal(planned.refusal));
  const newest = state.kind === 'managed' ? state.rows.at(-1) : undefined;
  if (newest) return newest;
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

function undoScript(row: LedgerRow, set: MigrationSet): { script: Script; format: Script['format'] } {
  const cannot = (message: string, remedy: string, migration?: Migration): SlipwayError =>
    new SlipwayError({ exit: 'usage', place: migration && { file: migration.source.path }, message, remedy });
  if (isOfBaseline(row) || row.version === set.baseline?.version) {
    throw cannot(
      `${row.version} is the baseline, which cannot be undone`,
      'Restore a backup, or use an empty database.',
    );
  }
  const migration = set.migrations.find(({ version }) => version === row.version);
  if (!migration) {
    throw cannot(
      `${row.version}_${row.name} is not in this image, nor is its down file`,
      'Use the image that contains it.',
    );
  }
  if (migration.directives.irreversible) {
    throw cannot(
      'the migration is marked irreversible',
      'Write what is wanted instead as a new migration.',
      migration,
    );
  }
  if (migration.down) return { script: migration.down, format: migration.down.format };
  if (migration.format === 'module') return { script: migration, format: 'module' };
  throw cannot(
    'the migration has no down file',
    `Write ${downOf(migration.source.path)}, or a new migration that undoes it.`,
    migration,
  );
}
