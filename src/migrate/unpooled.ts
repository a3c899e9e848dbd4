import { serverOf } from '../config/index.ts';
import { SlipwayError, seconds } from '../core/index.ts';
import { ConnectionLost, type Session, Unanswered } from '../postgres/index.ts';
import { isUnpooled } from './own-session.ts';
import type { Run } from './run.ts';

/**
 * Calls `work` with a session whose state stays its own: the run's, or where that goes through a transaction pooler
 * the one of SLIPWAY_DIRECT_URL.
 *
 * @throws SlipwayError (78) where only a transaction pooler can be reached.
 */
export async function withUnpooled<T>(run: Run, work: (session: Session) => Promise<T>): Promise<T> {
  if (isUnpooled(run)) return work(run.session);
  const pid = await backendPid(run.session);
  if (pid === run.session.processId) return work(run.session);
  if (run.config.direct !== null) {
    const direct = await run.open('direct');
    try {
      return await work(direct);
    } finally {
      await direct.end();
    }
  }
  if (!(await isHandedAround(run, pid))) return work(run.session);
  throw new SlipwayError({
    exit: 'config',
    message:
      'this connection goes through a pooler in transaction or statement mode, which cannot hold a lock beyond a transaction',
    remedy:
      'A no-transaction migration needs a connection of its own: set SLIPWAY_DIRECT_URL to the server behind the pooler.',
  });
}

/**
 * Whether a pooler hands server processes around between transactions. Two clients that are served by one process can
 * only be clients of such a pooler, and so can one that is served by two. With other traffic either may fail to show
 * at a time, as both clients can be given what others have just left; that it never shows in many turns takes a process
 * that is kept for one client.
 */
async function isHandedAround(run: Run, pid: number): Promise<boolean> {
  const second = await run.open('same');
  const { host } = run.session.greeting;
  second.limitAnswers({
    withinMs: () => mostForSecondMs,
    slow: (waitedMs, withinMs) =>
      run.log.info(
        { event: 'waiting', reason: 'pool', waitedMs: Math.round(waitedMs) },
        `waiting: the pool at ${serverOf(host)} has no room for a second connection, which a no-transaction migration needs; ${seconds(waitedMs)} of ${seconds(withinMs)}`,
      ),
  });
  try {
    for (let turn = 0; turn < turns; turn += 1) {
      if ((await backendPid(second)) === pid || (await backendPid(run.session)) !== pid) return true;
    }
    return false;
  } catch (error) {
    run.signal.throwIfAborted();
    if (run.session.isLost || !isUnserved(error)) throw error;
    throw noSecond(serverOf(host), error);
  } finally {
    await second.end();
  }
}

const mostForSecondMs = 10_000;

/** No answer, or a pooler's word that there is no room. */
const isUnserved = (error: unknown): boolean =>
  error instanceof Unanswered || (error instanceof ConnectionLost && error.isPassing);

const noSecond = (server: string, cause: unknown): SlipwayError =>
  new SlipwayError(
    {
      exit: 'temporary',
      message: `the pool at ${server} had no room for a second connection beside the one of this run: ${cause instanceof Error ? cause.message : ''}`,
      remedy:
        'A no-transaction migration needs it for a moment, to find the mode of the pooler: give the pool at least two connections for this role and database (PgBouncer: default_pool_size, pool_size), or set SLIPWAY_DIRECT_URL to the server behind the pooler.',
    },
    { cause },
  );

const turns = 16;

async function backendPid(session: Session): Promise<number> {
  const [row] = await session.rows('SELECT pg_catalog.pg_backend_pid() AS pid');
  return Number(row?.pid);
}
