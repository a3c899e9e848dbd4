import type { ConnInfo } from './config/conninfo.ts';
import { leastForDatabaseMs } from './connection/answer.ts';
import { identifier, type Session } from './connection/session.ts';
import { SlipwayError } from './errors.ts';

/**
 * Makes the database that a connection names.
 *
 * @returns whether it has now been made, by whomever.
 * @throws SlipwayError (77) where the role may not.
 */
export async function createDatabase(
  conn: ConnInfo,
  role: string | null,
  open: (conn: ConnInfo) => Promise<Session>,
): Promise<boolean> {
  const session = await open({ ...conn, database: 'postgres' });
  const owner = role === null ? '' : ` OWNER ${identifier(role)}`;
  try {
    await session.run(`CREATE DATABASE ${identifier(conn.database)}${owner}`, [], leastForDatabaseMs);
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
