import type pg from 'pg';
import type { Session } from '../postgres/index.ts';
import type { OwnStatement } from './batch.ts';

/** A query that is sent again and again. */
export interface Prepared {
  readonly query: string;
  /** What changes in it, `$1`: its type, and its value as an expression of SQL; null where nothing does. */
  readonly parameter: { readonly type: string; readonly value: string } | null;
}

/** What the names of ours begin with. */
export const ownPrefix = 'slipway_';

/**
 * Statements that a session has prepared, so that the server plans them once. They live as long as the session, and
 * whoever is behind a pooler that hands sessions out by transaction cannot have any.
 */
export class PreparedStatements {
  #session: Session | null = null;
  readonly #names = new Map<string, string>();
  /** A migration that prepares under a name of ours would be asked in its place: none guesses it. */
  readonly #prefix = `${ownPrefix}${Math.random().toString(36).slice(2, 10)}`;
  #count = 0;

  /**
   * The statements that ask: EXECUTE, and PREPARE ahead of it where that was not done in this session.
   *
   * @param refused what it means that the server refuses it.
   * @param gone what to throw where the statement is not what is remembered of it: a migration may have said DEALLOCATE.
   *   All are prepared anew the next time.
   */
  asking(
    session: Session,
    { query, parameter }: Prepared,
    refused: (error: pg.DatabaseError) => unknown,
    gone: () => unknown,
  ): OwnStatement[] {
    if (this.#session !== session) this.#names.clear();
    this.#session = session;
    const known = this.#names.get(query);
    // A new name each time: what became of an earlier one is not known where its transaction failed.
    if (known === undefined) this.#count += 1;
    const name = known ?? `${this.#prefix}_${this.#count}`;
    const forget = (error: pg.DatabaseError, otherwise: typeof refused): unknown => {
      if (!forgotten.includes(error.code ?? '')) return otherwise(error);
      this.#names.clear();
      return gone();
    };
    const execute: OwnStatement = {
      sql: `EXECUTE ${name}${parameter ? ` (${parameter.value})` : ''}`,
      refused: (error) => forget(error, refused),
    };
    const prepare: OwnStatement = {
      sql: `PREPARE ${name}${parameter ? ` (${parameter.type})` : ''} AS ${query}`,
      refused: (error) => forget(error, () => error),
      done: () => void this.#names.set(query, name),
    };
    return known === undefined ? [prepare, execute] : [execute];
  }

  /** A query without parameters as it is to be sent: by its name, where the session has prepared it. */
  shortest(session: Session, query: string): string {
    const name = this.#session === session ? this.#names.get(query) : undefined;
    return name === undefined ? query : `EXECUTE ${name}`;
  }
}

/** invalid_sql_statement_name and duplicate_prepared_statement. */
const forgotten = ['26000', '42P05'];
