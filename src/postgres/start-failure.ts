import pg from 'pg';
import type { ConnInfo, Host } from '../config/index.ts';
import { SlipwayError } from '../core/index.ts';
import { classify } from './failure.ts';
import { ConnectionLost } from './loss.ts';
import { classifyServerError } from './server-error.ts';

/** What went wrong outside of any migration: the connection, or the server's objection to a statement of ours. */
export function asFailure(error: unknown, conn: ConnInfo): unknown {
  if (error instanceof ConnectionLost && error.objection && error.poolerMessage) {
    const { exit, text, remedy } = classify(conn, {
      host: conn.hosts[0] as Host,
      error: error.objection,
      stage: 'answered',
      isTimeout: false,
    });
    return new SlipwayError(
      { exit, place: error.place ?? undefined, message: text, remedy, sqlstate: error.objection.code },
      { cause: error },
    );
  }
  if (error instanceof ConnectionLost) {
    return new SlipwayError(
      {
        exit: 'temporary',
        place: error.place ?? undefined,
        message: `the connection was lost: ${error.message}`,
        remedy: `${error.place ? 'That statement ran then: did it end its own session, or crash the server? ' : ''}See the server's own log. The ledger shows what was done; start again to continue.`,
        sqlstate: error.objection?.code,
      },
      { cause: error },
    );
  }
  if (!(error instanceof pg.DatabaseError)) return error;
  const { exit, remedy } = classifyServerError(error);
  if (error.code === queryCanceled) {
    return new SlipwayError(
      {
        exit: 'temporary',
        message: `a query was cancelled: ${error.message}`,
        remedy:
          'Somebody cancelled it, or a timeout of the role, the database or the server did: start again.',
        sqlstate: error.code,
      },
      { cause: error },
    );
  }
  if (exit === 'migration' && /PL\//.test(error.where ?? '')) return stoodInTheWay(error);
  if (exit === 'migration') return error;
  const message =
    error.message.trim() || `the server refused a query with ${error.code}, and gives no reason`;
  return new SlipwayError({ exit, message, remedy, sqlstate: error.code }, { cause: error });
}

/** No statement of ours calls a function of the database: what runs in one is an event trigger's, or a trigger's. */
const stoodInTheWay = (error: pg.DatabaseError): SlipwayError =>
  new SlipwayError(
    {
      exit: 'config',
      message: `a trigger or event trigger of this database stopped one of Slipway's own statements: ${error.message}`,
      detail: (error.where ?? '').split('\n', 1).map((line) => `in: ${line}`),
      remedy:
        'Exempt this role from it, or qualify the names in its function: Slipway runs with search_path = pg_catalog, pg_temp.',
      sqlstate: error.code,
    },
    { cause: error },
  );

/** query_canceled. */
const queryCanceled = '57014';
