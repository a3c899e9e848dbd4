import type fc from 'fast-check';

/** What came of one case. */
export interface Observed {
  /** What was thrown; null where nothing was. */
  readonly error: unknown;
  /** Everything that was said besides: notes, log lines, results. */
  readonly said: readonly string[];
  /** Promises of this family that were not kept, a sentence each. */
  readonly broken: readonly string[];
  /** How it ended where that is not told by `error`: the exit code of a command or a process. */
  readonly exitCode?: number | undefined;
  /** What it is counted as, where that is no exit of Slipway's. */
  readonly exit?: string;
}

/** Input of one kind: how it is made, and what is done with it. */
export interface Family<Input = unknown> {
  readonly name: string;
  /** What part of all cases is its own; the shares of all families make 1. */
  readonly share: number;
  readonly inputs: fc.Arbitrary<Input>;
  /** Whether the same input must give the same, word for word. */
  readonly isPure: boolean;
  /** Must not throw what Slipway throws: `observe` catches it. */
  run(input: Input): Observed | Promise<Observed>;
  /** Ends what it started. */
  destroy?(): Promise<void>;
}

/** Calls `work`, which may throw; it returns what was said, and adds to `broken`. */
export function observe(work: (broken: string[]) => readonly string[]): Observed {
  const broken: string[] = [];
  try {
    return { error: null, said: work(broken), broken };
  } catch (error) {
    return { error, said: [], broken };
  }
}
