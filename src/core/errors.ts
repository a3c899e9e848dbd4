import { oneLine, printableName } from './printable.ts';
import { maskSecrets } from './redact-sql.ts';

/**
 * The exit codes: a contract that scripts and Kubernetes' podFailurePolicy read.
 * `again` says whether trying again later, with nothing changed, can help.
 */
export const exitCodes = {
  ok: { code: 0, meaning: 'done, or already there', again: false },
  no: {
    code: 1,
    meaning: 'the answer is no (`status --exit-code`, `drift`, `check`, `repair`, `squash`)',
    again: false,
  },
  usage: { code: 64, meaning: 'wrong usage', again: false },
  migration: {
    code: 65,
    meaning:
      'a migration is bad: its SQL failed, it did not make what the lock says, or the file cannot be read as one',
    again: false,
  },
  files: {
    code: 66,
    meaning:
      'migrations, baseline or lock not found, unreadable, or with merge conflicts; or a file or stream that cannot be written',
    again: false,
  },
  bug: { code: 70, meaning: 'a bug in Slipway', again: false },
  temporary: {
    code: 75,
    meaning: 'temporary: not reachable in time, lock not free in time, a deadline is over, busy',
    again: true,
  },
  denied: { code: 77, meaning: 'wrong password, or a privilege is missing', again: false },
  config: { code: 78, meaning: 'wrong configuration', again: false },
  unmanaged: { code: 80, meaning: 'unmanaged database that matches nothing', again: false },
  corrupt: { code: 81, meaning: 'the ledger contradicts itself, or is not ours', again: false },
  disagree: { code: 82, meaning: 'files and ledger disagree', again: false },
  newer: { code: 83, meaning: 'database, ledger or lock newer than this image', again: false },
  interrupted: { code: 84, meaning: 'a non-transactional step needs a human', again: false },
  drift: { code: 85, meaning: 'drift: the schema is not what its version says', again: false },
  interruptedBySigint: { code: 130, meaning: 'SIGINT: rolled back', again: true },
  interruptedBySigterm: { code: 143, meaning: 'SIGTERM: rolled back', again: true },
} as const;

export type ExitName = keyof typeof exitCodes;

/** A place in a file; `line` and `column` count from 1, `column` in characters (code points). */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** `file:line:column`, as editors and terminals link it. */
export function formatPlace(place: Place): string {
  return printableName([place.file, place.line, place.column].filter((part) => part !== undefined).join(':'));
}

export interface Failure {
  /** Which exit code the process ends with. */
  readonly exit: ExitName;
  /** What is wrong, naming the thing; one sentence without a full stop. */
  readonly message: string;
  /** Where: a file, a variable's file, a migration. */
  readonly place?: Place | undefined;
  /** What to do about it; one or more sentences. */
  readonly remedy: string;
  /** Text to show beneath the message, line by line: an excerpt with a caret, a list. */
  readonly detail?: readonly string[] | undefined;
  /** The server's SQLSTATE, where it was the server that objected. */
  readonly sqlstate?: string | undefined;
  /** What `--json` puts beside the error: what succeeded, what never ran. */
  readonly report?: object | undefined;
}

/**
 * Every failure that Slipway foresees. What is not one of these is a bug (70). Whatever a message quotes, it is one
 * line, and shows no password.
 */
export class SlipwayError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: { cause?: unknown }) {
    const message = oneLine(maskSecrets(failure.message));
    super(failure.place ? `${formatPlace(failure.place)}: ${message}` : message, options);
    this.name = new.target.name;
    const detail = failure.detail?.map((line) => line.replaceAll(lineEnds, ' '));
    this.failure = { ...failure, message, remedy: oneLine(failure.remedy), ...(detail ? { detail } : {}) };
  }

  /** The process's exit code, 0 to 255. */
  get exitCode(): number {
    return exitCodes[this.failure.exit].code;
  }
}

/** A line of the detail keeps its tabs: a caret beneath may point at it. */
const lineEnds = /[\r\n\u2028\u2029]+/g;

/** Wrong configuration; lists every problem that was found, not just the first. */
export class ConfigError extends SlipwayError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const [first] = problems;
    super({
      exit: 'config',
      message:
        problems.length === 1 && first
          ? `${first.name}: ${first.message}`
          : `${problems.length} settings are wrong`,
      detail: problems.length === 1 ? undefined : problems.map((p) => `${p.name}: ${p.message}. ${p.remedy}`),
      remedy: problems.length === 1 && first ? first.remedy : 'Correct each of them and start again.',
    });
    this.problems = problems;
  }
}

export interface ConfigProblem {
  /** The variable, flag or file as the person wrote it, e.g. `PGPORT` or `.env.testing: DATABASE_URL`. */
  readonly name: string;
  /** What is wrong with it; never holds a secret. */
  readonly message: string;
  readonly remedy: string;
}
