import type { LockLimit } from '../core/index.ts';
import {
  describeExcess,
  excessOf,
  fileImpact,
  type RelationImpact,
  type StatementImpact,
} from '../impact/index.ts';
import { placeAt } from '../sql/index.ts';
import { type ShortBody, sendBatch } from './batch.ts';
import { BodyFailure, runBody } from './body.ts';
import { earlierRelations } from './earlier-relations.ts';
import { Gauge } from './gauge.ts';
import { piecesOf } from './pieces.ts';
import type { Run } from './run.ts';
import type { Task } from './step.ts';

/** A task that may not lock everything. */
export type LimitedTask = Task & { readonly limit: LockLimit };

/**
 * Runs the body in the transaction that is open, statement by statement, and looks after each at what the session holds
 * of the relations that were there before this run: what a file locks may depend on rows, of which a shadow has none.
 *
 * @param short the body where its results are asked for; null: it is that of the task.
 * @param end what runs the deferred triggers.
 * @throws BodyFailure (65) at the first statement that goes beyond the limit and what the file allows; as `runBody`.
 */
export async function runGuarded(
  run: Run,
  task: LimitedTask,
  short: ShortBody | null,
  end: () => Promise<unknown>,
): Promise<void> {
  const { session, signal, bodyRunner = runBody } = run;
  const among = new Set((await earlierRelations(run)).keys());
  const gauge = await Gauge.begin(session, { among, hears: false });
  for (const piece of piecesOf(task.body)) {
    signal.throwIfAborted();
    const relations = await gauge.during(piece.words, async () => {
      if (short === null) await bodyRunner(session, piece.body);
      else await sendBatch(session, { title: task.title, before: [], body: short, after: [] });
    });
    hold(task, relations, task.body.kind === 'module' ? null : piece);
  }
  signal.throwIfAborted();
  hold(task, await gauge.during(['SELECT'], async () => void (await end())), null);
}

/**
 * @param at the statement; null where it is what a module or a deferred trigger does.
 * @throws BodyFailure (65) where it locks more than the limit and than its file allows.
 */
export function hold(
  { limit, script }: LimitedTask,
  relations: readonly RelationImpact[],
  at: Pick<StatementImpact, 'start'> | null,
): void {
  const whole = { start: 0, end: 0, words: [], waitsForAll: false };
  const excess = excessOf(fileImpact([{ ...whole, relations }]), limit, script.directives.allow);
  if (excess.length === 0) return;
  throw new BodyFailure(
    {
      exit: 'migration',
      place: at === null ? { file: script.source.path } : placeAt(script.source, at.start),
      ...describeExcess(excess, limit),
    },
    null,
    undefined,
  );
}
