import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type ExitName, exitCodes, readText, SlipwayError } from '../core/index.ts';
import { downOf, upOf } from '../migrations/names.ts';
import { type Embedded, startEmbedded } from '../shadow/index.ts';
import { copyExample } from './example.ts';
import { runProgram } from './program.ts';
import type { Screen } from './screen.ts';

/** A command that the demo ran. */
interface Ran {
  readonly command: string;
  readonly exitCode: number;
  /** Wall time from spawn to exit. */
  readonly ms: number;
}

/** A server, a copy of the example, and this very program to be run on them; all of it gone after `strike`. */
export interface Stage {
  readonly server: Embedded;
  readonly ran: readonly Ran[];
  /**
   * Runs the program as a child process; what it prints is shown.
   *
   * @throws SlipwayError (70) when it ends otherwise than expected; the signal's reason when that aborts.
   */
  run(command: string, expected: ExitName): Promise<void>;
  /** Asks the database for one value, and shows question and answer. */
  ask(sql: string): Promise<string>;
  /** Changes the database behind Slipway's back, and shows the statement. */
  alter(sql: string): Promise<void>;
  /** Writes the newest migration, and what undoes it, and shows them. */
  write(text: string, down: string): void;
  /** Makes another database of the server with this SQL, and goes on with it. */
  enter(database: string, sql: string): Promise<void>;
  /** How many rows each of these tables of the schema `trading` has; shown. */
  count(tables: readonly string[]): Promise<string>;
  /** A file of the demo's folder, as it is now; shown. */
  show(path: string): string;
  /** The text of a file of the demo's folder. */
  read(path: string): string;
  strike(): Promise<void>;
}

/** @throws SlipwayError (66) when the server or the example is not installed, (75) when the server does not start. */
export async function setStage(screen: Screen, signal: AbortSignal): Promise<Stage> {
  screen.preparing('starting a PostgreSQL of its own');
  const folder = copyExample(process.argv[1] ?? '');
  const ran: Ran[] = [];
  let server: Embedded | null = null;
  let client: pg.Client | null = null;
  const strike = async (): Promise<void> => {
    await client?.end();
    await server?.stop('immediate');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // With autovacuum, transaction ids would pass for which Slipway is not the cause.
    server = await startEmbedded({ settings: { autovacuum: 'off' }, signal });
    client = await connectTo(server, 'postgres');
  } catch (error) {
    await strike();
    throw error;
  }
  const { host, port, user, password } = server;
  const started = server;
  let asker = client;
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TERM: process.env.TERM,
    NO_COLOR: process.env.NO_COLOR,
    FORCE_COLOR: screen.isColored ? '1' : undefined,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: 'postgres',
    PGSSLMODE: 'disable',
    SLIPWAY_LOG_FORMAT: 'pretty',
    // The demo's server is at hand for the shadow database of `check`, too.
    SLIPWAY_SHADOW_URL: `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/postgres?sslmode=disable`,
  };
  return {
    server,
    ran,
    async run(command, expected) {
      signal.throwIfAborted();
      screen.command(`slipway ${command}`);
      const startedAt = performance.now();
      const exitCode = await runProgram(command.split(' '), {
        cwd: folder,
        env,
        output: join(folder, 'printed'),
        signal,
        onLine: screen.printed,
      });
      signal.throwIfAborted();
      const ms = performance.now() - startedAt;
      const { code, meaning } = exitCodes[expected];
      if (exitCode !== code) throw unexpected(command, exitCode, code);
      ran.push({ command, exitCode: code, ms: Math.round(ms) });
      screen.ended(code, meaning, ms);
    },
    async ask(sql) {
      signal.throwIfAborted();
      const { rows } = await asker.query<[unknown]>({ text: sql, rowMode: 'array' });
      const answer = String(rows[0]?.[0]);
      screen.query(sql, answer);
      return answer;
    },
    async alter(sql) {
      signal.throwIfAborted();
      await asker.query(sql);
      screen.statement(sql);
    },
    write(text, down) {
      const newest = readdirSync(join(folder, 'migrations')).sort().at(-1) ?? '';
      const path = upOf(join('migrations', newest));
      for (const [file, content] of [
        [path, text],
        [downOf(path), down],
      ] as const) {
        writeFileSync(join(folder, file), content);
        screen.file(file, readText(join(folder, file), 'script'));
      }
    },
    async enter(database, sql) {
      signal.throwIfAborted();
      await asker.query(`CREATE DATABASE ${database}`);
      await asker.end();
      client = await connectTo(started, database);
      asker = client;
      env.PGDATABASE = database;
      await asker.query(sql);
    },
    async count(tables) {
      signal.throwIfAborted();
      const sql = `SELECT ${tables.map((table) => `(SELECT count(*) FROM trading.${table}) AS ${table}`).join(', ')}`;
      const { rows } = await asker.query<Record<string, string>>(sql);
      const counts = Object.entries(rows[0] ?? {}).map(([table, n]) => `${table} ${n}`);
      screen.figures('rows', counts);
      return counts.join(', ');
    },
    show(path) {
      const text = readText(join(folder, path), 'script');
      screen.file(path, text);
      return text;
    },
    read: (path) => readText(join(folder, path), 'script'),
    strike,
  };
}

async function connectTo(server: Embedded, database: string): Promise<pg.Client> {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database });
  // The server may end before us; the query that then fails says so.
  client.on('error', () => {});
  await client.connect();
  return client;
}

function unexpected(command: string, exitCode: number | null, code: number): SlipwayError {
  return new SlipwayError({
    exit: 'bug',
    message: `the demo's \`slipway ${command}\` ended with ${exitCode ?? 'a signal'}, not ${code}`,
    remedy: 'What it printed stands above; report it.',
  });
}
