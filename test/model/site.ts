import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import pg from 'pg';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { exitCodes } from '../../src/core/errors.ts';
import { SlipwayError } from '../../src/core/slipway-error.ts';
import type { Embedded } from '../../src/shadow/embedded.ts';
import { openFaultWire } from '../faults/wire.ts';
import { eventually } from '../support/activity.ts';
import { contextOf } from '../support/in-process.ts';
import { makeProject } from '../support/project.ts';
import { startSlipway } from '../support/slipway.ts';
import { type Image, render } from './image.ts';
import { type Facts, readFacts } from './oracle.ts';

/** How a command ended: its exit code, null where it was killed, and what it said. */
interface Ran {
  readonly code: number | null;
  readonly said: string;
}

/** A message of the protocol at which a run is killed, counted from 1. */
interface Kill {
  readonly direction: 'sent' | 'received';
  readonly at: number;
}

/** A project and two databases, one to live in and one that is always fresh. */
export interface Site {
  /** Runs a command on the database; in this process, or where `isBundled` is set as it is shipped. */
  run(argv: readonly string[]): Promise<Ran>;
  /** Runs a command as it is shipped and kills it with -9 at a message. */
  runKilled(argv: readonly string[], kill: Kill): Promise<Ran>;
  /** Calls `work` with a database that was made for it. */
  onFresh<T>(work: (fresh: Pick<Site, 'run' | 'facts'>) => Promise<T>): Promise<T>;
  facts(): Promise<Facts>;
  sql(text: string): Promise<void>;
  install(image: Image): void;
  read(path: string): string;
  /** Every file of the project: path -> content. */
  files(): Map<string, string>;
  /** Empties the database and sets how commands are run from now on. */
  reset(isBundled: boolean): Promise<void>;
  destroy(): Promise<void>;
}

/** No command of the model takes that long: it hangs. */
const longestMs = 60_000;
const environment = { SLIPWAY_WAIT_TIMEOUT: '20s', SLIPWAY_LOCK_TIMEOUT: '20s', PGSSLMODE: 'disable' };

const emptied = `DROP SCHEMA IF EXISTS slipway CASCADE;
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
    EXECUTE 'DROP TABLE ' || name || ' CASCADE';
  END LOOP;
END $$`;

/** Makes a site on a server, with databases of its own. */
export async function makeSite(server: Embedded, name: string): Promise<Site> {
  const { host, port, user, password } = server;
  const project = makeProject();
  const { directory } = project;
  const urlOf = (database: string): string =>
    `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ host, port, user, password, database });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const admin = await connect('postgres');
  await admin.query(`CREATE DATABASE ${name}`);
  const client = await connect(name);
  let isBundled = false;
  let fresh = 0;

  const bundled = async (argv: readonly string[], database: string, at = port): Promise<Ran> => {
    const { code, stdout, stderr } = await startSlipway(argv, {
      cwd: directory,
      env: environmentOf(database, at),
      signal: AbortSignal.timeout(longestMs),
    }).done;
    return { code, said: `${stdout}${stderr}` };
  };
  const environmentOf = (database: string, at: number): Record<string, string> => ({
    ...environment,
    PGHOST: host,
    PGPORT: String(at),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    SLIPWAY_SHADOW_URL: urlOf('postgres'),
  });
  const run = (argv: readonly string[], database: string): Promise<Ran> =>
    isBundled ? bundled(argv, database) : inProcess(argv, directory, urlOf(database));
  return {
    run: (argv) => run(argv, name),
    async runKilled(argv, { direction, at }) {
      let release = (): void => {};
      const isStarted = new Promise<void>((resolve) => {
        release = resolve;
      });
      const wire = await openFaultWire(port, {
        direction,
        at,
        after: 'close',
        strike: async () => {
          await isStarted;
          running.kill('SIGKILL');
          await running.done;
        },
      });
      const running = startSlipway(argv, {
        cwd: directory,
        env: environmentOf(name, wire.port),
        signal: AbortSignal.timeout(longestMs),
      });
      release();
      const { code, stdout, stderr } = await running.done;
      await wire.close();
      await eventually(async () => {
        const left = await client.query(
          'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        );
        return left.rowCount === 0;
      }, 'the end of all sessions');
      return { code, said: `${stdout}${stderr}` };
    },
    async onFresh(work) {
      fresh += 1;
      const database = `${name}_fresh_${fresh}`;
      await admin.query(`CREATE DATABASE ${database}`);
      const other = await connect(database);
      try {
        return await work({ run: (argv) => run(argv, database), facts: () => readFacts(other) });
      } finally {
        await other.end();
        await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      }
    },
    facts: () => readFacts(client),
    sql: async (text) => void (await client.query(text)),
    install(image) {
      for (const folder of ['sql', 'migrations']) {
        rmSync(join(directory, folder), { recursive: true, force: true });
        mkdirSync(join(directory, folder));
      }
      for (const [path, content] of render(image)) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), content);
      }
    },
    read: (path) => readFileSync(join(directory, path), 'utf8'),
    files: () =>
      new Map(
        readdirSync(directory, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => {
            const path = join(entry.parentPath, entry.name);
            return [relative(directory, path), readFileSync(path, 'utf8')];
          }),
      ),
    async reset(bundledFromNowOn) {
      isBundled = bundledFromNowOn;
      await client.query(emptied);
    },
    async destroy() {
      await client.end();
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.end();
      project.destroy();
    },
  };
}

/** Runs a command as `src/main.ts` does, without the process. */
async function inProcess(argv: readonly string[], directory: string, url: string): Promise<Ran> {
  const context = contextOf({ directory, url });
  try {
    const line = await parseCommandLine(argv);
    if (line.kind === 'print') return { code: line.exit, said: line.text };
    const { name, positionals, flags, command } = line;
    const code = await command.run({ ...context, name, positionals, flags });
    return { code, said: context.printed.join('\n') };
  } catch (error) {
    const said = [...context.printed, error instanceof Error ? (error.stack ?? '') : String(error)];
    if (!(error instanceof SlipwayError)) return { code: exitCodes.bug.code, said: said.join('\n') };
    const { detail = [], remedy } = error.failure;
    return {
      code: error.code,
      said: [...context.printed, error.message, ...detail, remedy].join('\n'),
    };
  }
}
