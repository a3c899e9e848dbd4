import type { EventAt } from '../log/index.ts';

/** Where a use case says how far it is. Who shows that, and how, is not its business. */
export interface Progress {
  /**
   * Names the phases of a use case in the order in which they come, each with what is done in it, such as "replaying the
   * files"; null: this run does not have it.
   *
   * @returns what begins a phase; the one before it ends with that.
   */
  begin<Phase extends string>(phases: Readonly<Record<Phase, string | null>>): (phase: Phase) => void;
  /** Says what the phase is busy with: as the fields of an event of the log, and in words. */
  doing(fields: EventAt<'info'>, words: string): void;
}

/** Shows nothing. */
export const noProgress: Progress = { begin: () => () => undefined, doing: () => undefined };
