import type pg from 'pg';
import type { Work } from './step.ts';
import type { Watch } from './watch.ts';

/** A step that was begun in the message that ended the one before it. */
export interface Begun {
  readonly work: Work;
  /** By `nowMs`. */
  readonly startedAt: number;
  readonly watch: Watch;
  /** What came of the proof's question, or what went wrong with the step. */
  readonly outcome: { readonly answer: readonly pg.QueryResult[] } | { readonly error: unknown };
}

/** What a step has to do with those around it. */
export interface Link {
  /** What the step before has begun of this one; at most once. */
  readonly take: () => Begun | null;
  /** The step that comes next, made ready; null where there is none that runs in a transaction. */
  readonly next: () => Promise<Work | null>;
  /** As `next`, of the one after that. */
  readonly afterNext: () => Promise<Work | null>;
  /** From now on no step begins with the end of another. */
  readonly standAlone: () => void;
  /** Keeps what was begun of the next step. */
  readonly hand: (begun: Begun) => void;
  /** Is told that this step is committed, and how long it took, milliseconds: before its message may have ended. */
  readonly committed: (ms: number) => void;
}

/** The links of steps that run in turn. */
export class Chain {
  readonly #workAt: (at: number) => Promise<Work | null>;
  #begun: Begun | null = null;
  #isApart = false;

  /** @param workAt the step at a place, from 0, made ready; null where there is none that runs in a transaction. */
  constructor(workAt: (at: number) => Promise<Work | null>) {
    this.#workAt = workAt;
  }

  /** @param at the place of the step. */
  link(at: number, committed: Link['committed']): Link {
    const workAt = async (place: number): Promise<Work | null> =>
      this.#isApart ? null : this.#workAt(place);
    return {
      take: () => {
        const begun = this.#begun;
        this.#begun = null;
        return begun;
      },
      next: () => workAt(at + 1),
      afterNext: () => workAt(at + 2),
      standAlone: () => {
        this.#isApart = true;
      },
      hand: (begun) => {
        this.#begun = begun;
      },
      committed,
    };
  }

  /** Lets go of what was begun and will not be ended: the server rolls it back with the session. */
  async end(): Promise<void> {
    await this.#begun?.watch.stop();
    this.#begun = null;
  }
}
