import { backoffMs, pause } from '../core/index.ts';
import { BodyFailure } from './body.ts';
import type { Run } from './run.ts';
import type { Watch } from './watch.ts';

const most = { lockTimeout: 10, race: 10, deadlock: 3, serialization: 3, changed: 3 } as const;

const reasons = {
  lockTimeout: 'lock timeout',
  race: 'concurrent change',
  deadlock: 'deadlock',
  serialization: 'serialization failure',
  changed: 'concurrent change',
} as const;

/**
 * Calls `attempt` until it returns, again with growing pauses where a lock was not to be had in time (the statement
 * backed off to live traffic), where the server ended it to break a deadlock or to keep transactions serializable, or where
 * another session changed a catalog meanwhile.
 *
 * @param attempt is handed a place for its watch, which knows who stood in the way.
 * @throws BodyFailure when it failed for another reason, or once too often.
 */
export async function retrying<T>(
  run: Run,
  attempt: (seen: { watch: Watch | null }) => Promise<T>,
): Promise<T> {
  const tries = { lockTimeout: 0, race: 0, deadlock: 0, serialization: 0, changed: 0 };
  for (;;) {
    const seen: { watch: Watch | null } = { watch: null };
    try {
      return await attempt(seen);
    } catch (error) {
      run.signal.throwIfAborted();
      if (!(error instanceof BodyFailure) || error.again === null) throw error;
      const { again, failure } = error;
      const blocker = seen.watch?.blocker ?? null;
      tries[again] += 1;
      if (tries[again] >= most[again]) throw exhausted(error, tries[again], blocker);
      run.log.warn(
        { event: 'gaveWay', try: tries[again], most: most[again], sqlstate: failure.sqlstate, blocker },
        `${reasons[again]}: backed off, attempt ${tries[again]} of ${most[again]}: ${error.message}${blocker ? `; held by ${blocker}` : ''}`,
      );
      await pause(backoffMs('traffic', { tries: tries[again] }), run.signal);
    } finally {
      await seen.watch?.stop();
    }
  }
}

function exhausted(error: BodyFailure, tries: number, blocker: string | null): BodyFailure {
  const { failure } = error;
  const detail = [...(failure.detail ?? []), ...(blocker ? [`held by: ${blocker}`] : [])];
  return new BodyFailure(
    { ...failure, message: `${failure.message} (${tries} attempts)`, detail },
    null,
    error,
  );
}
