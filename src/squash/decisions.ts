import { SlipwayError } from '../core/index.ts';
import { matcher } from '../schema/catalog/index.ts';
import type { Source } from '../sql/index.ts';
/** What the person who squashes has said of what a shadow cannot decide. */
export interface Decisions {
  /** Statements to take over as they are, as `file:line`; of a whole file, as `file`, those that are asked for. */
  readonly carry: readonly string[];
  /** Statements whose effect is wholly in the schema and its rows, likewise. */
  readonly leave: readonly string[];
  /** Columns that new databases fill by their defaults; `*` stands for anything. */
  readonly fromDefault: readonly string[];
  /** Columns whose values are kept as they happened to be. */
  readonly freeze: readonly string[];
  /** Sequences that go on from where they stand. */
  readonly setSequence: readonly string[];
}

/** The options that say it, each a list joined by commas. */
type DecisionFlags = {
  readonly [Option in 'carry' | 'leave' | 'from-default' | 'freeze' | 'set-sequence']?: string | undefined;
};

/** Reads them from the command line. */
export function decisionsOf(flags: DecisionFlags): Decisions {
  const given = (option: keyof DecisionFlags): string[] => splitList(flags[option] ?? '');
  return {
    carry: given('carry'),
    leave: given('leave'),
    fromDefault: given('from-default'),
    freeze: given('freeze'),
    setSequence: given('set-sequence'),
  };
}

/** At commas, those in quoted names aside. */
const splitList = (value: string): string[] =>
  (value.match(/(?:"(?:[^"]|"")*"|[^",])+/g) ?? []).map((item) => item.trim()).filter((item) => item !== '');

const fromDefaultPattern = /^[ \t]*--[ \t]*slipway:[ \t]*from-default[ \t]+(.*?)[ \t]*$/;

/** The columns that a baseline says are filled by their defaults. */
export function fromDefaultColumns({ text }: Source): string[] {
  const lines = text.toString().split('\n');
  const end = lines.findIndex((line) => !/^\s*(?:--.*)?$/.test(line));
  return lines
    .slice(0, end === -1 ? undefined : end)
    .flatMap((line) => fromDefaultPattern.exec(line)?.[1] ?? []);
}

/** The line of a baseline that says it. */
export const fromDefaultLine = (column: string): string => `-- slipway: from-default ${column}`;

/** Whether a name is among those that were given; what was given and names nothing is found by `unused`. */
export class Chosen {
  readonly #patterns: readonly { readonly pattern: string; readonly matches: (name: string) => boolean }[];
  readonly #used = new Set<string>();

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((pattern) => ({ pattern, matches: matcher([pattern]) }));
  }

  has(name: string): boolean {
    const found = this.#patterns.filter(({ matches }) => matches(name));
    for (const { pattern } of found) this.#used.add(pattern);
    return found.length > 0;
  }

  /** @throws SlipwayError (64) where a name never was one; a pattern with `*` may name nothing. */
  assertUsed(option: string, thing: string, known: readonly string[]): void {
    const unused = this.#patterns.find(({ pattern }) => !pattern.includes('*') && !this.#used.has(pattern));
    if (!unused) return;
    throw new SlipwayError({
      exit: 'usage',
      message: `--${option}: ${unused.pattern} is no ${thing}`,
      remedy: known.length > 0 ? `Known are ${known.join(', ')}.` : 'Leave the option out.',
    });
  }
}
