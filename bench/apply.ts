import type { Bench } from './bench.ts';
import type { Subject } from './compare.ts';
import { type Delay, startDelay } from './delay.ts';
import type { Command, Target } from './peer.ts';
import { runProcess } from './run-process.ts';

/** A way to fill an empty database. */
export interface Way {
  readonly name: string;
  readonly command: (target: Target) => Command;
}

/**
 * Subjects that each fill an empty database of their own, made and dropped beside the clock.
 *
 * @param delay that stands between them and the server.
 */
export const filling = (bench: Bench, delay: Delay, ways: readonly Way[]): Subject[] =>
  ways.map(({ name, command }) => ({
    name,
    run: async () => {
      const target = await bench.databases.make();
      try {
        return (await runProcess(command({ ...target, port: delay.port }))).ms;
      } finally {
        await bench.databases.drop(target);
      }
    },
  }));

/** Calls `work` with each added round trip, milliseconds. */
export async function underDelays<T>(
  bench: Bench,
  delaysMs: readonly number[],
  work: (delay: Delay, delayMs: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const delayMs of delaysMs) {
    const delay = await startDelay(bench.server.port, delayMs);
    try {
      results.push(await work(delay, delayMs));
    } finally {
      await delay.close();
    }
  }
  return results;
}
