import { kinds } from './kinds.ts';
import type { Direction, WireMessage } from './wire.ts';

/** One fault: what goes wrong, and at which message. */
export interface FaultCase {
  /** `kind:direction:at`, by which it can be run alone; the kind by its place in the list. */
  readonly id: string;
  readonly kind: string;
  readonly direction: Direction;
  /** From 1, of that direction. */
  readonly at: number;
  /** Its kind, and what sort of message it strikes at: direction, type, and statement. */
  readonly sort: string;
}

/** Every fault there can be in a run of these messages. */
export function everyCase(messages: readonly WireMessage[]): FaultCase[] {
  return kinds.flatMap(({ name, every }, place) => {
    const counts: Record<Direction, number> = { sent: 0, received: 0 };
    return messages.flatMap(({ direction, type, phase }, index) => {
      counts[direction] += 1;
      if (index % every !== 0) return [];
      const at = counts[direction];
      return [
        {
          id: `${place}:${direction}:${at}`,
          kind: name,
          direction,
          at,
          sort: `${name} / ${direction} ${type} / ${phase}`,
        },
      ];
    });
  });
}

/** Puts a list in another order. Pure, but for the numbers that `random` gives. */
export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list];
  for (let n = result.length - 1; n > 0; n -= 1) {
    const other = Math.floor(random() * (n + 1));
    [result[n], result[other]] = [result[other] as T, result[n] as T];
  }
  return result;
}

/**
 * Takes so many cases, at least one of every sort.
 *
 * @param size how many; more are taken where there are more sorts.
 * @param random numbers from 0 to 1, of a seed.
 */
export function sampleOf(all: readonly FaultCase[], size: number, random: () => number): FaultCase[] {
  const sorts = new Set<string>();
  const [firsts, others]: [FaultCase[], FaultCase[]] = [[], []];
  for (const one of shuffled(all, random)) {
    (sorts.has(one.sort) ? others : firsts).push(one);
    sorts.add(one.sort);
  }
  return [...firsts, ...others.slice(0, Math.max(0, size - firsts.length))];
}
