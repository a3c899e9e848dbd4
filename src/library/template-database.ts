import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { atDatabase, type ConnInfo } from '../config/index.ts';
import { deadlineIn, SlipwayError, version } from '../core/index.ts';
import { readShared } from '../migrate/index.ts';
import { openMaintenance } from '../postgres/create-database.ts';
import { classifyCreationFailure } from '../postgres/creation-failure.ts';
import { connect, identifier, leastForDatabaseMs, literal, type Session } from '../postgres/index.ts';
import { type Call, openCall, redactedFailure } from './call.ts';
import { bringUp } from './commands.ts';
import type { SlipwayOptions } from './options.ts';

/** A database of its own for one test. */
export interface DatabaseClone {
  readonly name: string;
  /** As the one in the options, with this database. */
  readonly url: string;
  /** Removes it, whoever is connected to it. */
  drop(): Promise<void>;
}

/** A database at head, to make copies of. */
export interface TemplateDatabase {
  readonly name: string;
  /** Makes a copy. @param name of the copy; by default one that is free. */
  clone(name?: string): Promise<DatabaseClone>;
  /** Ends the connection. The template stays: the next run of the same files finds it. */
  close(): Promise<void>;
  /** Removes the template, and ends the connection; copies stay. */
  drop(): Promise<void>;
}

/**
 * Makes a database at head on the server of `options.url`, once for the same files and settings, and then copies of it:
 * a test gets the whole schema in the time of CREATE DATABASE ... TEMPLATE. The role needs CREATEDB. Several processes
 * may ask for the same template at once: one makes it.
 *
 * @throws SlipwayError for what went wrong, also where `up` refuses; the signal's reason where the signal ended it.
 */
export async function templateDatabase(options: SlipwayOptions): Promise<TemplateDatabase> {
  const call = openTemplateCall(options);
  try {
    const name = `slipway_template_${await digestOf(call, options)}`;
    const session = await openServer(call);
    try {
      await makeOnce(session, name, options, call);
      call.throwIfThrown();
      return new Template(
        session,
        { name, url: options.url, user: call.context.config.connection.user },
        call.redact,
      );
    } catch (error) {
      await session.end();
      throw error;
    }
  } catch (error) {
    call.throwIfThrown();
    options.signal?.throwIfAborted();
    throw redactedFailure(error, call.redact);
  } finally {
    call.end();
  }
}

/** How a template is reached: `url` as in the options, `user` the role that logs in. */
interface Reached {
  readonly name: string;
  readonly url: string;
  readonly user: string;
}

class Template implements TemplateDatabase {
  readonly name: string;
  readonly #session: Session;
  readonly #reached: Reached;
  readonly #redact: Call['redact'];
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(session: Session, reached: Reached, redact: Call['redact']) {
    this.#session = session;
    this.name = reached.name;
    this.#reached = reached;
    this.#redact = redact;
  }

  async clone(name = `slipway_clone_${randomBytes(8).toString('hex')}`): Promise<DatabaseClone> {
    assertName(name);
    await this.#run(name, `CREATE DATABASE ${identifier(name)} TEMPLATE ${identifier(this.name)}`);
    const drop = async (): Promise<void> => {
      await this.#run(name, `DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
    };
    return { name, url: urlOf(this.#reached.url, name), drop };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    await this.#session.end();
  }

  async drop(): Promise<void> {
    await removeTemplate((sql) => this.#run(this.name, sql), this.name);
    await this.close();
  }

  /** @throws SlipwayError that shows no secret. */
  async #run(database: string, sql: string): Promise<void> {
    if (this.#isClosed) throw closed(this.name);
    try {
      await this.#inTurn(sql);
    } catch (error) {
      const failure = error instanceof pg.DatabaseError ? this.#failureOf(database, error) : error;
      throw redactedFailure(failure, this.#redact);
    }
  }

  #failureOf(database: string, error: pg.DatabaseError): SlipwayError {
    if (error.code === duplicateDatabase) return taken(database, error);
    const what = `the database "${database}"`;
    const creation = { what, user: this.#reached.user, owner: null, byHand: null, mayCreate: true };
    return new SlipwayError(classifyCreationFailure(error, creation), { cause: error });
  }

  /** One at a time: a session has one query at once. */
  #inTurn(sql: string): Promise<unknown> {
    const result = this.#last.then(() => this.#session.run(sql, [], leastForDatabaseMs));
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** @throws SlipwayError (64) for a name that the server would refuse, or cut off. */
function assertName(name: unknown): void {
  const isText = typeof name === 'string';
  const bytes = isText ? Buffer.byteLength(name) : 0;
  if (isText && bytes > 0 && bytes <= mostNameBytes && !name.includes('\0')) return;
  const why = !isText
    ? 'is no string'
    : bytes === 0
      ? 'is empty'
      : bytes > mostNameBytes
        ? `has ${bytes} bytes, and may have ${mostNameBytes}`
        : 'has a zero byte';
  throw new SlipwayError({
    exit: 'usage',
    message: `the name of the copy ${why}`,
    remedy: 'Give another name, or none: the copy then has one that is free.',
  });
}

/** NAMEDATALEN - 1 (PostgreSQL docs 4.1.1). */
const mostNameBytes = 63;

const duplicateDatabase = '42P04';

const taken = (database: string, cause: unknown): SlipwayError =>
  new SlipwayError(
    {
      exit: 'usage',
      message: `there is a database "${database}" already`,
      remedy: 'Remove it with its drop(), or give another name, or none: the copy then has one that is free.',
    },
    { cause },
  );

const closed = (name: string): SlipwayError =>
  new SlipwayError({
    exit: 'usage',
    message: `the template "${name}" is closed`,
    remedy: 'Make and drop copies before close() and drop(), or call templateDatabase() again.',
  });

/** The same files, settings and program make the same. */
async function digestOf({ context: { config } }: Call, options: SlipwayOptions): Promise<string> {
  const shared = await readShared(config);
  const set = shared.files();
  const files = [...(set.baseline ? [set.baseline] : []), ...set.migrations];
  const parts = [
    version,
    ...files.flatMap(({ version: own, source }) => [own, source.checksum]),
    ...Object.entries(options.settings ?? {})
      .sort()
      .flat(),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Another database of the same server: one that is a template has no sessions. */
function openServer({ context }: Call): Promise<Session> {
  const { config, log, signal } = context;
  const open = (conn: ConnInfo): Promise<Session> =>
    connect(conn, {
      identity: { applicationName: 'slipway template', signal },
      deadline: deadlineIn(config.waitTimeoutMs),
      needsPrimary: true,
      log,
      signal,
    });
  return openMaintenance(atDatabase(config.connection, ''), open, 'the template database');
}

/** @throws what is wrong with the options, as a SlipwayError; the signal's reason where it is aborted. */
function openTemplateCall(options: SlipwayOptions): Call {
  try {
    const call = openCall('template', {}, options);
    options.signal?.throwIfAborted();
    return call;
  } catch (error) {
    throw error === options?.signal?.reason ? error : redactedFailure(error, (text) => text);
  }
}

/** What its comment says once it is whole. */
const whole = 'slipway: at head';

async function makeOnce(session: Session, name: string, options: SlipwayOptions, call: Call): Promise<void> {
  const lock = literal(`slipway template ${name}`);
  await session.run(
    `SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended(${lock}, 0))`,
    [],
    leastForDatabaseMs,
  );
  const [there] = await session.rows(
    `SELECT pg_catalog.shobj_description(oid, 'pg_database') = ${literal(whole)} AS is_whole FROM pg_catalog.pg_database WHERE datname = ${literal(name)}`,
  );
  if (there?.is_whole !== true) {
    if (there) await removeTemplate((sql) => session.run(sql, [], leastForDatabaseMs), name);
    await orRemove(call, name, async () => {
      const settings = { ...options.settings, SLIPWAY_CREATE_DATABASE: 'true' };
      const outcome = await bringUp({ ...options, url: urlOf(options.url, name), settings });
      if ('error' in outcome) throw refused(outcome.error);
    });
    await session.run(
      `COMMENT ON DATABASE ${identifier(name)} IS ${literal(whole)}; ALTER DATABASE ${identifier(name)} IS_TEMPLATE true ALLOW_CONNECTIONS false`,
    );
  }
  await session.run(`SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended(${lock}, 0))`);
}

/** Removes a template that is not made whole. One that cannot be removed then, the next call for it removes. */
async function orRemove(call: Call, name: string, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    // The caller's signal ends no removal.
    const session = await openServer({
      ...call,
      context: { ...call.context, signal: new AbortController().signal },
    }).catch(() => null);
    await session
      ?.run(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`, [], leastForDatabaseMs)
      .catch(() => undefined);
    await session?.end();
    throw error;
  }
}

async function removeTemplate(run: (sql: string) => Promise<unknown>, name: string): Promise<void> {
  await run(`ALTER DATABASE ${identifier(name)} IS_TEMPLATE false`);
  await run(`DROP DATABASE ${identifier(name)} WITH (FORCE)`);
}

const refused = ({ exit, message, remedy, detail }: RefusedError): SlipwayError =>
  new SlipwayError({ exit, message, remedy, detail });

type RefusedError = Pick<SlipwayError['failure'], 'exit' | 'message' | 'remedy' | 'detail'>;

/** A connection string with another database. */
function urlOf(url: string, database: string): string {
  const parts = /^(postgres(?:ql)?:\/\/[^/?#]*)(?:\/[^?#]*)?(\?[^#]*)?$/.exec(url);
  if (!parts) return `${url} dbname='${database.replaceAll(/[\\']/g, '\\$&')}'`;
  const [, server = '', query = ''] = parts;
  const rest = query
    .slice(1)
    .split('&')
    .filter((one) => one !== '' && !one.startsWith('dbname='));
  return `${server}/${encodeURIComponent(database)}${rest.length > 0 ? `?${rest.join('&')}` : ''}`;
}
