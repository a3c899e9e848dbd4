import type pg from 'pg';

/** What of the driver's query is hooked into; its types leave it out. */
export interface Submitted {
  callback: (error: Error | null, results: pg.QueryResult | pg.QueryResult[]) => void;
  handleDataRow(message: { readonly length: number }): void;
  handleCommandComplete(message: unknown, connection: unknown): void;
}

/** Rows of a statement that nobody inspects are kept up to here, in bytes. */
const mostUnread = 64 * 1024 * 1024;

/** Lets go of the rows that come for a statement which is not ours, once they are many. */
export function keepLittle(query: Submitted, isOurs: (statement: number) => boolean): void {
  let statement = 0;
  let unread = 0;
  const { handleDataRow, handleCommandComplete } = query;
  query.handleDataRow = (message) => {
    if (!isOurs(statement)) unread += message.length + bytesOfRow;
    if (isOurs(statement) || unread <= mostUnread) handleDataRow.call(query, message);
  };
  query.handleCommandComplete = (...args) => {
    statement += 1;
    handleCommandComplete.apply(query, args);
  };
}

/** What a row takes in memory beside its values. */
const bytesOfRow = 128;
