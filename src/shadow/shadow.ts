import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { App } from '../app/index.ts';
import { atDatabase, type ConnInfo } from '../config/index.ts';
import { deadlineIn, isInImage, SlipwayError } from '../core/index.ts';
import { hasCreateDb, isAboutDatabase, openMaintenance } from '../postgres/create-database.ts';
import { classifyCreationFailure } from '../postgres/creation-failure.ts';
import {
  type ConnectOptions,
  connect,
  identifier,
  leastForDatabaseMs,
  literal,
  type Row,
  type Session,
} from '../postgres/index.ts';
import { type Embedded, type EmbeddedOptions, startEmbedded } from './embedded.ts';
import type { Platform } from './platform.ts';

/**
 * Whose the server of a shadow is: ours as a whole, so that roles may be made on it; somebody's who named it for shadows;
 * or that of the database itself, on which nothing may be changed but the shadow.
 */
type ShadowServer = 'own' | 'named' | 'same';

/** A server on which a schema can be built and thrown away. */
export interface Shadow {
  readonly connection: ConnInfo;
  readonly server: ShadowServer;
  /** What the database was copied from; null where it began empty. */
  readonly copyOf: Template | null;
  /** Calls `work` with one more empty database on the same server, which is gone when the work on all of them is over. */
  another<T>(work: (shadow: Shadow) => Promise<T>): Promise<T>;
  /** As `another`, with a copy where a template is named; the database is gone as soon as `work` on it is over. */
  scratch<T>(template: Template | null, work: (shadow: Shadow) => Promise<T>): Promise<T>;
}

/** A shadow that others are copied from. Nobody may be connected to it meanwhile (PostgreSQL docs, CREATE DATABASE). */
export interface Template {
  readonly database: string;
  /** What `sql/shadow.sql` made in it. */
  readonly platform: Platform | null;
}

const prefix = 'slipway_shadow_';
/** A shadow database was left by a run that was killed where nobody is connected to any of its family for so long. */
const abandonedAfterMs = 10 * 60_000;

/**
 * Calls `work` with an empty database that is gone afterwards: on SLIPWAY_SHADOW_URL, else on an embedded PostgreSQL.
 * Databases that killed runs left there are removed first.
 */
export async function withShadow<T>(app: App, work: (shadow: Shadow) => Promise<T>): Promise<T> {
  const { shadow, isShadowSame } = app.config;
  if (shadow === null) return onEmbedded(app, work);
  if (!isShadowSame) return onServer(app, placeOn(shadow, 'named'), work);
  return onServer(app, placeOn(await maintenanceOf(app, shadow), 'same'), work);
}

/** The server of the database itself, by a database from which others are made. @throws what connecting throws. */
async function maintenanceOf(app: App, conn: ConnInfo): Promise<ConnInfo> {
  const session = await openMaintenance(
    conn,
    (at) => connect(at, { ...asAdministrator(app), isFinal: isAboutDatabase }),
    'a shadow database',
  );
  const { database } = session.greeting;
  await session.end();
  return atDatabase(conn, database);
}

async function onEmbedded<T>(app: App, work: (shadow: Shadow) => Promise<T>): Promise<T> {
  const server = await startOwn({
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      autovacuum: 'off',
      // A schema that comes in one transaction takes a lock for each of its relations, indexes among them.
      max_connections: '40',
      max_locks_per_transaction: '4096',
    },
    signal: app.signal,
  });
  try {
    const connection: ConnInfo = {
      hosts: [{ host: server.host, port: server.port }],
      user: server.user,
      password: server.password,
      passfile: null,
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
    const place = placeOn(connection, 'own');
    return await work({ connection, server: 'own', copyOf: null, ...makersOn(app, place, null) });
  } finally {
    await server.stop('immediate');
  }
}

/** Where shadows are made. */
interface Place {
  readonly conn: ConnInfo;
  readonly server: ShadowServer;
  /** Stands in the names of all that one run makes: one of them that is in use keeps the others from being removed. */
  readonly family: string;
}

const placeOn = (conn: ConnInfo, server: ShadowServer): Place => ({
  conn,
  server,
  family: randomBytes(4).toString('hex'),
});

/** @throws SlipwayError (66) that says first how to name a server, which is all that can be done in an image. */
async function startOwn(options: EmbeddedOptions): Promise<Embedded> {
  try {
    return await startEmbedded(options);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.failure.exit !== 'files') throw error;
    const { failure } = error;
    throw new SlipwayError({ ...failure, remedy: `${nameServer} Or: ${failure.remedy}` }, { cause: error });
  }
}

const nameServer =
  'Set SLIPWAY_SHADOW_URL to a PostgreSQL server on which a temporary database can be made, such as postgresql://postgres:password@shadow:5432/postgres; SLIPWAY_SHADOW_URL=same takes the server of the database itself.';

async function onServer<T>(app: App, place: Place, work: (shadow: Shadow) => Promise<T>): Promise<T> {
  await administer(app, place.conn, (session) => removeAbandoned(app, place.conn, session));
  return removingAll(app, place, (made) => make(app, place, { made, template: null }, work));
}

/** What was made of databases is removed when `work` is over. */
async function removingAll<T>(app: App, { conn }: Place, work: (made: string[]) => Promise<T>): Promise<T> {
  const made: string[] = [];
  try {
    return await work(made);
  } finally {
    // Not earlier: a file system that has just removed thousands of files is slow to make new ones.
    await Promise.all(made.map((database) => remove(app, conn, database)));
  }
}

/**
 * What makes more databases on a server.
 *
 * @param made takes the names of those that must be removed; null on a server of our own, which ends with all of them.
 */
const makersOn = (app: App, place: Place, made: string[] | null): Pick<Shadow, 'another' | 'scratch'> => ({
  another: (work) => make(app, place, { made, template: null }, work),
  scratch: (template, work) =>
    withoutNewRoles(app, place, () =>
      removingAll(app, place, (own) => make(app, place, { made: own, template }, work)),
    ),
});

/** On a server of our own, removes the roles that `work` left: they are of no database, and a second try would meet them. */
async function withoutNewRoles<T>(app: App, { conn, server }: Place, work: () => Promise<T>): Promise<T> {
  if (server !== 'own') return work();
  const before = await administer(app, conn, roleNames);
  try {
    return await work();
  } finally {
    await administer(app, conn, async (session) => {
      const left = (await roleNames(session)).filter((role) => !before.includes(role));
      if (left.length > 0) await session.run(`DROP ROLE ${left.map(identifier).join(', ')}`);
    });
  }
}

async function roleNames(session: Session): Promise<readonly string[]> {
  const rows = await session.rows('SELECT rolname AS name FROM pg_catalog.pg_roles');
  return rows.map(({ name }) => String(name));
}

/** A database that is made, and what keeps note of it. */
interface Making {
  readonly made: string[] | null;
  readonly template: Template | null;
}

async function make<T>(
  app: App,
  place: Place,
  { made, template }: Making,
  work: (shadow: Shadow) => Promise<T>,
): Promise<T> {
  const { conn, server, family } = place;
  const database = `${prefix}${Date.now()}_${family}_${randomBytes(4).toString('hex')}`;
  await administer(app, conn, (session) => create(session, { database, template }, place));
  made?.push(database);
  const connection = atDatabase(conn, database);
  return work({ connection, server, copyOf: template, ...makersOn(app, place, made) });
}

/** @throws SlipwayError (75, 77, 78) that names what stands in the way. */
async function create(
  session: Session,
  { database, template }: { readonly database: string; readonly template: Template | null },
  { conn: { user }, server }: Place,
): Promise<void> {
  const source = template?.database ?? 'template0';
  try {
    await session.run(
      `CREATE DATABASE ${identifier(database)} TEMPLATE ${identifier(source)} ALLOW_CONNECTIONS false`,
      [],
      leastForDatabaseMs,
    );
    // What is in it is read with our rights: no other role of this server can connect to put something there.
    await session.run(
      `REVOKE CONNECT ON DATABASE ${identifier(database)} FROM PUBLIC; ALTER DATABASE ${identifier(database)} ALLOW_CONNECTIONS true`,
    );
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const failure = classifyCreationFailure(error, {
      what: `the shadow database on the server of ${server === 'same' ? 'the database itself (SLIPWAY_SHADOW_URL=same)' : 'SLIPWAY_SHADOW_URL'}`,
      user,
      owner: null,
      byHand: null,
      mayCreate: await hasCreateDb(session),
    });
    const otherwise = isInImage() ? '' : ' Without SLIPWAY_SHADOW_URL an embedded PostgreSQL is used.';
    throw new SlipwayError({ ...failure, remedy: `${failure.remedy}${otherwise}` }, { cause: error });
  }
}

/**
 * Removes a shadow. One that cannot be removed is named, and does not hide what came of the work: a later run tries it
 * again.
 */
async function remove(app: App, server: ConnInfo, database: string): Promise<void> {
  try {
    await administer(app, server, (session) => drop(app, session, atDatabase(server, database), 'FORCE'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    app.log.warn(
      { event: 'shadowLeft', database, reason },
      `the shadow database "${database}" could not be removed: ${reason}; as its owner: DROP DATABASE ${identifier(database)} WITH (FORCE);`,
    );
  }
}

/** The connection limit of a database whose DROP was cut off: it can be dropped, and nothing else (PostgreSQL source, pg_database.h). */
const invalid = -2;

/**
 * @param session of another database.
 * @param how whether those who are connected are thrown out.
 */
async function drop(app: App, session: Session, target: ConnInfo, how: 'FORCE' | null): Promise<void> {
  const { database } = target;
  // A migration may have changed even that of its own database.
  const [odd] = await session.rows(
    `SELECT FROM pg_catalog.pg_database WHERE datname = ${literal(database)} AND (datistemplate OR NOT datallowconn OR datconnlimit <> -1) AND datconnlimit <> ${invalid}`,
  );
  if (odd)
    await session.run(
      `ALTER DATABASE ${identifier(database)} IS_TEMPLATE false ALLOW_CONNECTIONS true CONNECTION LIMIT -1`,
    );
  const subscriptions = await session.rows(
    `SELECT subname AS name, subslotname AS slot, subenabled AS enabled FROM pg_catalog.pg_subscription
      WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = ${literal(database)})`,
  );
  if (subscriptions.length > 0) await administer(app, target, (inside) => detach(app, inside, subscriptions));
  await session.run(
    `DROP DATABASE IF EXISTS ${identifier(database)}${how === null ? '' : ' WITH (FORCE)'}`,
    [],
    leastForDatabaseMs,
  );
}

/**
 * Frees a shadow of the subscriptions that migrations made in it: a database that has one cannot be dropped
 * (PostgreSQL docs, DROP DATABASE). Their slots are the publisher's, and may be ones that others use: they stay.
 */
async function detach({ log }: App, session: Session, subscriptions: readonly Row[]): Promise<void> {
  for (const { name, slot, enabled } of subscriptions) {
    const subscription = identifier(String(name));
    await session.run(`ALTER SUBSCRIPTION ${subscription} DISABLE`);
    await session.run(`ALTER SUBSCRIPTION ${subscription} SET (slot_name = NONE)`);
    await session.run(`DROP SUBSCRIPTION ${subscription}`);
    if (enabled === true)
      log.warn(
        { event: 'subscription', subscription: String(name), slot: String(slot) },
        `a migration made the subscription ${subscription} on a shadow as well: the slot "${slot}" that it made on its publisher still exists; CREATE SUBSCRIPTION ... WITH (connect = false) makes none`,
      );
  }
}

async function removeAbandoned(app: App, server: ConnInfo, session: Session): Promise<void> {
  const rows = await session.rows(
    `SELECT datname AS name FROM pg_catalog.pg_database d WHERE datname LIKE ${literal(`${prefix.replaceAll('_', '\\_')}%`)}
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
                         WHERE a.backend_type = 'client backend' AND a.datname LIKE ${literal(`${prefix.replaceAll('_', '\\_')}%`)}
                           AND pg_catalog.split_part(a.datname, '_', 4) = pg_catalog.split_part(d.datname, '_', 4))`,
  );
  for (const name of rows.map((row) => String(row.name))) {
    const since = Number(/^slipway_shadow_(\d+)_/.exec(name)?.[1] ?? Number.NaN);
    if (!(Date.now() - since > abandonedAfterMs)) continue;
    await drop(app, session, atDatabase(server, name), null).catch((error: unknown) => {
      // Another role's, which it has to remove itself, or another run is at it.
      if (!(error instanceof pg.DatabaseError || error instanceof SlipwayError)) throw error;
    });
  }
}

/** Whatever ends the run, the shadow is removed: this does not listen to the run's signal. */
const asAdministrator = (app: App): ConnectOptions => ({
  identity: { applicationName: 'slipway shadow', signal: new AbortController().signal },
  deadline: deadlineIn(app.config.waitTimeoutMs),
  needsPrimary: true,
  isFirm: true,
  log: app.log,
  signal: new AbortController().signal,
});

async function administer<T>(app: App, server: ConnInfo, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await connect(server, asAdministrator(app));
  try {
    return await work(session);
  } catch (error) {
    const { asFailure } = await import('../postgres/start-failure.ts');
    throw asFailure(error, { ...server, hosts: [session.greeting.host] });
  } finally {
    await session.end();
  }
}
