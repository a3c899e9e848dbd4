import { ledgerTable } from '../ledger/index.ts';
import { grantReader } from '../ledger/write.ts';
import { literal } from '../postgres/index.ts';
import { pinned } from './own-session.ts';
import type { Run } from './run.ts';

/** Lets the roles of SLIPWAY_READERS read the ledger that may not yet, in the transaction that is open. */
export async function grantReaders({ session, config, ledger, log }: Run): Promise<void> {
  if (config.readers.length === 0) return;
  const names = config.readers.map(literal).join(', ');
  const rows = await session.rows(
    `${pinned(config.role).join('; ')}; SELECT rolname AS name,
      has_schema_privilege(oid, ${literal(ledger.schema)}, 'USAGE') AND has_table_privilege(oid, ${literal(ledgerTable(ledger))}, 'SELECT') AS is_let_in
      FROM pg_roles WHERE rolname IN (${names})`,
  );
  const present = new Set(rows.map(({ name }) => String(name)));
  for (const role of config.readers.filter((name) => !present.has(name))) {
    log.warn({ event: 'reader', role }, `SLIPWAY_READERS names the role "${role}", which does not exist`);
  }
  const grants = rows
    .filter((row) => row.is_let_in !== true)
    .map(({ name }) => grantReader(ledger, String(name)));
  if (grants.length > 0) await session.run(grants.join('; '));
}

/**
 * The same where nothing is to be applied, such as for a role that came after the last version. It is not what the run is
 * for: where it cannot be granted, that is said, and the database is at head all the same.
 *
 * @throws the reason for which the run was aborted.
 */
export async function letReadersIn(run: Run): Promise<void> {
  const { session, log, signal } = run;
  try {
    await session.run('BEGIN');
    await grantReaders(run);
    await session.run('COMMIT');
  } catch (error) {
    signal.throwIfAborted();
    if (session.isLost) throw error;
    await session.run('ROLLBACK');
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ event: 'readersNotGranted', reason }, `SLIPWAY_READERS may not read the ledger: ${reason}`);
  }
}
