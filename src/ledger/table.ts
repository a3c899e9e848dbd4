import { createHash } from 'node:crypto';
import type { Version } from '../migrations/index.ts';
import { identifier, literal } from '../postgres/index.ts';
/** The newest form of the ledger table that this program can read and write. */
export const ledgerFormat = 1;

/** Which ledger, and whose rows in it. */
export interface LedgerName {
  readonly schema: string;
  readonly app: string;
}

/** The columns that every format has: without them the table is not a ledger of ours. */
export const eternalColumns = ['app', 'version', 'state', 'format'] as const;

/** The columns that this program writes, each with the types that it may have, as PostgreSQL calls them. */
export const ledgerColumns: Readonly<Record<string, readonly string[]>> = {
  app: ['text'],
  version: ['text'],
  state: ['text'],
  format: ['smallint', 'integer', 'bigint'],
  name: ['text'],
  kind: ['text'],
  origin: ['text'],
  checksum: ['text'],
  started_at: ['timestamp with time zone'],
  finished_at: ['timestamp with time zone'],
  duration_ms: ['bigint'],
  applied_by: ['text'],
  slipway: ['text'],
  run: ['text'],
  transaction_id: ['text'],
  accepted: ['jsonb'],
};

/** `"schema".ledger`, quoted for SQL. */
export const ledgerTable = ({ schema }: Pick<LedgerName, 'schema'>): string => `${identifier(schema)}.ledger`;

/** The advisory lock's key: one for each app and ledger, a signed 64-bit number as text. */
export function advisoryKey({ schema, app }: LedgerName): string {
  return keyOf(`slipway app ${schema} ${app}`);
}

/** The key under which the ledger itself is made, shared by all apps. */
export function creationKey({ schema }: LedgerName): string {
  return keyOf(`slipway ledger ${schema}`);
}

const keyOf = (text: string): string =>
  createHash('sha256').update(text).digest().readBigInt64BE().toString();

/** The condition that names a version's row. */
export const rowOf = (ledger: LedgerName, version: Version): string =>
  `app = ${literal(ledger.app)} AND version = ${literal(version)}`;
