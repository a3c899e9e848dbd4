import pg from 'pg';
import { atDatabase, type ConnInfo } from '../config/index.ts';
import { SlipwayError } from '../core/index.ts';
import { leastForDatabaseMs } from './answer.ts';
import { type Creation, classifyCreationFailure } from './creation-failure.ts';
import { identifier, literal } from './quoting.ts';
import type { Session } from './session.ts';

/** Where CREATE DATABASE is sent from, as createdb does (PostgreSQL docs, createdb): the first that can be connected to. */
const maintenance = ['postgres', 'template1'];

/**
 * Makes the database that a connection names, of template0: nobody has changed that, or is connected to it.
 *
 * @param open connects, and fails at once where the database is what it cannot be connected to.
 * @returns whether it has now been made, by whomever.
 * @throws SlipwayError (75, 77, 78) that names what stands in the way.
 */
export async function createDatabase(
  conn: ConnInfo,
  role: string | null,
  open: (conn: ConnInfo) => Promise<Session>,
): Promise<boolean> {
  const session = await openMaintenance(conn, open, `the database "${conn.database}"`);
  const create = async (statement: string): Promise<pg.DatabaseError | null> => {
    try {
      await session.run(statement, [], leastForDatabaseMs);
      return null;
    } catch (error) {
      if (error instanceof pg.DatabaseError) return isThere.includes(error.code ?? '') ? null : error;
      throw error;
    }
  };
  try {
    const statement = `CREATE DATABASE ${identifier(conn.database)}${role === null ? '' : ` OWNER ${identifier(role)}`} TEMPLATE template0`;
    const refusal = await create(statement);
    if (refusal === null) return true;
    const mayCreate = await hasCreateDb(session);
    // Who may not create databases may be a member of one who may.
    if (!mayCreate && role !== null && (await hasCreateDb(session, role))) {
      if ((await create(`SET ROLE ${identifier(role)}`)) === null && (await create(statement)) === null)
        return true;
    }
    throw asCreationFailure(refusal, {
      what: `the database "${conn.database}"`,
      user: conn.user,
      owner: role,
      byHand: `CREATE DATABASE ${identifier(conn.database)} OWNER ${identifier(role ?? conn.user)};`,
      mayCreate,
    });
  } finally {
    await session.end();
  }
}

/** duplicate_database, unique_violation: somebody else has made it meanwhile. */
const isThere = ['42P04', '23505'];

/** Whether a role, or the one that the session has, may create databases; false where there is none of that name. */
export async function hasCreateDb(session: Session, role: string | null = null): Promise<boolean> {
  const [row] = await session.rows(
    `SELECT rolcreatedb OR rolsuper AS may FROM pg_catalog.pg_roles WHERE rolname = ${role === null ? 'current_user' : literal(role)}`,
  );
  return row?.may === true;
}

const asCreationFailure = (error: pg.DatabaseError, creation: Creation): SlipwayError =>
  new SlipwayError(classifyCreationFailure(error, creation), { cause: error });

/** What a server or a pooler says of a database that is not there, is closed, or that one is not let into. */
export const isAboutDatabase = (code: string | undefined): boolean =>
  ['3D000', '42501', '55000', '28000', '08P01'].includes(code ?? '');

/**
 * Connects to a database from which another can be made.
 *
 * @param conn names the server and the login, and a database that is not there yet, or is in use.
 * @param what is to be made, as messages call it.
 * @throws SlipwayError (77, 78) where there is none to connect to; what `open` throws.
 */
export async function openMaintenance(
  conn: ConnInfo,
  open: (conn: ConnInfo) => Promise<Session>,
  what: string,
): Promise<Session> {
  const refusals: SlipwayError[] = [];
  for (const database of maintenance.filter((name) => name !== conn.database)) {
    try {
      return await open(atDatabase(conn, database));
    } catch (error) {
      if (!(error instanceof SlipwayError) || !isAboutDatabase(error.failure.sqlstate)) throw error;
      refusals.push(error);
    }
  }
  const isDenied = refusals.every(({ failure }) => failure.exit === 'denied');
  throw new SlipwayError(
    {
      exit: isDenied ? 'denied' : 'config',
      message: `${what} cannot be created: there is no other database to connect to for that`,
      detail: refusals.map(({ message }) => message),
      remedy: `CREATE DATABASE is sent from "postgres" or "template1": make one of them (CREATE DATABASE postgres;) and let role "${conn.user}" connect to it, or make ${what} by hand.`,
      sqlstate: refusals[0]?.failure.sqlstate,
    },
    { cause: refusals[0] },
  );
}
