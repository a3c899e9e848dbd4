import type { Problem } from '../check/index.ts';
import type { Failure } from '../core/index.ts';
import type { Version } from '../migrations/index.ts';
import type { MigrationReport } from '../report/index.ts';

/** What came of a save. */
export type Answer =
  /** The files cannot be read as a project's. */
  | { readonly kind: 'unreadable'; readonly failure: Failure }
  /** There is no file yet. */
  | { readonly kind: 'nothing' }
  /** A file below the one that is watched fails: nothing can be tried. */
  | { readonly kind: 'below'; readonly failure: Failure }
  | ({ readonly kind: 'failed'; readonly failure: Failure } & Answered)
  /** The migration runs; `problems` are those of its down file. */
  | ({
      readonly kind: 'made';
      readonly version: Version;
      readonly report: MigrationReport;
      readonly problems: readonly Problem[];
    } & Answered)
  /** A desired schema: the migration that `new --from` would write. */
  | ({
      readonly kind: 'generated';
      /** null where nothing differs. */
      readonly up: string | null;
      /** null where there is none, or nothing to undo. */
      readonly down: string | null;
      /** What it misses or would lose. */
      readonly problems: readonly string[];
    } & Answered);

interface Answered {
  /** The file that was saved. */
  readonly file: string;
  /** From the save to the answer. */
  readonly ms: number;
}

/** Whether there is nothing to mend in the file that is watched. */
export function isGood(answer: Answer): boolean {
  switch (answer.kind) {
    case 'made':
    case 'generated':
      return answer.problems.length === 0;
    case 'nothing':
    case 'failed':
    case 'below':
    case 'unreadable':
      return false;
  }
}
