import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Context } from './commands/command.ts';
import type { ConnInfo } from './config/conninfo.ts';
import { connect } from './connect.ts';
import { leastForDatabaseMs } from './connection/answer.ts';
import { identifier, literal, type Session } from './connection/session.ts';
import { deadlineIn } from './deadline.ts';
import { startEmbedded } from './embedded.ts';
import { SlipwayError } from './errors.ts';
import { judgeServerError } from './steps/server-error.ts';

/** A server on which a schema can be built and thrown away. */
export interface Shadow {
  readonly connection: ConnInfo;
  /** Whether the whole server is ours, so that roles may be made on it. */
  readonly isOwnServer: boolean;
  /** Calls `work` with one more empty database on the same server, which is gone afterwards. */
  another<T>(work: (shadow: Shadow) => Promise<T>): Promise<T>;
}

const prefix = 'slipway_shadow_';
/** A shadow database nobody is connected to for so long was left by a run that was killed. */
const abandonedAfterMs = 10 * 60_000;

/**
 * Calls `work` with an empty database that is gone afterwards: on SLIPWAY_SHADOW_URL, else on an embedded PostgreSQL.
 * Databases that killed runs left there are removed first.
 */
export async function withShadow<T>(context: Context, work: (shadow: Shadow) => Promise<T>): Promise<T> {
  const { shadow } = context.config;
  return shadow === null ? onEmbedded(context, work) : onServer(context, shadow, work);
}

async function onEmbedded<T>(context: Context, work: (shadow: Shadow) => Promise<T>): Promise<T> {
  const server = await startEmbedded({
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' },
    signal: context.signal,
  });
  try {
    const connection: ConnInfo = {
      hosts: [{ host: server.host, port: server.port }],
      user: server.user,
      password: server.password,
      database: 'postgres',
      sslmode: 'disable',
      ca: null,
      systemCa: false,
      cert: null,
      key: null,
      keyPassphrase: null,
      channelBinding: 'prefer',
      targetSessionAttrs: 'any',
      connectTimeoutMs: null,
      options: null,
      applicationName: null,
      isDefaulted: false,
    };
    return await work({ connection, isOwnServer: true, another: anotherOn(context, connection, true) });
  } finally {
    await server.stop('immediate');
  }
}

async function onServer<T>(
  context: Context,
  server: ConnInfo,
  work: (shadow: Shadow) => Promise<T>,
): Promise<T> {
  await administer(context, server, removeAbandoned);
  return anotherOn(context, server, false)(work);
}

/** Makes databases on a server one by one, each for as long as its work takes. */
const anotherOn =
  (context: Context, server: ConnInfo, isOwnServer: boolean): Shadow['another'] =>
  (work) =>
    onDatabase(context, server, isOwnServer, work);

async function onDatabase<T>(
  context: Context,
  server: ConnInfo,
  isOwnServer: boolean,
  work: (shadow: Shadow) => Promise<T>,
): Promise<T> {
  const database = `${prefix}${Date.now()}_${randomBytes(4).toString('hex')}`;
  await administer(context, server, (session) =>
    session
      .run(`CREATE DATABASE ${identifier(database)} TEMPLATE template0`, [], leastForDatabaseMs)
      .catch(asRefusal(server)),
  );
  const connection = { ...server, database };
  try {
    return await work({ connection, isOwnServer, another: anotherOn(context, server, isOwnServer) });
  } finally {
    await administer(context, server, (session) =>
      session.run(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`, [], leastForDatabaseMs),
    );
  }
}

async function removeAbandoned(session: Session): Promise<void> {
  const rows = await session.rows(
    `SELECT datname AS name FROM pg_catalog.pg_database d WHERE datname LIKE ${literal(`${prefix.replaceAll('_', '\\_')}%`)}
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datname = d.datname)`,
  );
  for (const name of rows.map((row) => String(row.name))) {
    const since = Number(/^slipway_shadow_(\d+)_/.exec(name)?.[1] ?? Number.NaN);
    if (!(Date.now() - since > abandonedAfterMs)) continue;
    await session
      .run(`DROP DATABASE IF EXISTS ${identifier(name)}`, [], leastForDatabaseMs)
      .catch((error: unknown) => {
        // Another role's, which it has to remove itself, or another run is at it.
        if (!(error instanceof pg.DatabaseError)) throw error;
      });
  }
}

const asRefusal =
  ({ user }: ConnInfo) =>
  (error: unknown): never => {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const { exit } = judgeServerError(error);
    throw new SlipwayError(
      {
        exit: exit === 'migration' ? 'config' : exit,
        message: `the shadow database cannot be made on the server of SLIPWAY_SHADOW_URL: ${error.message}`,
        remedy: `The role needs CREATEDB there (ALTER ROLE ${identifier(user)} CREATEDB). Without SLIPWAY_SHADOW_URL an embedded PostgreSQL is used.`,
        sqlstate: error.code,
      },
      { cause: error },
    );
  };

async function administer<T>(
  context: Context,
  server: ConnInfo,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connect(server, {
    // Whatever ends the run, the shadow is removed: this does not listen to the run's signal.
    identity: { applicationName: 'slipway shadow', signal: new AbortController().signal },
    deadline: deadlineIn(context.config.waitTimeoutMs),
    needsPrimary: true,
    isFirm: true,
    log: context.log,
    signal: new AbortController().signal,
  });
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}
