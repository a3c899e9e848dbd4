import { SlipwayError } from '../core/index.ts';
import type { ListEntry } from './entries.ts';
import type { ServerPatience } from './patience.ts';
import { runBounded } from './run-bounded.ts';

interface ListOptions {
  readonly parallel: number;
  /** Once it is aborted nothing more begins. */
  readonly signal: AbortSignal;
  readonly patience: Pick<ServerPatience, 'absence'>;
}

interface ListWork {
  /** Tells `patience` whether the server was reached. Never rejects. */
  readonly work: (entry: ListEntry) => Promise<void>;
  /** Called for a database that is not tried, with the reason. */
  readonly giveUp: (entry: ListEntry, reason: SlipwayError) => Promise<void>;
}

/**
 * Calls `work` for the databases of a list, in their order and so many at a time. Those of a server that was waited for
 * in vain are put off until all others are done. Then one of them is tried: where it reaches the server the others
 * follow, and where it does not they are given up. So a server that comes up meanwhile is used, and one that stays away
 * is waited for twice, whatever the number of its databases.
 */
export async function runList(
  entries: readonly ListEntry[],
  { patience, ...bounds }: ListOptions,
  { work, giveUp }: ListWork,
): Promise<void> {
  for (let left = entries; left.length > 0; ) {
    const putOff: ListEntry[] = [];
    await runBounded(left, bounds, async (entry) => {
      if (patience.absence(entry) === null) await work(entry);
      else putOff.push(entry);
    });
    const probes = [...new Map(putOff.toReversed().map((entry) => [entry.server, entry])).values()];
    await runBounded(probes.toReversed(), bounds, work);
    if (bounds.signal.aborted) return;
    const tried = new Set(probes);
    const others = putOff.filter((entry) => !tried.has(entry));
    for (const entry of others) {
      const reason = patience.absence(entry);
      if (reason !== null) await giveUp(entry, notTried(entry, reason));
    }
    left = others.filter((entry) => patience.absence(entry) === null);
  }
}

const notTried = ({ server }: ListEntry, { message, failure }: SlipwayError): SlipwayError =>
  new SlipwayError({
    exit: failure.exit,
    message: `not tried: ${server} was waited for twice, for other databases of the list: ${message}`,
    remedy: failure.remedy,
  });
