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
  interruptedBySigterm: { code: 143, meaning: 'SIGTERM or SIGHUP: rolled back', again: true },
} as const;

export type ExitName = keyof typeof exitCodes;

/** A place in a file; `line` and `column` count from 1, `column` in characters (code points). */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
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
  /** Each of the several failures that it tells, the one that it leads with first; absent where it is one. */
  readonly problems?: readonly Failure[] | undefined;
  /** The server's SQLSTATE, where it was the server that objected. */
  readonly sqlstate?: string | undefined;
  /** What `--json` puts beside the error: what succeeded, what never ran. */
  readonly report?: object | undefined;
}

/** How the words of a failure are made fit to be read by others, whatever they quote. */
export interface Wording {
  /** One line that shows no password. */
  readonly message: (text: string) => string;
  readonly remedy: (text: string) => string;
  /** Beneath the message; it keeps its tabs, since a caret beneath may point at it. */
  readonly detail: (line: string) => string;
  readonly place: (place: Place) => string;
}

/**
 * A failure as an error. The wording is handed in by whoever extends it, and nothing can be made without one: there is
 * no moment at which an error holds what it must not show.
 */
export abstract class WordedError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, wording: Wording, options?: { cause?: unknown }) {
    const message = wording.message(failure.message);
    super(failure.place ? `${wording.place(failure.place)}: ${message}` : message, options);
    const detail = failure.detail?.map(wording.detail);
    const remedy = wording.remedy(failure.remedy);
    this.failure = { ...failure, message, remedy, ...(detail ? { detail } : {}) };
  }

  /** The process's exit code, 0 to 255. */
  get code(): number {
    return exitCodes[this.failure.exit].code;
  }

  /** The name of the exit code. */
  get exit(): ExitName {
    return this.failure.exit;
  }

  /** What to do. */
  get remedy(): string {
    return this.failure.remedy;
  }
}
