import type pg from 'pg';
import type { OwnStatement } from './batch.ts';

/** Nothing is to be done in this transaction. */
export class Abort extends Error {
  readonly result: 'busy' | 'changed' | 'again' | 'odd';

  /**
   * @param result `again`: what was remembered of the session is right no more; `odd`: the ledger that was just made is
   *   not as it was asked for.
   */
  constructor(result: Abort['result']) {
    super(result);
    this.result = result;
  }
}

/** A statement that the server refuses (22012, division_by_zero), and all that follows it, where the query has no row. */
export const assertion = (query: string, otherwise: Abort['result']): OwnStatement => ({
  sql: assertionQuery(query),
  refused: abortUnless(otherwise),
});

/** What the refusal of a statement that divides means: NotNow. */
export const abortUnless =
  (otherwise: Abort['result']) =>
  (error: pg.DatabaseError): unknown =>
    error.code === divisionByZero ? new Abort(otherwise) : error;

/** Divides by the count of a query's rows. */
export const assertionQuery = (query: string): string =>
  `SELECT 1 / (SELECT count(*) FROM (${query}) AS demanded)`;

/** What a statement gives that divides by a count of no rows. */
export const divisionByZero = '22012';
