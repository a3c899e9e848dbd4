import type { Session } from '../postgres/index.ts';
/** By what is told whether a statement that failed has left anything. */
export interface TransactionTrace {
  /** How many transactions the server process has begun. */
  readonly transactions: bigint;
  /** A digest of all indexes, with whether they are valid, and of what is a partition of what. */
  readonly marks: string;
}

/**
 * Looks, in one message. What runs CONCURRENTLY commits its first step with a mark in `pg_index` or `pg_inherits`
 * before it waits for anybody (PostgreSQL docs, CREATE INDEX, REINDEX, ALTER TABLE ... DETACH PARTITION); transactions
 * of a process are numbered without a gap (docs 74.1, "virtual transaction ID").
 *
 * @throws as `Session.rows`.
 */
export async function traceOf(session: Session): Promise<TransactionTrace> {
  const digest = (catalog: string): string =>
    `(SELECT count(*) || ' ' || coalesce(sum(hashtextextended(x::text, 0)), 0) FROM ${catalog} x)`;
  const [row] = await session.rows(
    `SET LOCAL search_path = pg_catalog, pg_temp;
     SELECT split_part(virtualtransaction, '/', 2) AS transactions, ${digest('pg_index')} || ', ' || ${digest('pg_inherits')} AS marks
       FROM pg_locks WHERE locktype = 'virtualxid' AND pid = pg_backend_pid() LIMIT 1`,
  );
  return { transactions: BigInt(String(row?.transactions)), marks: String(row?.marks) };
}

/**
 * Whether a statement that failed left nothing: it began no transaction besides the one that was rolled back, or, where
 * it runs CONCURRENTLY, none that left a mark.
 *
 * @param before what was inspected in the message ahead of it.
 * @param after what was inspected in the next message after it.
 */
export const isUntouched = (
  before: TransactionTrace,
  after: TransactionTrace,
  isConcurrent: boolean,
): boolean =>
  after.transactions - before.transactions <= transactionsBetween ||
  (isConcurrent && after.marks === before.marks);

/** That of the statement, and the inspection's own. */
const transactionsBetween = 2n;
