import type pg from 'pg';
import type { TestDatabase } from './database.ts';

/** What an application saw. */
interface Service {
  /** How often it ran each of its statements. */
  readonly rounds: number;
  /** The longest that a statement took, in ms. */
  readonly longestMs: number;
  /** What ended it early, and in which statement; null where nothing did. */
  readonly failure: { readonly statement: string; readonly error: pg.DatabaseError } | null;
}

/** An application that runs its statements on one connection, one after the other, over and over. */
export interface Application {
  /** Waits until it has run all of its statements so many times more, or one has failed. */
  serve(rounds: number): Promise<void>;
  /** Lets it end its round. */
  stop(): Promise<Service>;
}

export interface ApplicationOptions {
  readonly database: TestDatabase;
  /** SQL in which a word such as `:order` stands for a key. */
  readonly statements: readonly string[];
  /** Word -> the keys are from 1 to this. */
  readonly keys: Readonly<Record<string, number>>;
  readonly lockTimeoutMs: number;
}

/** Far apart, so that rows of every part of a table have their turn; a prime number. */
const stride = 104_729;

/** Starts an application; the first of its statements that fails ends it. */
export async function startApplication(options: ApplicationOptions): Promise<Application> {
  const { database, statements, keys, lockTimeoutMs } = options;
  const client = await database.connect({ application_name: 'application', lock_timeout: lockTimeoutMs });
  const isOver = new AbortController();
  const waiting: { readonly until: number; readonly resolve: () => void }[] = [];
  let rounds = 0;
  let longestMs = 0;

  const withKeys = (statement: string): string =>
    statement.replace(/(?<!:):(\w+)/g, (word, name: string) =>
      name in keys ? String(1 + ((rounds * stride) % (keys[name] ?? 1))) : word,
    );
  const wake = (all: boolean): void => {
    for (const { until, resolve } of waiting) if (all || rounds >= until) resolve();
  };
  const serving = (async (): Promise<Service['failure']> => {
    for (; !isOver.signal.aborted; rounds += 1, wake(false)) {
      for (const statement of statements) {
        const startedAt = performance.now();
        const error: pg.DatabaseError | null = await client.query(withKeys(statement)).then(
          () => null,
          (reason) => reason,
        );
        longestMs = Math.max(longestMs, performance.now() - startedAt);
        if (error !== null) return { statement, error };
      }
    }
    return null;
  })().finally(() => wake(true));

  return {
    async serve(more) {
      const reached = new Promise<void>((resolve) => waiting.push({ until: rounds + more, resolve }));
      await Promise.race([reached, serving]);
    },
    async stop() {
      isOver.abort();
      const failure = await serving;
      await client.end();
      return { rounds, longestMs, failure };
    },
  };
}
