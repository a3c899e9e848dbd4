import type pg from 'pg';
import type { Work } from './step.ts';
import type { Watch } from './watch.ts';

/** A step that was begun in the round trip that ended the one before it. */
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
  /** Keeps what was begun of the next step. */
  readonly hand: (begun: Begun) => void;
  /** Is handed what becomes of the end of this step, as soon as that is sent by itself. */
  readonly ending: (ended: Promise<unknown>) => void;
  /** Is told that this step is committed, and how long it took, milliseconds: before its message may have ended. */
  readonly committed: (ms: number) => void;
}

/** The links of steps that run in turn. */
export class Chain {
  readonly #workAt: (at: number) => Promise<Work | null>;
  readonly #ending: (at: number, ended: Promise<unknown>) => void;
  #begun: Begun | null = null;

  /**
   * @param workAt the step at a place, from 0, made ready; null where there is none that runs in a transaction.
   * @param ending is told of the end of the step at a place.
   */
  constructor(
    workAt: (at: number) => Promise<Work | null>,
    ending: (at: number, ended: Promise<unknown>) => void,
  ) {
    this.#workAt = workAt;
    this.#ending = ending;
  }

  /** @param at the place of the step. */
  link(at: number, committed: Link['committed']): Link {
    return {
      take: () => {
        const begun = this.#begun;
        this.#begun = null;
        return begun;
      },
      next: () => this.#workAt(at + 1),
      afterNext: () => this.#workAt(at + 2),
      hand: (begun) => {
        this.#begun = begun;
      },
      ending: (ended) => this.#ending(at, ended),
      committed,
    };
  }

  /** Lets go of what was begun and will not be ended: the server rolls it back with the session. */
  async end(): Promise<void> {
    await this.#begun?.watch.stop();
    this.#begun = null;
  }
}
