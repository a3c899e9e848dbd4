import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import pg from 'pg';
import type { Context } from './commands/command.ts';
import type { ConnInfo } from './config/conninfo.ts';
import type { Config } from './config.ts';
import { connect } from './connect.ts';
import { ConnectionLost, identifier, type Session } from './connection/session.ts';
import { deadlineIn } from './deadline.ts';
import { SlipwayError } from './errors.ts';
import { readMigrationSet } from './files.ts';
import { type Lock, readLock } from './lockfile.ts';
import type { Migration, MigrationSet } from './model.ts';
import type { Run } from './run.ts';
import { parseSql } from './sql/script.ts';
import { createdRelations, destructiveStatements, namedConcurrentIndex } from './sql/statements.ts';
import { shortId } from './steps/fence.ts';
import { judgeServerError } from './steps/server-error.ts';
import { readTexts } from './texts.ts';
import { version } from './version.ts';

export interface StartOptions {
  /** Whether the command writes to the database: it needs the primary, and a ledger in trusted hands. */
  readonly isWriter: boolean;
  /** What to run instead of what the configuration names: for a shadow. */
  readonly carried?: Carried | undefined;
}

/** What the image carries. */
export interface Carried {
  readonly set: MigrationSet;
  readonly lock: Lock | null;
}

/**
 * Reads the files and the lock.
 *
 * @throws SlipwayError (65, 66, 83).
 */
function readCarried(config: Config): Carried {
  const set = readMigrationSet(config);
  const lock = readLock(config.lockfile);
  return { lock, set: lock ? { ...set, superseded: lock.superseded } : set };
}

/**
 * Reads the files, waits for the server, and calls `work` with the run; the connection is closed after it.
 *
 * @throws SlipwayError from files (65, 66), from the wait (75, 77, 78), and from `work`.
 */
export async function withRun<T>(
  context: Context,
  { isWriter, carried }: StartOptions,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const { config, log, signal } = context;
  const { set, lock } = carried ?? readCarried(config);
  const ledger = { schema: config.schema, app: config.app ?? lock?.app ?? 'default' };
  const id = randomUUID();
  const identity = { applicationName: applicationName(context.name, id), signal };
  const sessions: Session[] = [];
  const open = async (conn: ConnInfo, waitMs: number, mayCreate = true): Promise<Session> => {
    const opened = await connect(conn, {
      identity,
      deadline: deadlineIn(waitMs),
      needsPrimary: isWriter,
      log,
      signal,
      createDatabase:
        isWriter && config.createDatabase && mayCreate
          ? () => createDatabase(conn, config.role, (other) => open(other, waitMs, false))
          : undefined,
    });
    sessions.push(opened);
    opened.onNotice(({ severity, message }) => {
      const isWarning = severity === 'WARNING';
      log[isWarning ? 'warn' : 'info']({ event: 'notice', severity }, `the server says: ${message}`);
    });
    return opened;
  };
  let session = await open(config.connection, config.waitTimeoutMs);
  const stopCancelling = cancelOnAbort(signal, sessions);
  const run: Run = {
    config,
    set,
    lock,
    ledger,
    memory: { seen: null, backendPid: null },
    author: { slipway: version, run: id },
    log,
    signal,
    inspectOptions: {
      ledger,
      lock,
      texts: () => readTexts(config.lockfile),
      withDrift: config.onDrift !== 'ignore',
      isWriter,
      role: config.role,
      ownRelations: () => relationsOf(set),
    },
    planOptions: {
      onAhead: config.onAhead,
      onDrift: config.onDrift,
      adopt: config.adopt,
      allowOutOfOrder: config.allowOutOfOrder,
      baselineDrops: () =>
        set.baseline !== null && destructiveStatements(parseSql(set.baseline.source)).length > 0,
      isResumable,
    },
    get session() {
      return session;
    },
    async reconnect(waitMs = config.waitTimeoutMs) {
      session.destroy();
      session = await open(config.connection, waitMs);
    },
    open: (target) =>
      open(target === 'direct' ? (config.direct ?? config.connection) : config.connection, 10_000),
    openQuietly: () =>
      connect(config.connection, {
        identity,
        deadline: deadlineIn(0),
        needsPrimary: false,
        log: log.child({}, { level: 'silent' }),
        signal,
      }),
  };
  try {
    return await work(run);
  } catch (error) {
    signal.throwIfAborted();
    throw asFailure(error);
  } finally {
    stopCancelling();
    await session.end();
  }
}

/** What pg_stat_activity shows, within the server's 63 bytes: which program, what it does, which run, and where. */
const applicationName = (command: string, run: string): string =>
  Buffer.from(`slipway ${version} ${command} ${shortId(run)} on ${hostname()}`)
    .subarray(0, 63)
    .toString('utf8');

/** So long after an abort the server has to answer; then its connections are dropped, and it rolls back by itself. */
const mostAfterAbortMs = 3_500;

/**
 * Asks the server to cancel, again and again: a request that arrives before the statement it is meant for is lost.
 */
function cancelOnAbort(signal: AbortSignal, sessions: readonly Session[]): () => void {
  const timers: NodeJS.Timeout[] = [];
  const onAbort = (): void => {
    const cancel = (): void => {
      for (const session of sessions) if (!session.isLost) void session.cancel();
    };
    cancel();
    timers.push(setInterval(cancel, 250));
    timers.push(setTimeout(() => sessions.forEach((session) => void session.destroy()), mostAfterAbortMs));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    signal.removeEventListener('abort', onAbort);
    for (const timer of timers) clearTimeout(timer);
  };
}

/** 08P01: what PgBouncer gives for all it does not do, BEGIN in statement mode among it. */
const isProtocolViolation = (cause: unknown): boolean =>
  cause instanceof pg.DatabaseError && cause.code === '08P01';

/** What went wrong outside of any migration: the connection, or the server's objection to a statement of ours. */
function asFailure(error: unknown): unknown {
  if (error instanceof ConnectionLost && isProtocolViolation(error.cause)) {
    return new SlipwayError(
      {
        exit: 'config',
        message: `a pooler ended the connection, each time again: ${error.message}`,
        remedy:
          'Slipway needs transactions: set pool_mode to session or transaction there, or connect to the server itself.',
      },
      { cause: error },
    );
  }
  if (error instanceof ConnectionLost) {
    return new SlipwayError(
      {
        exit: 'temporary',
        place: error.place ?? undefined,
        message: `the connection was lost: ${error.message}`,
        remedy: `${error.place ? 'That statement ran then: does it end its own session, or does the server not bear it? ' : ''}See the server's own log. The ledger says what was done; start again to go on.`,
        sqlstate: error.objection?.code,
      },
      { cause: error },
    );
  }
  if (!(error instanceof pg.DatabaseError)) return error;
  const { exit, remedy } = judgeServerError(error);
  if (error.code === queryCanceled) {
    return new SlipwayError(
      {
        exit: 'temporary',
        message: `a question to the server was ended: ${error.message}`,
        remedy:
          'Somebody cancelled it, or a timeout of the role, the database or the server did: start again.',
        sqlstate: error.code,
      },
      { cause: error },
    );
  }
  if (exit === 'migration' && /PL\//.test(error.where ?? '')) return stoodInTheWay(error);
  if (exit === 'migration') return error;
  return new SlipwayError({ exit, message: error.message, remedy, sqlstate: error.code }, { cause: error });
}

/** No statement of ours calls a function of the database: what runs in one is an event trigger's, or a trigger's. */
const stoodInTheWay = (error: pg.DatabaseError): SlipwayError =>
  new SlipwayError(
    {
      exit: 'config',
      message: `a trigger or event trigger of this database stopped what Slipway does itself: ${error.message}`,
      detail: (error.where ?? '').split('\n', 1).map((line) => `in: ${line}`),
      remedy:
        'Let it pass for this role, or qualify the names in its function: Slipway runs with search_path = pg_catalog, pg_temp.',
      sqlstate: error.code,
    },
    { cause: error },
  );

/** query_canceled. */
const queryCanceled = '57014';

/** Returns whether the database has now been made; false where the role may not. */
async function createDatabase(
  conn: ConnInfo,
  role: string | null,
  open: (conn: ConnInfo) => Promise<Session>,
): Promise<boolean> {
  const session = await open({ ...conn, database: 'postgres' });
  const owner = role === null ? '' : ` OWNER ${identifier(role)}`;
  try {
    await session.run(`CREATE DATABASE ${identifier(conn.database)}${owner}`);
    return true;
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (code === '42P04' || code === '23505') return true;
    if (code !== '42501') throw error;
    throw new SlipwayError(
      {
        exit: 'denied',
        message: `role "${conn.user}" may not create the database "${conn.database}"`,
        remedy: `As a superuser: CREATE DATABASE ${identifier(conn.database)} OWNER ${identifier(conn.user)}; or: ALTER ROLE ${identifier(conn.user)} CREATEDB;`,
        sqlstate: code,
      },
      { cause: error },
    );
  } finally {
    await session.end();
  }
}

/** A concurrent build that was interrupted is the one thing that can be judged, and finished, without a person. */
const isResumable = ({ format, source, directives }: Migration): boolean =>
  format === 'sql' && directives.noTransaction && namedConcurrentIndex(parseSql(source).statements) !== null;

const relationsOf = ({ baseline, migrations }: MigrationSet): { schema: string | null; name: string }[] =>
  [...(baseline ? [baseline] : []), ...migrations]
    .filter(({ format }) => format === 'sql')
    .flatMap(({ source }) => createdRelations(parseSql(source)));
