import type { TestDatabase } from './database.ts';

/** A server process at work in the test's database. */
export interface Backend {
  readonly pid: number;
  readonly application: string;
  readonly query: string;
  readonly waits: string | null;
}

type Asked = Pick<TestDatabase, 'query'>;

const everyMs = 20;
const atMostMs = 20_000;

/**
 * Asks again and again until `find` gives something: the server has no event for what another session does.
 *
 * @throws Error with what was seen last, after 20 s.
 */
export async function eventually<T>(find: () => Promise<T | undefined | false>, what: string): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() - startedAt > atMostMs) throw new Error(`${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** The processes of Slipway's sessions in the database. */
export function slipwayBackends(database: Asked): Promise<Backend[]> {
  return database.query<Backend>(
    `SELECT pid, application_name AS application, query, wait_event AS waits FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'slipway %' ORDER BY backend_start`,
  );
}

/** Waits until a session of Slipway runs a statement that matches, and returns its process. */
export function backendRunning(database: Asked, query: RegExp): Promise<Backend> {
  return eventually(
    async () => (await slipwayBackends(database)).find((backend) => query.test(backend.query)),
    `a statement like ${query}`,
  );
}

/** Waits until no session of Slipway is left. */
export async function nobodyLeft(database: Asked): Promise<void> {
  await eventually(async () => (await slipwayBackends(database)).length === 0, 'the end of all sessions');
}
