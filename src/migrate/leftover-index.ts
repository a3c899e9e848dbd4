import { deadlineIn, SlipwayError, Waiting } from '../core/index.ts';
import type { NamedIndex } from '../sql/index.ts';
import { dropLeftover, type IndexState, indexState } from './concurrent-index.ts';
import type { Run } from './run.ts';
import type { StatementPart } from './statement-part.ts';
import type { Work } from './step.ts';
import { setUp } from './step-session.ts';

/**
 * Waits for a build that is under way and clears what an interrupted one left; says whether the index is there. The
 * settings of the statement are set then.
 *
 * @param isOurs whether an invalid index can be what this statement has left.
 * @throws SlipwayError (84) where it is somebody else's.
 */
export async function clearLeftover(
  run: Run,
  part: StatementPart,
  index: NamedIndex,
  isOurs: boolean,
): Promise<'absent' | 'valid'> {
  const waiting = new Waiting(deadlineIn(null), run.signal);
  await setUp(run, part);
  for (;;) {
    const state = await indexState(run.session, index);
    if (state.kind === 'absent' || state.kind === 'valid') return state.kind;
    if (state.kind !== 'building') {
      if (!isOurs) throw notOurs(part.work, state.name);
      run.log.info(
        { event: 'rebuild', index: state.name },
        `${state.name} was left invalid: it is built again`,
      );
      await dropWithoutLimit(run, state.name);
      await setUp(run, part);
      return 'absent';
    }
    const { name, pid } = state;
    const say = (): void =>
      run.log.info(
        { event: 'building', index: name, pid },
        `${name} is still being built by process ${pid}: waiting for it`,
      );
    await waiting.turn({ key: String(pid), backoff: 'brisk', say }, null);
  }
}

/** Drops it without the lock timeout that made the build back off: dropping concurrently stands in nobody's way. */
export async function dropWithoutLimit(run: Run, name: string): Promise<void> {
  await run.session.run('SET SESSION lock_timeout = 0');
  await dropLeftover(run.session, name);
}

const notOurs = ({ script }: Work, name: string): SlipwayError =>
  new SlipwayError({
    exit: 'interrupted',
    place: { file: script.source.path },
    message: `the index ${name} is there already, and is invalid: somebody else's build of it failed`,
    remedy: `Check it, then: DROP INDEX CONCURRENTLY ${name}; and start again.`,
  });

/** @throws SlipwayError (84) where the index is not what its statement had to make. */
export function assertValid({ script }: Work, index: NamedIndex, state: IndexState): void {
  if (state.kind === 'valid') return;
  throw new SlipwayError({
    exit: 'interrupted',
    place: { file: script.source.path },
    message: `the index "${index.index}" is ${state.kind} after its CREATE INDEX`,
    remedy: 'Start again: an invalid index is dropped and built anew.',
  });
}
