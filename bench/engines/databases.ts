import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Session } from '../../src/connection/session.ts';
import type { Embedded } from '../../src/embedded.ts';
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
  await administer(server, `CREATE DATABASE ${database} TEMPLATE ${template}`);
  const { host, port, user, password } = server;
  const url = `postgresql://${user}:${password}@${host}:${port}/${database}`;
  const place: Place = { host, port, user, password, database, url };
  const session = await openSession(place);
  return {
    place,
    session,
    close: () => session.end(),
    async drop() {
      await session.end();
      await administer(server, `DROP DATABASE ${database} WITH (FORCE)`);
    },
  };
}

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
