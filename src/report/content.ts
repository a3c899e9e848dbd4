import type { Failure } from '../core/index.ts';
import type { Comparison } from '../schema/compare/index.ts';
import type { SchemaChange } from './changes.ts';
import type { Table } from './tables.ts';
import type { Words } from './words.ts';

/** A line of the head of a report: `state`, `managed`. */
interface Fact {
  readonly label: string;
  /** Of others: it is escaped. */
  readonly value: string;
}

/** What one migration does, for a reviewer. */
export interface MigrationReport {
  readonly version: string;
  readonly file: string;
  /** By kind and name, in the order of tables. */
  readonly changes: readonly SchemaChange[];
  /** Whether it can be undone, and how that is known. */
  readonly undoing: Words;
  /** What it locks that is gone as soon as it is over, a line each. */
  readonly locks: readonly string[];
  /** What a reviewer is to know of it besides, a line each: warnings, and what holds a lock for long. */
  readonly findings: readonly string[];
}

/** A version of the database or of the files. */
export interface VersionLine {
  readonly version: string;
  readonly name: string;
  readonly state: string;
  /** ISO 8601; null where it is not recorded. */
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  /** The role that ran it. */
  readonly by: string | null;
  /** The version of Slipway that ran it. */
  readonly program: string | null;
}

/** Something that `check` found wrong. */
export interface ReportedProblem {
  readonly file: string;
  readonly message: string;
  readonly detail: readonly string[];
  readonly remedy: string;
}

/** The tables of a schema as they are drawn. */
export interface SchemaPicture {
  readonly tables: readonly Table[];
  /** By name, the tables and columns (`schema.table.column`) that this is about: of new migrations, of a difference. */
  readonly touched: ReadonlySet<string>;
  /** What of it is drawn: `the schema at 20251218101500`. */
  readonly title: string;
}

/** What a command has to say; it gives it as soon as it knows it, part by part. */
export interface ReportContent {
  /** How it ended, in one line; `isGood`: nothing is left to do. */
  readonly outcome?: { readonly words: string; readonly isGood: boolean };
  readonly facts?: readonly Fact[];
  /** Why `up` would refuse the database, where that is the answer and no failure. */
  readonly refusal?: Pick<Failure, 'message' | 'remedy' | 'detail'> | null;
  readonly problems?: readonly ReportedProblem[];
  readonly migrations?: readonly MigrationReport[];
  /** Which migrations those are. */
  readonly migrationsNote?: string;
  readonly timeline?: readonly VersionLine[];
  /** Of a list of databases how far each is, as lines of text. */
  readonly databases?: readonly string[];
  /** How the schema differs from what was expected; null: it was to be compared and could not be. */
  readonly comparison?: Comparison | null;
  readonly schema?: SchemaPicture | null;
}

/** All that a report is made of. */
export interface Report extends ReportContent {
  readonly command: string;
  /** Why the run failed; null where it did not. */
  readonly failure: (Failure & { readonly exitCode: number; readonly text: string }) | null;
  /** When it was written. */
  readonly at: Date;
}

/** How a report as a whole is to be taken. */
type Verdict = 'good' | 'notable' | 'bad';

/** What a report comes to, in one line. */
export function verdictOf({ command, failure, problems = [], outcome, refusal }: Report): {
  readonly verdict: Verdict;
  readonly words: string;
} {
  if (failure !== null)
    return { verdict: 'bad', words: `${command} failed (${failure.exit}, ${failure.exitCode})` };
  if (problems.length > 0)
    return {
      verdict: 'bad',
      words: problems.length === 1 ? 'one problem was found' : `${problems.length} problems were found`,
    };
  if (refusal) return { verdict: 'bad', words: outcome?.words ?? 'up would refuse this database' };
  if (outcome === undefined) return { verdict: 'good', words: `${command} ended well` };
  return { verdict: outcome.isGood ? 'good' : 'notable', words: outcome.words };
}
