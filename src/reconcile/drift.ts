import { type Failure, SlipwayError } from '../core/index.ts';
import { type DatabaseState, type Inspection, inspect } from '../inspect/index.ts';
import { withOthers } from '../inspect/made-by-others.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { acceptedIn } from '../ledger/rows.ts';
import { repairingBy } from '../ledger/write.ts';
import { expectedAt, type Lock, lockedVersions } from '../lockfile/index.ts';
import { type Run, withRun } from '../migrate/index.ts';
import { acceptOrder } from '../migrate/own-script.ts';
import type { Version } from '../migrations/index.ts';
import { explainRefusal } from '../plan/refusal.ts';
import { diff, hasDrift } from '../schema/compare/index.ts';
import { describeDifferences } from '../schema/compare/text.ts';
import { beginFix } from './phases.ts';
import type { ReconcileRequest } from './request.ts';
import { type FixedBy, lockOf, readFix, runFix, sayForecast } from './run.ts';
import { type WrittenFix, writeFix } from './write.ts';

/**
 * Writes the fix that brings a managed database back to the newest version of its ledger.
 *
 * @throws SlipwayError (64) where the database is not managed, (82) where the lock does not know its version; what
 *   `writeFix` throws.
 */
export function writeDriftFix(app: ReconcileRequest, file: string): Promise<WrittenFix> {
  const phase = beginFix(app);
  return withRun(app, { isWriter: false }, async (run) => {
    const lock = lockOf(run);
    const { rows, others } = await managed(run);
    const version = newest(run, lock, rows);
    const accepted = acceptedIn(rows);
    return writeFix(app, run, lock, { file, version, command: 'repair', accepted, others, phase });
  });
}

/**
 * Runs a fix on a managed database, and keeps it where nothing drifts from its version then.
 *
 * @throws SlipwayError (65) for the fix, (85) with the difference that is left; nothing is kept then.
 */
export async function repairByFix(app: ReconcileRequest, file: string): Promise<FixedBy> {
  const fix = await readFix(file);
  return withRun(app, { isWriter: true }, async (run) => {
    const lock = lockOf(run);
    for (let isFirst = true; ; isFirst = false) {
      const { rows, others } = await managed(run);
      const version = newest(run, lock, rows);
      if (fix.version !== version) throw otherVersion(file, fix.version, version);
      if (isFirst) await sayForecast(app, run, fix);
      const wanted = expectedAt(lock, version);
      const options = {
        ignore: lock.options.ignore,
        texts: run.inspectOptions.texts(),
        accepted: acceptedIn(rows),
      };
      const ms = await runFix(run, fix, {
        ledgerWrite: repairingBy(run.ledger, version, fix.applied),
        isStillRight: ({ state }) =>
          state.kind === 'managed' &&
          state.rows.at(-1)?.version === version &&
          state.rows.at(-1)?.state === 'done',
        check: (snapshot) => {
          const comparison = diff(wanted, withOthers(snapshot, others), options);
          if (!hasDrift(comparison)) {
            const order = acceptOrder(comparison);
            const accepted = Object.keys(order).length > 0 ? { ...rows.at(-1)?.accepted, ...order } : {};
            return { kind: 'right', accepted };
          }
          const error = new SlipwayError({
            exit: 'drift',
            place: { file },
            message: `after the fix the schema does not match ${version}`,
            detail: describeDifferences(comparison),
            remedy:
              fix.ahead.length === 0
                ? 'It was rolled back, and nothing was touched. Correct the file, and run it again.'
                : 'Its last part was rolled back.',
          });
          return { kind: 'wrong', error };
        },
        withPrivileges: lock.options.privileges,
      });
      if (ms !== null) return { version, recorded: 0, fix: fix.applied, ms };
    }
  });
}

const otherVersion = (file: string, version: Version, newest: Version): SlipwayError =>
  new SlipwayError({
    exit: 'usage',
    place: { file },
    message: `the fix is for version ${version}, and the database is at ${newest}`,
    remedy: 'Write it again: slipway repair --write-fix FILE',
  });

async function managed(
  run: Run,
): Promise<{ readonly rows: readonly LedgerRow[] } & Pick<Inspection, 'others'>> {
  const { state, others } = await inspect(run, { ...run.inspectOptions, withDrift: true });
  if (state.kind === 'managed') return { rows: state.rows, others };
  throw new SlipwayError(notManaged(state));
}

function notManaged(state: Exclude<DatabaseState, { kind: 'managed' }>): Failure {
  switch (state.kind) {
    case 'corrupt':
      return explainRefusal(state);
    case 'newer':
      return explainRefusal({ kind: 'newerLedger', format: state.format });
    case 'empty':
      return {
        exit: 'usage',
        message: 'nothing to fix: the database is empty for this app',
        remedy: '`slipway up` makes the schema. Is it the right database?',
      };
    case 'unmanaged':
      return {
        exit: 'usage',
        message: 'the database is not managed: the ledger has no row of this app',
        remedy: 'To bring it under management: slipway adopt --write-fix FILE',
      };
  }
}

/** The version to come back to. @throws SlipwayError where it is under way, or the lock cannot vouch for it. */
function newest({ set, config }: Run, lock: Lock, rows: readonly LedgerRow[]): Version {
  const row = rows.at(-1);
  if (row?.state === 'running') {
    throw new SlipwayError(explainRefusal({ kind: 'interrupted', row, migration: null }));
  }
  const version = row?.version ?? '';
  if (lockedVersions(lock).includes(version)) return version;
  if (version > set.head) {
    throw new SlipwayError(
      explainRefusal({ kind: 'ahead', head: set.head, versions: [version], newerBaseline: null }),
    );
  }
  throw new SlipwayError({
    exit: 'disagree',
    place: { file: config.lockfile },
    message: `the database is at ${version}, which is missing from the lock file`,
    remedy: 'Use the image that last ran on this database, or bring it to head first: slipway up',
  });
}
