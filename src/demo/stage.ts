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

/** What the demo plays on. */
interface Props {
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** A copy of the example. */
  readonly folder: string;
  readonly server: Embedded;
}

/** @throws SlipwayError (66) when the server or the example is not installed, (75) when the server does not start. */
export async function setStage(screen: Screen, signal: AbortSignal): Promise<Stage> {
  screen.preparing('starting a PostgreSQL of its own');
  const folder = copyExample(process.argv[1] ?? '');
  let server: Embedded | null = null;
  try {
    // With autovacuum, transaction ids would pass for which Slipway is not the cause.
    server = await startEmbedded({ settings: { autovacuum: 'off' }, signal });
    return new Stage({ screen, signal, folder, server }, await connectTo(server, 'postgres'));
  } catch (error) {
    await server?.stop('immediate');
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A server, a copy of the example, and this very program to be run on them; all of it gone after `strike`. */
export class Stage {
  readonly ran: Ran[] = [];
  private readonly props: Props;
  private readonly env: Record<string, string | undefined>;
  private client: pg.Client;

  constructor(props: Props, client: pg.Client) {
    this.props = props;
    this.env = environmentOf(props);
    this.client = client;
  }

  get server(): Embedded {
    return this.props.server;
  }

  /**
   * Runs the program as a child process; what it prints is shown.
   *
   * @throws SlipwayError (70) when it ends otherwise than expected; the signal's reason when that aborts.
   */
  async run(command: string, expected: ExitName): Promise<void> {
    const { screen, signal, folder } = this.props;
    signal.throwIfAborted();
    screen.command(`slipway ${command}`);
    const startedAt = performance.now();
    const exitCode = await runProgram(command.split(' '), {
      cwd: folder,
      env: this.env,
      output: join(folder, 'printed'),
      signal,
      onLine: screen.printed,
    });
    signal.throwIfAborted();
    const ms = performance.now() - startedAt;
    const { code, meaning } = exitCodes[expected];
    if (exitCode !== code) throw unexpected(command, exitCode, code);
    this.ran.push({ command, exitCode: code, ms: Math.round(ms) });
    screen.ended(code, meaning, ms);
  }

  /** Asks the database for one value, and shows query and answer. */
  async ask(sql: string): Promise<string> {
    this.props.signal.throwIfAborted();
    const { rows } = await this.client.query<[unknown]>({ text: sql, rowMode: 'array' });
    const answer = String(rows[0]?.[0]);
    this.props.screen.query(sql, answer);
    return answer;
  }

  /** Changes the database behind Slipway's back, and shows the statement. */
  async alter(sql: string): Promise<void> {
    this.props.signal.throwIfAborted();
    await this.client.query(sql);
    this.props.screen.statement(sql);
  }

  /** Writes the newest migration, and what undoes it, and shows them. */
  write(text: string, down: string): void {
    const { folder } = this.props;
    const newest = readdirSync(join(folder, 'migrations')).sort().at(-1) ?? '';
    const path = upOf(join('migrations', newest));
    for (const [file, content] of [
      [path, text],
      [downOf(path), down],
    ] as const) {
      writeFileSync(join(folder, file), content);
      this.show(file);
    }
  }

  /** Makes another database of the server with this SQL, and goes on with it. */
  async enter(database: string, sql: string): Promise<void> {
    this.props.signal.throwIfAborted();
    await this.client.query(`CREATE DATABASE ${database}`);
    await this.client.end();
    this.client = await connectTo(this.server, database);
    this.env.PGDATABASE = database;
    await this.client.query(sql);
  }

  /** How many rows each of these tables of the schema `trading` has; shown. */
  async count(tables: readonly string[]): Promise<string> {
    this.props.signal.throwIfAborted();
    const sql = `SELECT ${tables.map((table) => `(SELECT count(*) FROM trading.${table}) AS ${table}`).join(', ')}`;
    const { rows } = await this.client.query<Record<string, string>>(sql);
    const counts = Object.entries(rows[0] ?? {}).map(([table, n]) => `${table} ${n}`);
    this.props.screen.figures('rows', counts);
    return counts.join(', ');
  }

  /** A file of the demo's folder, as it is now; shown. */
  show(path: string): string {
    const text = this.read(path);
    this.props.screen.file(path, text);
    return text;
  }

  /** The text of a file of the demo's folder. */
  read(path: string): string {
    return readText(join(this.props.folder, path), 'script');
  }

  async strike(): Promise<void> {
    await this.client.end();
    await this.server.stop('immediate');
    rmSync(this.props.folder, { recursive: true, force: true });
  }
}

/** What the program is started with. */
function environmentOf({ screen, server }: Props): Record<string, string | undefined> {
  const { host, port, user, password } = server;
  return {
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
