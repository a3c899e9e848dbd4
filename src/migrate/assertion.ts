import type pg from 'pg';
import type { Own } from './batch.ts';

/** Nothing is to be done in this transaction. */
export class NotNow extends Error {
  readonly result: 'busy' | 'changed' | 'again' | 'odd';

  /**
   * @param result `again`: what was remembered of the session is right no more; `odd`: the ledger that was just made is
   *   not as it was asked for.
   */
  constructor(result: NotNow['result']) {
    super(result);
    this.result = result;
  }
}

/** A statement that the server refuses (22012, division_by_zero), and all that follows it, where the query has no row. */
export const demand = (query: string, otherwise: NotNow['result']): Own => ({
  sql: dividing(query),
  refused: unless(otherwise),
});

/** What the refusal of a statement that divides means: NotNow. */
export const unless =
  (otherwise: NotNow['result']) =>
  (error: pg.DatabaseError): unknown =>
    error.code === divisionByZero ? new NotNow(otherwise) : error;

/** Divides by the count of a query's rows. */
export const dividing = (query: string): string => `SELECT 1 / (SELECT count(*) FROM (${query}) AS demanded)`;

/** What a statement gives that divides by a count of no rows. */
export const divisionByZero = '22012';
