import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { serversVariable, type TestServer, type WantedServer } from './servers.ts';

const servers: readonly TestServer[] = JSON.parse(process.env[serversVariable] ?? '[]');

/** The majors that this run has a server for, oldest first; Debian's server is one more (`TestServer.major`). */
export const majors: readonly number[] = servers.map(({ major }) => major).sort((a, b) => a - b);

/** The newest major, for tests that need one server, not each. */
export const newestMajor = Math.max(...majors);

/** A server like the newest, for `startServer`. */
export const newestServer = (): WantedServer => (serverOf(newestMajor).isDebian ? 'debian' : newestMajor);

/** For long sweeps: the newest of `majors`; in CI the oldest and Debian's server, too, and with SLIPWAY_TEST_FULL each. */
export const sweptMajors: readonly number[] = process.env.SLIPWAY_TEST_FULL
  ? majors
  : majors.filter(
      (major) =>
        major === newestMajor || (process.env.CI && (major === majors[0] || serverOf(major).isDebian)),
    );

/**
 * What of a long table is tried on a server: with SLIPWAY_TEST_FULL all of it; in CI each fourth row on the newest and on
 * Debian's, other ones at each commit (SLIPWAY_TEST_ROWS), and each eighth elsewhere, as on a person's machine.
 */
export function sampledOn<T>(major: number, rows: readonly T[]): readonly T[] {
  if (process.env.SLIPWAY_TEST_FULL) return rows;
  const isMuch = process.env.CI && (major === newestMajor || serverOf(major).isDebian);
  const share = isMuch ? 4 : 8;
  const first = (Math.floor(major) + Number(process.env.SLIPWAY_TEST_ROWS ?? 0)) % share;
  return rows.filter((_, at) => at % share === first);
}

/** `majors`, or some of them, as rows of a table: `$version` names the server in a title. */
export const named = (some: readonly number[]): { readonly version: string; readonly major: number }[] =>
  some.map((major) => ({ version: serverOf(major).version, major }));

/** A database of its own for one test. */
export interface TestDatabase {
  readonly major: number;
  readonly name: string;
  readonly url: string;
  /** The same for libpq: PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLMODE. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs SQL on a connection that is kept, as the superuser. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Another connection, which `drop` ends at the latest. */
  connect(options?: pg.ClientConfig): Promise<pg.Client>;
  /** Ends the connections made here and drops the database, whoever is connected to it. */
  drop(): Promise<void>;
}

/** How to reach a major's server, as its superuser. */
export function serverOf(major: number): TestServer {
  const server = servers.find((candidate) => candidate.major === major);
  if (!server) throw new Error(`this run has no PostgreSQL ${major}, only ${majors.join(', ')}`);
  return server;
}

/**
 * Makes an empty database, or a copy of another test's database that nobody is connected to.
 *
 * @param major of the server, one of `majors`.
 */
export async function createDatabase(
  major: number,
  options: { template?: string } = {},
): Promise<TestDatabase> {
  const { host, port, user, password } = serverOf(major);
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  // Half the work of the other way where nothing is synced (PostgreSQL docs, CREATE DATABASE, from 15 on).
  const strategy = major >= 15 ? ' STRATEGY file_copy' : '';
  await administer(major, `CREATE DATABASE ${name} TEMPLATE ${options.template ?? 'template1'}${strategy}`);
  const clients: pg.Client[] = [];
  const connect = async (more: pg.ClientConfig = {}): Promise<pg.Client> => {
    const client = new pg.Client({ host, port, user, password, database: name, ...more });
    // A test that ends the backend makes the client emit this as well as reject what it is doing.
    client.on('error', () => {});
    clients.push(client);
    await client.connect();
    return client;
  };
  let own: Promise<pg.Client> | null = null;
  return {
    major,
    name,
    url: `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${name}`,
    env: {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: name,
      PGSSLMODE: 'disable',
    },
    async query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
      own ??= connect();
      const result = await (await own).query<Row>(sql, values);
      return result.rows;
    },
    connect,
    async drop() {
      const isOver = (): Promise<unknown> => Promise.allSettled(clients.map((client) => client.end()));
      await isOver();
      const drop = (): Promise<unknown> => administer(major, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await drop().catch(async (error) => {
        if (!/ used by logical replication subscription/.test(error.message)) throw error;
        await (await connect()).query(withoutSubscriptions);
        await isOver();
        await drop();
      });
    },
  };
}

/** A database that has a subscription cannot be dropped; without a slot, the subscription can. */
const withoutSubscriptions = `DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT subname FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) LOOP
    EXECUTE format('ALTER SUBSCRIPTION %I DISABLE', one.subname);
    EXECUTE format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', one.subname);
    EXECUTE format('DROP SUBSCRIPTION %I', one.subname);
  END LOOP; END $$`;

/** Runs SQL for the whole server, as its superuser, in the database `postgres`. */
export async function administer(major: number, sql: string): Promise<pg.QueryResult> {
  const { host, port, user, password } = serverOf(major);
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
