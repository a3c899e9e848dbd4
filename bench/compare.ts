import { median } from './figures.ts';

/** One of those that are compared: does its work once and returns how long that took, milliseconds. */
export interface Subject {
  readonly name: string;
  readonly run: () => Promise<number>;
}

/** What came of a subject. */
export interface Measured {
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly runs: number;
}

/** Whoever took longer in the first round runs in no other one: what is only warm then is nothing beside it. */
const slowMs = 10_000;

/**
 * Runs subjects in turn, round after round, each round beginning with another one, so that a busy machine slows all of
 * them alike. One round ahead of the others is not counted, but of those who take long.
 *
 * @param rounds that count.
 * @param show is told after each round.
 */
export async function compare(
  subjects: readonly Subject[],
  rounds: number,
  show: (round: number) => void = () => undefined,
): Promise<Measured[]> {
  const times = subjects.map((): number[] => []);
  const slow = new Set<number>();
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < subjects.length; turn += 1) {
      const at = (turn + round) % subjects.length;
      if (slow.has(at)) continue;
      const ms = (await subjects[at]?.run()) ?? 0;
      if (round === 0 && ms > slowMs) slow.add(at);
      if (round > 0 || ms > slowMs) times[at]?.push(ms);
    }
    show(round);
  }
  return subjects.map(({ name }, at) => {
    const taken = times[at] ?? [];
    return {
      name,
      medianMs: median(taken),
      minMs: Math.min(...taken),
      maxMs: Math.max(...taken),
      runs: taken.length,
    };
  });
}
