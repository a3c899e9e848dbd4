import pg from 'pg';
import { readOnlyPreamble } from '../../src/inspect/queries.ts';
import { ledgerQuery } from '../../src/ledger/query.ts';
import { snapshotQuery } from '../../src/schema/catalog/snapshot.ts';
import type { Target } from '../peer.ts';

const ledger = { schema: 'slipway', app: 'default' };

/**
 * How long the server takes for the one query of a start at head, milliseconds: asked first thing in a session that
 * was set up before the clock ran, from a process that is warm.
 *
 * @param isLocked whether there is a lock file, and the schema is asked for besides the ledger.
 */
export async function queryMs(target: Target, isLocked: boolean): Promise<number> {
  const { host, port, user, password, database } = target;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    const serverQuery = [
      `${readOnlyPreamble(null)} ${ledgerQuery(ledger)}`,
      ...(isLocked ? [snapshotQuery({ ledger, withPrivileges: false })] : []),
    ].join('; ');
    const start = performance.now();
    await client.query(serverQuery);
    return performance.now() - start;
  } finally {
    await client.end();
  }
}
