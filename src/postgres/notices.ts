import type { Log } from '../log/index.ts';
/** A NOTICE or WARNING of the server (PostgreSQL docs 55.8). */
export interface Notice {
  readonly severity: string;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
  /** The server's function that speaks, which no language changes. */
  readonly routine: string | null;
}

/** Who is told of notices. */
export interface NoticeTeller {
  say(notice: Notice): void;
  /** So many came between those that were told before and those that are told next. */
  leftOut(count: number): void;
}

/** Of the answer to one message so many are told as they come, and of the rest so many at its end, the last. */
export const mostNotices = 1_000;
/** Characters that those add up to. */
const mostCharacters = 1_000_000;
/** Characters of one text. */
const mostOfText = 8_000;

/** Tells notices as they come, until they are more than anybody reads; then the last ones are kept for the end. */
export class Notices {
  readonly #teller: NoticeTeller;
  #told = 0;
  #toldCharacters = 0;
  #kept: Notice[] = [];
  #keptCharacters = 0;
  #leftOut = 0;

  constructor(teller: NoticeTeller) {
    this.#teller = teller;
  }

  take(whole: Notice): void {
    const notice = shortened(whole);
    const characters = charactersOf(notice);
    if (this.#told < mostNotices && this.#toldCharacters < mostCharacters) {
      this.#told += 1;
      this.#toldCharacters += characters;
      this.#teller.say(notice);
      return;
    }
    this.#kept.push(notice);
    this.#keptCharacters += characters;
    if (this.#kept.length > 2 * mostNotices || this.#keptCharacters > 2 * mostCharacters) this.#forget();
  }

  /** The answer is complete: what was kept is told, and the next answer begins anew. */
  end(): void {
    this.#forget();
    if (this.#leftOut > 0) this.#teller.leftOut(this.#leftOut);
    for (const notice of this.#kept) this.#teller.say(notice);
    this.#told = 0;
    this.#toldCharacters = 0;
    this.#kept = [];
    this.#keptCharacters = 0;
    this.#leftOut = 0;
  }

  /** Leaves the last. */
  #forget(): void {
    let from = this.#kept.length;
    let characters = 0;
    while (from > 0 && this.#kept.length - from < mostNotices) {
      characters += charactersOf(this.#kept[from - 1] as Notice);
      if (characters > mostCharacters) break;
      from -= 1;
    }
    this.#leftOut += from;
    this.#kept = this.#kept.slice(from);
    this.#keptCharacters = this.#kept.reduce((sum, notice) => sum + charactersOf(notice), 0);
  }
}

const charactersOf = ({ message, detail, hint }: Notice): number =>
  message.length + (detail?.length ?? 0) + (hint?.length ?? 0);

const shortened = (notice: Notice): Notice => ({
  ...notice,
  message: short(notice.message),
  detail: notice.detail === null ? null : short(notice.detail),
  hint: notice.hint === null ? null : short(notice.hint),
});

/** A copy that does not hold on to the whole. */
const short = (text: string): string =>
  text.length <= mostOfText ? text : `${Buffer.from(text.slice(0, mostOfText)).toString()}...`;

/** Notices as lines of the log, each with what the server has to say beyond it. */
export const noticeTeller = (log: Log): NoticeTeller => ({
  say({ severity, message, detail, hint, routine }) {
    if (routine === ownRollback) return;
    const more = [...(detail ? [`detail: ${detail}`] : []), ...(hint ? [`hint: ${hint}`] : [])];
    const fields = { event: 'notice', severity, ...(more.length > 0 && { detail: more }) } as const;
    const isOfCommit = routine === waitForStandby;
    const said = `the server says: ${message}`;
    if (isOfCommit) log.warn(fields, `committed here, but no synchronous standby has confirmed it; ${said}`);
    else log[severity === 'WARNING' ? 'warn' : 'info'](fields, said);
  },
  leftOut: (count) =>
    log.warn({ event: 'notices', leftOut: count }, `${count} notices of the server are left out here`),
});

/**
 * Where a COMMIT waits for a synchronous standby (syncrep.c). A warning from there says that the wait was given up: the
 * transaction is committed all the same.
 */
const waitForStandby = 'SyncRepWaitForLSN';

/**
 * Where ROLLBACK finds no transaction (xact.c), and warns (25P01). None of a file's is sent (`src/sql/lint.ts`); ours
 * finds none where the server could not read the message that was to begin it.
 */
const ownRollback = 'UserAbortTransactionBlock';
