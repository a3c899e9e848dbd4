import pg from 'pg';
import { backoffMs, type Deadline, deadlineIn, pause, SlipwayError } from '../core/index.ts';
import type { LedgerName } from '../ledger/index.ts';
import { ConnectionLost, identifier, type Session } from '../postgres/index.ts';
import { hasDrift } from '../schema/compare/index.ts';
import type { InspectContext, SessionContext } from './context.ts';
import { inspectOnce } from './inspect-once.ts';
import type { Inspection, InspectOptions } from './inspection.ts';
import { asRole } from './queries.ts';

const mostAttempts = 5;

/**
 * Inspects the database, again where somebody was in the way, where an object vanished under the inspection (XX000), or
 * where the schema seems to have drifted. The session that it leaves bears what the role and the database have set.
 *
 * @param isOver whether there is no time left to queue for a lock once more.
 * @param begun one that was begun already, and is taken first unless it fails; null: none was.
 * @throws SlipwayError (75) where it stays busy, (77) where SLIPWAY_ROLE cannot be taken or the ledger may not be read.
 */
export async function inspect(
  context: InspectContext,
  options: InspectOptions = context.inspectOptions,
  isOver: () => boolean = () => false,
  begun: Promise<Inspection> | null = null,
): Promise<Inspection> {
  let ahead = begun;
  const next = (): Promise<Inspection> => {
    const anew = (): Promise<Inspection> => inspectOnce(context.session, options);
    const inspection = ahead?.catch(anew) ?? anew();
    ahead = null;
    return inspection;
  };
  for (let attempts = 1, last: string | null = null; ; attempts += 1) {
    const inspection = await whilePassing(context, () => queryWithRetries(context, next, isOver));
    if (await isAnother(context, context.session)) continue;
    const drift = driftOf(inspection);
    if (drift === null || drift === last) return inspection;
    if (attempts > mostAttempts) {
      throw new SlipwayError({
        exit: 'temporary',
        message: 'the schema changes while it is being inspected',
        remedy: 'Somebody is altering it right now: start again when that is over.',
      });
    }
    last = drift;
  }
}

/** What differs, and under which ledger: only a difference seen twice is drift. */
function driftOf({ state }: Inspection): string | null {
  if (state.kind !== 'managed' || !state.comparison || !hasDrift(state.comparison)) return null;
  return JSON.stringify([state.rows, state.comparison.differences]);
}

/**
 * Where a limit of the role is so short that it strikes before a message of ours has switched it off, opens a session
 * that bears it; says whether the run has that now.
 */
async function isAnother(context: SessionContext, session: Session): Promise<boolean> {
  if (!session.isHurried || session.isFirm) return false;
  await context.reconnect();
  // Not so where the session was handed in, and is not the run's.
  return context.session !== session;
}

/**
 * Asks the database something in the run's session, again where a pooler in front of it was full or cut off: that is
 * waited for as the server is.
 *
 * @throws what `ask` throws; SlipwayError (75) where the pooler says the same until the deadline.
 */
export async function whilePassing<T>(context: SessionContext, ask: () => Promise<T>): Promise<T> {
  for (let deadline: Deadline | null = null; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ConnectionLost && error.isPassing)) throw error;
      deadline ??= deadlineIn(context.waitMs());
      if (deadline.remainingMs() === 0) throw error;
      await context.reconnect(deadline);
    }
  }
}

/**
 * Asks the database something, again where somebody was in the way, where an object vanished under the query, or
 * where a migration has made the session forget what was prepared (26000).
 *
 * @throws SlipwayError (75) where it stays busy, (77) where SLIPWAY_ROLE cannot be taken or something may not be read.
 */
export async function queryWithRetries<T>(
  context: InspectContext,
  ask: () => Promise<T>,
  isOver: () => boolean = () => false,
): Promise<T> {
  const { ledger, config, signal } = context;
  for (let attempts = 1; ; attempts += 1) {
    const { session } = context;
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      session.isHurried ||= error instanceof pg.DatabaseError && error.code === queryCanceled;
      if (await isAnother(context, session)) continue;
      if (!(error instanceof pg.DatabaseError)) throw error;
      if (config.role !== null) await assertRole(session, config.role);
      const role = config.role ?? session.greeting.user;
      if (error.code === '42501') {
        throw new SlipwayError(
          {
            exit: 'denied',
            message: `role "${role}" may not read the ledger ${ledger.schema}.ledger: ${error.message}`,
            remedy: context.inspectOptions.isWriter ? asOwner(context, role) : asReader(ledger, role),
            sqlstate: error.code,
          },
          { cause: error },
        );
      }
      const isForgotten = error.code === '26000';
      if (isForgotten) context.forgetPrepared();
      const isPassing = isForgotten || passing.includes(error.code ?? '');
      if (!isPassing) throw error;
      if (attempts === mostAttempts || (error.code === lockNotAvailable && isOver())) {
        throw new SlipwayError(
          {
            exit: 'temporary',
            message: `the database is busy: ${error.message}${attempts === 1 ? '' : `, ${attempts} times`}`,
            remedy:
              error.code === 'XX000'
                ? 'Somebody alters the schema right now: start again when that is over.'
                : 'Somebody holds a lock on the ledger or the catalog: see pg_locks, then start again.',
            sqlstate: error.code,
          },
          { cause: error },
        );
      }
      await pause(backoffMs('session', { tries: attempts }), signal);
    }
  }
}

/** statement_timeout, or somebody's pg_cancel_backend. */
const queryCanceled = '57014';

const asReader = ({ schema }: LedgerName, role: string): string =>
  `Name it in SLIPWAY_READERS, which takes effect when \`up\` next applies something; or as the owner: GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${identifier(role)}; GRANT SELECT ON ${identifier(schema)}.ledger TO ${identifier(role)};`;

/** Who writes needs more than to read. */
const asOwner = ({ config, session }: InspectContext, role: string): string =>
  config.role === null
    ? `The role that writes must be the one that made the ledger, or a member of it. As an administrator: GRANT OWNER TO ${identifier(role)}; with that role's name for OWNER, and set SLIPWAY_ROLE to the same name; or log in as it.`
    : `SLIPWAY_ROLE must name the role that made the ledger, and ${identifier(session.greeting.user)} must be a member of it: ${identifier(role)} is not that role.`;

const lockNotAvailable = '55P03';

/**
 * lock_not_available, internal_error; and what is said of a ledger that became something else while its read waited for
 * a lock: undefined_table, wrong_object_type, object_not_in_prerequisite_state. The next inspection tells what it is.
 */
const passing = [lockNotAvailable, 'XX000', '42P01', '42809', '55000'];

/** Takes the role by itself, to tell what it refuses from what is refused to it. */
async function assertRole(session: Session, role: string): Promise<void> {
  try {
    await session.run(`SET TRANSACTION READ ONLY; ${asRole(role)}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const { user } = session.greeting;
    throw new SlipwayError(
      {
        exit: 'denied',
        message: `role "${user}" cannot take the role that SLIPWAY_ROLE names: ${error.message}`,
        remedy: `Create it where it is missing, then: GRANT ${identifier(role)} TO ${identifier(user)};`,
        sqlstate: error.code,
      },
      { cause: error },
    );
  }
}
