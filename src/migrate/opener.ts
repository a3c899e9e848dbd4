import type { App } from '../app/index.ts';
import type { ConnInfo } from '../config/index.ts';
import { type Deadline, deadlineIn } from '../core/index.ts';
import { atLeast } from '../log/index.ts';
import {
  answerWithin,
  type ConnectOptions,
  connect,
  type Identity,
  noticeTeller,
  type Session,
} from '../postgres/index.ts';

/** How long the server is waited for, be it for a connection or for an answer. */
export interface WaitBudget {
  /** Milliseconds from now. */
  readonly waitMs: () => number;
  /** What an answer is given whatever is left; milliseconds. */
  readonly leastForAnswerMs?: number | undefined;
  /** Whether a reason for which there is no connection is not waited for at all, whatever is usual. */
  readonly isFinal?: ((sqlstate: string | undefined) => boolean) | undefined;
}

interface OpenerOptions {
  readonly identity: Identity;
  /** Whether the primary is needed, and a missing database is made where the configuration says so. */
  readonly isWriter: boolean;
  readonly waitBudget: WaitBudget;
  /** Throws where something is wrong with the files: then no database is made for them. */
  readonly assertFiles: () => Promise<void>;
}

/** Opens the sessions of a run, and remembers them. */
export class Opener {
  readonly opened: Session[] = [];
  /** Whether the next session must bear whatever the role or the database has set. */
  isFirm: boolean;
  private readonly app: App;
  private readonly options: OpenerOptions;

  constructor(app: App, options: OpenerOptions, isFirm: boolean) {
    this.app = app;
    this.options = options;
    this.isFirm = isFirm;
  }

  /** @throws what `connect` throws. */
  async open(
    conn: ConnInfo,
    deadline: Deadline,
    { isProved = false, isFinal }: Pick<ConnectOptions, 'isProved' | 'isFinal'> = {},
  ): Promise<Session> {
    const { log, config } = this.app;
    const { identity, isWriter, waitBudget } = this.options;
    const session = await connect(conn, {
      identity,
      deadline,
      needsPrimary: isWriter,
      isProved,
      answerWithinMs: () => answerWithin(waitBudget.waitMs(), waitBudget.leastForAnswerMs),
      log,
      signal: identity.signal,
      isFirm: this.isFirm || isFinal !== undefined,
      isFinal: isFinal ?? (config.createDatabase ? undefined : waitBudget.isFinal),
      createDatabase:
        isWriter && config.createDatabase && !isFinal ? (asked) => this.createDatabase(asked) : undefined,
    });
    this.opened.push(session);
    session.tellNotices(noticeTeller(log));
    return session;
  }

  /** As `open`, in one try and without a word: for what is a courtesy. */
  openQuietly(): Promise<Session> {
    const { config, log, signal } = this.app;
    return connect(config.connection, {
      identity: this.options.identity,
      isFirm: this.isFirm,
      deadline: deadlineIn(0),
      needsPrimary: false,
      log: atLeast('silent', log),
      signal,
    });
  }

  private async createDatabase(asked: ConnInfo): Promise<boolean> {
    const { assertFiles, waitBudget } = this.options;
    await assertFiles();
    const { createDatabase, isAboutDatabase } = await import('../postgres/create-database.ts');
    return createDatabase(asked, this.app.config.role, (other) =>
      this.open(other, deadlineIn(waitBudget.waitMs()), { isFinal: isAboutDatabase }),
    );
  }
}
