import pg from 'pg';
import { eventually } from '../support/activity.ts';
import { type Instance, makeInstance } from '../support/instance.ts';
import { type Facts, factsQuery, readFacts } from './oracle.ts';

/** A server to do harm to, and what the harness asks of it on connections of its own. */
export interface Host {
  readonly port: number;
  readonly version: string;
  env(database: string): Record<string, string>;
  create(database: string): Promise<void>;
  drop(database: string): Promise<void>;
  /** What stands in a database once none of Slipway's sessions is left in it. */
  facts(database: string): Promise<Facts>;
  /** Kills with -9 the server process behind a client's port; the server then restarts by itself. */
  killBackend(clientPort: number): Promise<void>;
  /** Stops the server with -m immediate, and starts it again. */
  restart(): Promise<void>;
  destroy(): Promise<void>;
}

/** What was committed must be there after a crash of the server; a crash of the machine is not tried. */
const settings = { synchronous_commit: 'on', full_page_writes: 'on' };

/** Starts a server of its own. */
export async function startHost(): Promise<Host> {
  const instance: Instance = await makeInstance();
  await instance.start(settings);
  const [row] = await instance.query<{ version: string }>(
    'SELECT current_setting($$server_version$$) AS version',
  );
  /** After a crash the server refuses sessions for a moment. */
  const query = <Row extends pg.QueryResultRow>(sql: string, database?: string): Promise<Row[]> =>
    eventually(async () => {
      try {
        return await instance.query<Row>(sql, database);
      } catch (error) {
        if (isPassing(error)) return undefined;
        throw error;
      }
    }, 'an answer of the server');
  return {
    port: instance.port,
    version: String(row?.version),
    env: (database) => instance.env(database),
    create: async (database) => void (await query(`CREATE DATABASE ${database}`)),
    drop: async (database) => void (await query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)),
    async facts(database) {
      await eventually(async () => {
        const [left] = await query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
        );
        return left?.n === 0;
      }, 'the end of all sessions');
      const [facts] = await query<Parameters<typeof readFacts>[0]>(factsQuery, database);
      if (facts === undefined) throw new Error('no facts');
      return readFacts(facts);
    },
    async killBackend(clientPort) {
      const [backend] = await query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE client_port = ${clientPort}`,
      );
      if (backend === undefined) return;
      const isUp = instance.waitForLog(/ready to accept connections/);
      process.kill(backend.pid, 'SIGKILL');
      await isUp;
    },
    async restart() {
      await instance.stop('SIGQUIT');
      await instance.start(settings);
    },
    destroy: () => instance.destroy(),
  };
}

/** Starting up, shutting down, crashed, or not listening. */
function isPassing(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(57P0|08)/.test(error.code ?? '');
  return error instanceof Error && /ECONNREFUSED|ECONNRESET|Connection terminated/.test(error.message);
}
