import type { TestDatabase } from './database.ts';

export interface LedgerEntry {
  readonly version: string;
  readonly state: string;
  readonly run: string;
}

/** The rows of the ledger, oldest version first; none where there is no ledger. */
export async function ledgerOf(database: Pick<TestDatabase, 'query'>): Promise<LedgerEntry[]> {
  const [table] = await database.query("SELECT to_regclass('slipway.ledger') IS NOT NULL AS present");
  if (table?.present !== true) return [];
  return database.query<LedgerEntry>('SELECT version, state, run FROM slipway.ledger ORDER BY version');
}

/** `version:state` of each row. */
export const statesOf = async (database: Pick<TestDatabase, 'query'>): Promise<string[]> =>
  (await ledgerOf(database)).map(({ version, state }) => `${version}:${state}`);
