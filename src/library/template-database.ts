import { createHash, randomBytes } from 'node:crypto';
import { atDatabase, type ConnInfo } from '../config/index.ts';
import { deadlineIn, SlipwayError, version } from '../core/index.ts';
import { readShared } from '../migrate/index.ts';
import { openMaintenance } from '../postgres/create-database.ts';
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
  options.signal?.throwIfAborted();
  const call = openCall('template', {}, options);
  try {
    const name = `slipway_template_${await digestOf(call, options)}`;
    const session = await openServer(call);
    try {
      await makeOnce(session, name, options);
      return new Template(session, name, options.url);
    } catch (error) {
      await session.end();
      throw error;
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw redactedFailure(error, call.redact);
  } finally {
    call.end();
  }
}

class Template implements TemplateDatabase {
  readonly name: string;
  readonly #session: Session;
  readonly #url: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: Session, name: string, url: string) {
    this.#session = session;
    this.name = name;
    this.#url = url;
  }

  async clone(name = `slipway_clone_${randomBytes(8).toString('hex')}`): Promise<DatabaseClone> {
    await this.#run(`CREATE DATABASE ${identifier(name)} TEMPLATE ${identifier(this.name)}`);
    const drop = async (): Promise<void> => {
      await this.#run(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
    };
    return { name, url: urlOf(this.#url, name), drop };
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#session.end();
  }

  async drop(): Promise<void> {
    await removeTemplate((sql) => this.#run(sql), this.name);
    await this.close();
  }

  /** One at a time: a session has one query at once. */
  #run(sql: string): Promise<unknown> {
    const result = this.#last.then(() => this.#session.run(sql, [], leastForDatabaseMs));
    this.#last = result.catch(() => undefined);
    return result;
  }
}

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

/** What its comment says once it is whole. */
const whole = 'slipway: at head';

async function makeOnce(session: Session, name: string, options: SlipwayOptions): Promise<void> {
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
    const settings = { ...options.settings, SLIPWAY_CREATE_DATABASE: 'true' };
    const outcome = await bringUp({ ...options, url: urlOf(options.url, name), settings });
    if ('error' in outcome) throw refused(outcome.error);
    await session.run(
      `COMMENT ON DATABASE ${identifier(name)} IS ${literal(whole)}; ALTER DATABASE ${identifier(name)} IS_TEMPLATE true ALLOW_CONNECTIONS false`,
    );
  }
  await session.run(`SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended(${lock}, 0))`);
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
