import { SlipwayError } from '../errors.ts';
import type { Run } from '../run.ts';
import type { Session } from './session.ts';

/**
 * Calls `work` with a session whose state stays its own: the run's, or where that goes through a transaction pooler
 * the one of SLIPWAY_DIRECT_URL.
 *
 * @throws SlipwayError (78) where only a transaction pooler can be reached.
 */
export async function withUnpooled<T>(run: Run, work: (session: Session) => Promise<T>): Promise<T> {
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
      'this connection goes through a pooler in transaction or statement mode, where a lock that outlives a transaction cannot be held',
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
  try {
    for (let turn = 0; turn < turns; turn += 1) {
      if ((await backendPid(second)) === pid || (await backendPid(run.session)) !== pid) return true;
    }
    return false;
  } finally {
    await second.end();
  }
}

const turns = 16;

async function backendPid(session: Session): Promise<number> {
  const [row] = await session.rows('SELECT pg_catalog.pg_backend_pid() AS pid');
  return Number(row?.pid);
}
