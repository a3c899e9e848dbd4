import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Session } from '../../src/postgres/session.ts';
import type { Embedded } from '../../src/shadow/embedded.ts';
import type { Place } from './engine.ts';

/** A database of its own, as its superuser. */
export interface Database {
  readonly place: Place;
  /** One connection, which is kept. */
  readonly session: Session;
  /** Ends the connection; the database may then be a template. */
  close(): Promise<void>;
  drop(): Promise<void>;
}

/** Makes a database: an empty one, or a copy of one that nobody is connected to. */
export async function makeDatabase(server: Embedded, template = 'template1'): Promise<Database> {
  const database = `engines_${randomBytes(4).toString('hex')}`;
  const { host, port, user, password, version } = server;
  // Half the work of the other way where nothing is synced (PostgreSQL docs, CREATE DATABASE, from 15 on).
  const strategy = Number.parseInt(version, 10) >= 15 ? ' STRATEGY file_copy' : '';
  await administer(server, `CREATE DATABASE ${database} TEMPLATE ${template}${strategy}`);
  const url = `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  const place: Place = { host, port, user, password, database, url };
  const session = await openSession(place);
  return {
    place,
    session,
    close: () => session.end(),
    async drop() {
      await session.run(`ROLLBACK; ${withoutSubscriptions}`);
      await session.end();
      await administer(server, `DROP DATABASE ${database} WITH (FORCE)`);
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

/** Opens a session of Slipway's. */
export async function openSession({
  host,
  port,
  user,
  password,
  database,
}: Omit<Place, 'url'>): Promise<Session> {
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  return new Session(
    client,
    {
      host: { host, port },
      database,
      user,
      applicationName: 'engines',
      tls: false,
      version: '',
      isStandby: false,
      isReadOnly: false,
    },
    new Map(),
  );
}

async function administer({ host, port, user, password }: Embedded, sql: string): Promise<void> {
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
