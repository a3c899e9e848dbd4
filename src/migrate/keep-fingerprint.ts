import type { Inspection } from '../inspect/index.ts';
import { keepFingerprint } from '../ledger/fingerprint.ts';
import { sendBatch } from './batch.ts';
import { ending } from './own-session.ts';
import type { Run } from './run.ts';
import { leaveTransaction, underLock } from './transaction.ts';

/**
 * Keeps with the newest version's row by what the next start knows the schema that this inspection has read, under the
 * app's lock if that is free, in one round trip. It is no more than a hint: nothing waits for it to reach the disk, and
 * where it cannot be written all is well without.
 *
 * @throws the reason for which the run was aborted.
 */
export async function keepFingerprintOf(run: Run, inspection: Inspection): Promise<void> {
  const { session, ledger, memory, log, signal } = run;
  const { state, toKeep } = inspection;
  const version = state.kind === 'managed' ? state.rows.at(-1)?.version : undefined;
  if (toKeep === null || version === undefined) return;
  memory.inspected(inspection);
  try {
    const result = await underLock(
      run,
      ({ state: now }) => now.kind === 'managed' && now.rows.at(-1)?.version === version,
      async ({ ahead }) => {
        const keep = ['SET LOCAL synchronous_commit = off', keepFingerprint(ledger, version, toKeep)];
        const sent = await sendBatch(session, { before: ahead, body: null, after: [...keep, ...ending] });
        await leaveTransaction(run, sent);
        return true;
      },
      { isSharing: true },
    );
    log.debug({ event: 'fingerprint', version, result }, `fingerprint of the catalog: ${said[result]}`);
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    log.debug(
      { event: 'fingerprint', version, reason },
      `the fingerprint of the catalog was not kept: ${reason}`,
    );
  } finally {
    memory.forgetsLedger();
  }
}

const said = {
  committed: 'kept for the next start',
  busy: 'not kept, since another run is at work',
  changed: 'not kept, since the ledger has changed',
} as const;
