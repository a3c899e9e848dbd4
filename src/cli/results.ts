/**
 * What each command prints on stdout with `--json`. These are types alone; docs/schemas is made of them, comments
 * included.
 */
import type { Problem, StatementLocks, UntoldLocks } from '../check/index.ts';
import type { ExitName } from '../core/index.ts';
import type { LockedTable } from '../impact/index.ts';
import type { ToolEvidence } from '../inspect/evidence.ts';
import type { DatabaseState } from '../inspect/index.ts';
import type { Unchecked } from '../inspect/notices.ts';
import type { LedgerRow, Repeated, StatementProgress } from '../ledger/index.ts';
import type { LockChanges } from '../lockfile/changes.ts';
import type { StepOutcome } from '../migrate/index.ts';
import type { Version } from '../migrations/index.ts';
import type { Refusal, Step } from '../plan/index.ts';
import type { FixedBy, WrittenFix } from '../reconcile/index.ts';
import type { Finding } from '../repair/index.ts';
import type { Comparison, Difference } from '../schema/compare/index.ts';
import type { SplitFile } from '../split/index.ts';
import type { Squashed, Written as WrittenSquash } from '../squash/index.ts';
import type { Definition } from './definition.ts';
import type { Where } from './where.ts';

/** What a command prints that ended well, or where only its report could not be written. */
type Reported<Result> = Result | (Result & Failed);

/** By command, everything that it may print; `Failed` alone is what any of them prints where it could not begin. */
export interface Results {
  readonly up: Reported<UpDone> | (UpFailed & Failed) | Reported<UpEach> | Failed;
  readonly plan: Planned | (PlanRefused & Failed) | Failed;
  readonly status: Reported<StatusResult> | Reported<StatusEach> | Failed;
  readonly wait: WaitDone | Failed;
  readonly check: Reported<CheckAgrees> | Reported<CheckDisagrees> | Failed;
  readonly new: NewFiles | GeneratedFiles | Failed;
  readonly split: SplitPrinted | Failed;
  readonly down: Undone | Failed;
  readonly adopt: Adopted | FixWritten | Fixed | Failed;
  readonly repair: RepairResult | FixWritten | Fixed | Failed;
  readonly squash: SquashDone | SquashPrinted | NothingToSquash | Disagrees | Failed;
  readonly dev: DevEnded | Failed;
  readonly demo: DemoDone | Failed;
  readonly help: Definition | Failed;
}

/** Why a command did not end well. */
export interface Failed {
  readonly error: {
    /** The process's exit code. */
    readonly exitCode: number;
    /** Its name. */
    readonly exit: ExitName;
    readonly message: string;
    /** `file`, `file:line` or `file:line:column`; null where it is no place in a file. */
    readonly place: string | null;
    /** The server's, where it was the server that objected. */
    readonly sqlstate: string | null;
    /** What to do. */
    readonly remedy: string;
    /** Lines beneath the message: an excerpt, a list, what became of each step. */
    readonly detail: readonly string[];
    /** Each of several problems, the one of the message first where it has one; empty where the message tells all. */
    readonly problems: readonly OneProblem[];
  };
}

/** One of several things that are wrong with files or settings. */
interface OneProblem {
  readonly exit: ExitName;
  readonly message: string;
  /** `file`, `file:line` or `file:line:column`; null where it is no place in a file. */
  readonly place: string | null;
  readonly remedy: string;
  readonly detail: readonly string[];
}

interface UpResult {
  /** null where none was reached. */
  readonly database: Where | null;
  /** The version that the database had when the run began; null: it was empty, or that is not known. */
  readonly from: Version | null;
  /** The version that it has now; null where the run failed, or this image has no files. */
  readonly version: Version | null;
  /** Versions in the ledger that this image does not contain. */
  readonly ahead: readonly Version[];
  /** The baseline that the database began with, where it is a newer image's. */
  readonly newerBaseline: Version | null;
  /** Every file that was planned, and what became of it. */
  readonly steps: readonly StepOutcome[];
  readonly ms: number;
}

export interface UpDone extends UpResult {
  readonly result: 'upToDate';
}

export interface UpFailed extends UpResult {
  readonly result: 'failed';
}

/** With `--each`: a database of the list. */
interface EachDatabase {
  readonly database: string;
  /** null where its turn did not come. */
  readonly exit: ExitName | null;
  readonly exitCode: number | null;
  /** null where it has none, or that is not known. */
  readonly version: Version | null;
  readonly head: Version;
  readonly failure: Failed['error'] | null;
}

/** `up --each`: a database of the list. */
export interface UpEachDatabase extends EachDatabase {
  readonly state: 'atHead' | 'ahead' | 'failed' | 'interrupted' | 'notBegun';
  /** How many files were applied. */
  readonly applied: number;
}

/** `up --each`: what became of all, counted. */
export interface UpEachSummary {
  readonly total: number;
  /** Or ahead of this image. */
  readonly atHead: number;
  /** Of these, those that something was applied to. */
  readonly brought: number;
  readonly failed: number;
  /** A signal ended the run while they were worked on. */
  readonly interrupted: number;
  /** The run ended before their turn came. */
  readonly notBegun: number;
  readonly ms: number;
}

/** `up --each`. */
export interface UpEach {
  readonly result: 'upToDate' | 'failed';
  readonly databases: readonly UpEachDatabase[];
  readonly summary: UpEachSummary;
}

/** How far a no-transaction file has come that has several statements, which are counted from 1. */
export type CountedStatements = Pick<StatementProgress, 'of' | 'done' | 'begun'>;

export interface PlannedStep {
  /** `resume`: it was begun, and is finished. */
  readonly action: Step['kind'];
  readonly version: Version;
  readonly name: string;
  readonly kind: LedgerRow['kind'];
  readonly file: string;
  /** Whether it runs in a transaction. */
  readonly transaction: boolean;
  /** What it locks that somebody may wait for, by the lock file; absent where nothing is, or it is not known. */
  readonly locks?: readonly LockedTable[];
  /** Of a file that is resumed and has several statements: how many are done, of how many. */
  readonly statements?: CountedStatements;
}

/** What `up` would do. */
export type Planned = { readonly database: Where } & (
  | {
      readonly plan: 'upToDate';
      readonly version: Version | null;
      readonly ahead: readonly Version[];
      readonly newerBaseline: Version | null;
    }
  | { readonly plan: 'adopt'; readonly version: Version; readonly steps: readonly PlannedStep[] }
  | {
      readonly plan: 'run';
      readonly from: Version | null;
      readonly steps: readonly PlannedStep[];
      /** How far the first step is, where it is repeated and has begun. */
      readonly repeated?: Repeated;
    }
);

/** Why `up` would refuse. */
export interface PlanRefused {
  readonly plan: 'refused';
  readonly reason: Refusal['kind'];
  /** Where it has drifted: the version that it should be. */
  readonly version?: Version;
  /** Where it is unmanaged: the versions whose schema it has. */
  readonly matches?: readonly Version[];
  /** Where it is unmanaged and matches none. */
  readonly closest?: Version;
  readonly differences?: readonly Difference[];
  readonly database: Where;
}

/** What is known of a database in short. */
export interface Summary {
  readonly state: DatabaseState['kind'];
  readonly version: Version | null;
  readonly head: Version;
  readonly pending: readonly Version[];
  /** How far the first of them is, where it is repeated and has begun. */
  readonly repeated?: Repeated;
  readonly ahead: readonly Version[];
  /** The baseline that the database began with, where it is newer and the ledger does not say what it took in. */
  readonly newerBaseline: Version | null;
  /** How the schema compares: with its version, or where it is unmanaged with all that the lock knows. */
  readonly schema: SchemaSummary;
  /** What other tools left. */
  readonly evidence: readonly ToolEvidence[];
  /** Schemas that resemble a tenant's copy of what the lock names, in words; absent where there is none. */
  readonly tenants?: readonly string[];
  /** Why `up` would refuse; null where it would not. */
  readonly refusal: {
    readonly message: string;
    readonly remedy: string;
    readonly detail: readonly string[];
  } | null;
}

export type SchemaSummary =
  | {
      readonly kind: 'compared';
      /** How many objects differ that an application depends on. */
      readonly drifted: number;
      /** How many others. */
      readonly reported: number;
      readonly extra: number;
      /** Facets that cannot be verified: `object: facet`. */
      readonly unverified: readonly string[];
    }
  | { readonly kind: 'notCompared'; readonly reason: Unchecked | 'notManaged' }
  | { readonly kind: 'matches'; readonly versions: readonly Version[] }
  | { readonly kind: 'matchesNone'; readonly closest: Version };

/** One line of `status --all`. */
export interface StatusLine {
  readonly version: Version;
  readonly name: string;
  readonly state: 'applied' | 'adopted' | 'running' | 'pending' | 'superseded';
  readonly kind: LedgerRow['kind'];
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly by: string | null;
  /** Where it is running, and its statements are counted. */
  readonly statements?: CountedStatements;
  /** Of a file that is repeated: how far it is, or came. */
  readonly repeated?: Repeated;
}

export interface StatusResult extends Summary {
  readonly database: Where;
  /** With `--all`. */
  readonly versions?: readonly StatusLine[];
  /** With `--drift`; null where nothing was compared. */
  readonly drift?: Comparison | null;
}

/** `status --each`: a database of the list; what could not be found out is null. */
export interface StatusEachDatabase extends EachDatabase {
  readonly state: DatabaseState['kind'] | null;
  /** How many files `up` would apply. */
  readonly behind: number | null;
  /** How many versions it has beyond head. */
  readonly ahead: number | null;
  /** Why `up` would refuse it. */
  readonly refusal: string | null;
}

/** `status --each`: what became of all, counted. */
export interface StatusEachSummary {
  readonly total: number;
  /** Or ahead of this image. */
  readonly atHead: number;
  /** `up` would bring them there. */
  readonly behind: number;
  /** `up` would refuse them. */
  readonly refused: number;
  /** It could not be found out. */
  readonly failed: number;
  readonly notBegun: number;
}

/** `status --each`. */
export interface StatusEach {
  readonly result: 'upToDate' | 'behind' | 'failed';
  readonly head: Version;
  readonly databases: readonly StatusEachDatabase[];
  readonly summary: StatusEachSummary;
}

export interface WaitDone {
  readonly ready: true;
  readonly version: Version;
  readonly database: Where;
}

export interface CheckAgrees extends Partial<LockChanges> {
  readonly ok: true;
  /** How many were replayed. */
  readonly versions: number;
  readonly head: Version;
  readonly ms: number;
  /** With `--against`: what the other lock is called. */
  readonly against?: string;
  /** What each statement of the new files locks, of those that block somebody or read a whole table. */
  readonly locks?: readonly StatementLocks[];
  /** The new files of which nobody can tell what they lock. */
  readonly untold?: readonly UntoldLocks[];
  /** With `--write`: parts of objects that are others each time, which the lock does not verify. */
  readonly changing?: readonly ChangingPart[];
  /** Objects that differ and are only told of. */
  readonly reported?: readonly string[];
  /** Facets that cannot be verified here: `object: facet`. */
  readonly unverified?: readonly string[];
}

export interface ChangingPart {
  readonly object: string;
  readonly part: string;
  /** `file` or `file:line`. */
  readonly place: string;
  /** The time zone that it depends on; absent where it depends on the moment. */
  readonly zone?: string;
}

/** What is wrong with the files, or is to be decided. */
export interface Disagrees {
  readonly ok: false;
  readonly problems: readonly Problem[];
  readonly ms: number;
}

/** As `Disagrees`, of `check`. */
export interface CheckDisagrees extends Disagrees {
  /** As where they agree. */
  readonly locks?: readonly StatementLocks[];
  /** As where they agree. */
  readonly untold?: readonly UntoldLocks[];
}

/** `split`. */
export interface SplitPrinted {
  /** What the file becomes, in order. */
  readonly files: readonly SplitFile[];
  readonly written: boolean;
}

export interface NewFiles {
  readonly files: readonly string[];
}

/** `new --from`. */
export interface GeneratedFiles {
  /** Empty where nothing differs. */
  readonly files: readonly string[];
  readonly statements: number;
  /** What the files miss or would lose. */
  readonly problems: readonly string[];
  /** Schemas that the desired schema has nothing in. */
  readonly leftAlone: readonly string[];
}

export interface Undone {
  /** The version that was undone last; null where --to names the newest. */
  readonly undone: UndoneVersion | null;
  /** All that were undone, the newest first. */
  readonly versions: readonly UndoneVersion[];
  readonly database: Where;
}

interface UndoneVersion {
  readonly version: Version;
  readonly name: string;
  /** Milliseconds that it took. */
  readonly ms: number;
}

export interface Adopted {
  readonly adopted: Version;
  /** How many versions were recorded. */
  readonly recorded: number;
  /** How many differences were accepted. */
  readonly accepted: number;
  /** Whether the schema was found to be that of the version. */
  readonly verified: boolean;
  readonly database: Where;
}

/** `--write-fix`. */
export interface FixWritten {
  readonly fix: Omit<WrittenFix, 'text'> & {
    /** The SQL, with `--write-fix -`. */
    readonly text?: string;
  };
}

/** `--fix`. */
export interface Fixed {
  readonly fixed: Version;
  /** How many versions were recorded. */
  readonly recorded: number;
  readonly fix: FixedBy['fix'];
  readonly ms: number;
}

export interface RepairResult {
  readonly repair: 'nothing' | 'applied' | 'needed';
  readonly findings: readonly RepairFinding[];
}

interface RepairFinding {
  readonly kind: Finding['kind'];
  readonly message: string;
  readonly detail: readonly string[];
  readonly remedy: string;
  /** What puts it right; empty where a person must. */
  readonly actions: readonly RepairAction[];
}

/** A row of the ledger, or what is wrong with it. */
type Row = LedgerRow | { readonly problem: string };

export type RepairAction =
  /** The file's checksum is taken as it is now. */
  | { readonly action: 'accept'; readonly version: Version; readonly was: string | null }
  | { readonly action: 'record'; readonly version: Version }
  /** So many statements of the row's file are noted as done, and none as under way. */
  | { readonly action: 'count'; readonly row: LedgerRow; readonly statements: number }
  | { readonly action: 'remove'; readonly rows: readonly Row[] }
  | { readonly action: 'finish' | 'remove'; readonly row: LedgerRow };

interface SquashMade extends Pick<Squashed, 'rows' | 'sequences' | 'kept'> {
  readonly ok: true;
  readonly version: Version;
  /** The versions that the new baseline includes. */
  readonly folded: readonly Version[];
  /** How many objects it makes. */
  readonly objects: number;
  readonly ms: number;
}

export interface SquashDone extends SquashMade, WrittenSquash {}

/** `--dry-run`. */
export interface SquashPrinted extends SquashMade {
  /** The text of the new baseline. */
  readonly baseline: string;
}

export interface NothingToSquash extends WrittenSquash {
  readonly ok: true;
  readonly version: Version;
  readonly folded: readonly Version[];
}

export interface DevEnded {
  /** How many answers were given; each is an event of the log. */
  readonly answers: number;
}

export interface DemoDone {
  /** The version of the PostgreSQL that it ran on. */
  readonly postgres: string;
  readonly commands: readonly {
    readonly command: string;
    readonly exitCode: number;
    /** Wall time. */
    readonly ms: number;
  }[];
  readonly ms: number;
}
