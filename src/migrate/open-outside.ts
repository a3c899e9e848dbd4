import pg from 'pg';
import { trySessionLock } from '../ledger/advisory-lock.ts';
import type { KnownLedger } from '../ledger/index.ts';
import { identifier } from '../postgres/index.ts';
import { type NamedIndex, namedConcurrentIndex } from '../sql/index.ts';
import { bodySettings } from './around-body.ts';
import { Abort, assertion, divisionByZero } from './assertion.ts';
import { type OwnStatement, sendBatch } from './batch.ts';
import type { Body } from './body.ts';
import { assertNoneInvalid } from './concurrent-index.ts';
import { assertSamePrepared } from './opening.ts';
import type { Run } from './run.ts';
import { sessionSettings } from './session-settings.ts';
import type { Work } from './step.ts';

/** The index that a body builds, drops or renews concurrently, where it can be looked up by its name. */
export const indexOf = (body: Body): NamedIndex | null =>
  body.kind === 'sql' ? namedConcurrentIndex(body.script.statements) : null;

export const isConcurrent = (body: Body): boolean =>
  body.kind === 'sql' && body.script.statements.some(({ words }) => words.includes('CONCURRENTLY'));

/** The names of our own statements, for the transaction that a message is. */
export const searchPath = 'SET LOCAL search_path = pg_catalog, pg_temp';

/** Our own role and settings in the session, whatever a body has set of them, one statement each. */
export function ownSession({ session, config }: Run, lockTimeout = '60s'): string[] {
  return [
    'RESET SESSION AUTHORIZATION',
    'RESET ROLE',
    'RESET ALL',
    sessionSettings(session, 'SESSION', {
      client_encoding: 'UTF8',
      standard_conforming_strings: 'on',
      lock_timeout: lockTimeout,
      statement_timeout: '0',
    }),
    ...(config.role === null ? [] : [`SET ROLE ${identifier(config.role)}`]),
  ];
}

/** What a body finds set besides the variables. */
export const settingsOf = (run: Run, { script, body }: Work): string[] =>
  bodySettings(run, script, 'SESSION', isConcurrent(body));

/**
 * Begins a step outside of a transaction in one message: the app's lock for the session, whether the ledger is still as
 * the step before left it, what the body finds set, that no index stands in its way, the row. Each statement of it sees
 * what was committed before it; all of it is kept but the lock, or nothing.
 *
 * @returns whether it has begun: else the ledger and the index are to be inspected, under the lock.
 * @throws Abort where another run holds the lock, or has written to the ledger; pg.DatabaseError.
 */
export async function beginAtOnce(run: Run, work: Work, seen: KnownLedger): Promise<boolean> {
  const index = indexOf(work.body);
  const noneInvalid: OwnStatement[] = index
    ? [
        {
          sql: assertNoneInvalid(index),
          refused: (error) => (error.code === divisionByZero ? new Abort('again') : error),
        },
      ]
    : [];
  const statements: OwnStatement[] = [
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    ...ownSession(run, '1s'),
    searchPath,
    assertion(`SELECT FROM (${trySessionLock(run.ledger)}) AS lock WHERE locked`, 'busy'),
    ...assertSamePrepared(run, seen),
    ...settingsOf(run, work),
    ...noneInvalid,
    searchPath,
    ...work.ledgerWrite.open,
  ];
  try {
    // The row's transaction may wait for a standby: there is no limit to its time.
    await sendBatch(run.session, { before: [], body: null, after: statements });
    return true;
  } catch (error) {
    if (error instanceof Abort && error.result === 'again') return false;
    throw error instanceof pg.DatabaseError && error.code === lockNotAvailable ? new Abort('busy') : error;
  }
}

/** lock_not_available: somebody holds the ledger itself, longer than the second we queue for it. */
const lockNotAvailable = '55P03';
