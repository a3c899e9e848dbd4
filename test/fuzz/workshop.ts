import pg from 'pg';
import { makeProject, type Project } from '../support/project.ts';
import { startServer } from '../support/servers.ts';
import { canary } from './canary.ts';
import { runCommand } from './commands.ts';

/** Databases that every case finds as they are here; only their ledgers differ. */
export const databases = ['head', 'drifted', 'empty'] as const;
export type DatabaseName = (typeof databases)[number];

/** A server with a project whose schema stands in it, for the families that need one. */
export interface Workshop {
  readonly project: Project;
  readonly port: number;
  /** What Slipway finds each database by; the password is the canary. */
  env(database: DatabaseName): Readonly<Record<string, string>>;
  /** Runs SQL as the superuser, who is not who Slipway logs in as. */
  query(database: DatabaseName, sql: string, values?: unknown[]): Promise<pg.QueryResult>;
  /** The rows of an honest ledger, as JSON. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Ends the server; the project stays. */
  stop(): Promise<void>;
  destroy(): Promise<void>;
}

/** Every step can be run again on what it made already, so that no case changes what the next one finds. */
const files = {
  'sql/baseline.sql':
    '-- slipway: version 20250101000000\nCREATE SCHEMA IF NOT EXISTS app;\nCREATE TABLE IF NOT EXISTS app.a (x int NOT NULL);\n',
  'migrations/20250102000000_add_b.sql': 'ALTER TABLE app.a ADD COLUMN IF NOT EXISTS b int;\n',
  'migrations/20250103000000_index.sql':
    '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a_b ON app.a (b);\n',
  'migrations/20250104000000_vacuum.sql': '-- slipway: no-transaction\nVACUUM app.a;\n',
  'migrations/20250105000000_data.sql': 'SELECT 1;\n',
};

const schema = `CREATE SCHEMA app; CREATE TABLE app.a (x int NOT NULL); ALTER TABLE app.a ADD COLUMN b int;
  CREATE INDEX a_b ON app.a (b);`;

/** Starts the server, and brings its databases to where the cases need them. */
export async function openWorkshop(): Promise<Workshop> {
  const server = await startServer(18);
  const { host, port, user, password } = server;
  const clients = new Map<string, pg.Client>();
  const clientOf = async (database: string): Promise<pg.Client> => {
    const known = clients.get(database);
    if (known) return known;
    const client = new pg.Client({ host, port, user, password, database });
    client.on('error', () => {});
    await client.connect();
    clients.set(database, client);
    return client;
  };
  const project = makeProject(files);
  const env = (database: string): Readonly<Record<string, string>> => ({
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: 'fuzz',
    PGPASSWORD: canary,
    PGDATABASE: database,
    PGSSLMODE: 'disable',
  });
  const admin = await clientOf('postgres');
  // A password that is cheap to prove: every case logs in several times.
  await admin.query('SET scram_iterations = 1');
  await admin.query(`CREATE ROLE fuzz SUPERUSER LOGIN PASSWORD '${canary}'`);
  for (const database of databases) await admin.query(`CREATE DATABASE ${database} OWNER fuzz`);
  await (await clientOf('drifted')).query(`${schema} ALTER TABLE app.a ALTER x TYPE bigint`);
  const expectDone = async (name: string, flags: Record<string, boolean> = {}): Promise<void> => {
    const url = `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/postgres`;
    const done = await runCommand(name, {
      directory: project.directory,
      env: { ...env('head'), SLIPWAY_SHADOW_URL: url },
      flags,
    });
    if (done.error !== null || done.exitCode !== 0)
      throw new Error(`${name}: ${done.said.join('\n')}`, { cause: done.error });
  };
  await expectDone('check', { write: true });
  await expectDone('up');
  const ledger = await (await clientOf('head')).query(
    'SELECT to_jsonb(l) AS row FROM slipway.ledger l ORDER BY version',
  );
  const stop = async (): Promise<void> => {
    await Promise.allSettled([...clients.values()].map((client) => client.end()));
    await server.stop('immediate');
  };
  return {
    project,
    port,
    env,
    query: async (database, sql, values) => (await clientOf(database)).query(sql, values),
    rows: ledger.rows.map(({ row }) => row),
    stop,
    async destroy() {
      await stop();
      project.destroy();
    },
  };
}
