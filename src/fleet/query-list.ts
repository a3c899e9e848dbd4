import pg from 'pg';
import type { App } from '../app/index.ts';
import { ConfigError, deadlineIn, SlipwayError, version } from '../core/index.ts';
import { connect, type Session } from '../postgres/index.ts';
import { classifyServerError } from '../postgres/server-error.ts';
import { asFailure } from '../postgres/start-failure.ts';
import { type Listed, listedAs } from './list.ts';

const option = '--each-query';

/**
 * Asks the configured database for the list: the first column of each row is a name, whose blanks count, or a URL. The
 * query runs in a read-only transaction, and the connection is closed before any database of the list is connected to.
 *
 * @returns none where the query finds none.
 * @throws SlipwayError from the wait (75, 77, 78), (78) for a query that the server refuses, and for a row without a value.
 */
export async function queryList({ name, config, log, signal }: App, sql: string): Promise<Listed[]> {
  const session = await connect(config.connection, {
    identity: { applicationName: `slipway ${version} ${name} ${option}`, signal },
    deadline: deadlineIn(config.waitTimeoutMs),
    needsPrimary: false,
    log,
    signal,
  });
  const hangUp = (): void => session.destroy();
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    return listOf(await rowsOf(session, sql));
  } catch (error) {
    signal.throwIfAborted();
    throw refusedQuery(error) ?? asFailure(error, config.connection);
  } finally {
    signal.removeEventListener('abort', hangUp);
    await session.leave();
  }
}

async function rowsOf(session: Session, sql: string): Promise<pg.QueryArrayResult> {
  await session.run('BEGIN TRANSACTION READ ONLY');
  const found = await session.ask<pg.QueryArrayResult | pg.QueryArrayResult[]>({
    text: sql,
    rowMode: 'array',
  });
  await session.run('ROLLBACK');
  // Of several statements it is the last that has rows.
  const results = Array.isArray(found) ? found : [found];
  const result = results.findLast(({ fields }) => fields.length > 0);
  if (result) return result;
  throw new SlipwayError({
    exit: 'config',
    message: `${option}: the query returns no column`,
    remedy: 'Write a SELECT whose first column is the name or the URL of a database.',
  });
}

function listOf({ rows }: pg.QueryArrayResult): Listed[] {
  const listed = rows.map(([value], index) => listedAs(`row ${index + 1} of ${option}`, String(value ?? '')));
  const problems = listed
    .filter(({ text }) => text === '')
    .map(({ place }) => ({
      name: place,
      message: 'the first column is empty',
      remedy: 'Leave such rows out, or give them the name or the URL of a database.',
    }));
  if (problems.length > 0) throw new ConfigError(problems);
  return listed;
}

/** What the server says of the query itself; null where it is something else that went wrong. */
function refusedQuery(error: unknown): SlipwayError | null {
  if (!(error instanceof pg.DatabaseError)) return null;
  const { exit, remedy } = classifyServerError(error);
  if (exit === 'temporary') return null;
  const isDenied = exit === 'denied';
  return new SlipwayError(
    {
      exit: isDenied ? exit : 'config',
      message: `the server refused the query of ${option}: ${error.message}`,
      remedy: isDenied
        ? remedy
        : 'Try it with psql on the configured database. It runs in a read-only transaction.',
      sqlstate: error.code,
    },
    { cause: error },
  );
}
