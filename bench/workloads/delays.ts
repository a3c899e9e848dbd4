import { filling, underDelays, type Way } from '../apply.ts';
import type { Bar, Bench, Findings } from '../bench.ts';
import { compare, type Measured } from '../compare.ts';
import { inMs, markdownTable, ratio } from '../figures.ts';

/** Added to each round trip, milliseconds: the same machine, the same zone, another zone. */
const nearAndFar: readonly number[] = [0, 1, 5];

export interface Filled {
  readonly ways: readonly Way[];
  /** The way that the others are held against. */
  readonly floor: string;
  readonly rounds: number;
  readonly title: string;
  /** Milliseconds that are added to a round trip, other ones than usual; the second is drawn. */
  readonly delaysMs?: readonly number[];
}

/** Fills empty databases in several ways, near and far from the server. */
export async function fillNearAndFar(
  bench: Bench,
  { ways, floor, rounds, title, delaysMs = nearAndFar }: Filled,
): Promise<Findings> {
  const measured = await underDelays(bench, delaysMs, async (delay, delayMs) => {
    bench.say(`${title}, ${delayMs} ms added to a round trip`);
    return compare(filling(bench, delay, ways), rounds);
  });
  const bars = (measured[1] ?? []).map(
    ({ name, medianMs }): Bar => ({ name, ms: medianMs, isOurs: name.startsWith('Slipway') }),
  );
  return {
    text: markdownTable(
      [title, ...delaysMs.map((delayMs) => `+ ${delayMs} ms`)],
      ways.map(({ name }) => [name, ...measured.map((column) => cell(column, name, floor))]),
    ),
    bars: { title: `${title}, 1 ms added to a round trip`, bars },
  };
}

function cell(measured: readonly Measured[], name: string, floor: string): string {
  const of = (wanted: string): number => measured.find((one) => one.name === wanted)?.medianMs ?? Number.NaN;
  return `${inMs(of(name))} (${ratio(of(name), of(floor))})`;
}
