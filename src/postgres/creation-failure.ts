import type pg from 'pg';
import type { Failure } from '../core/index.ts';
import { identifier } from './quoting.ts';
import { classifyServerError } from './server-error.ts';

/** A database that was to be made of template0. */
export interface Creation {
  /** How it is named in messages: `the database "x"`. */
  readonly what: string;
  /** The role that logged in. */
  readonly user: string;
  /** The role that SLIPWAY_ROLE names; null where there is none. */
  readonly owner: string | null;
  /** The statement that makes it by hand; null for a shadow. */
  readonly byHand: string | null;
  /** Whether the role that logged in has CREATEDB or is a superuser. */
  readonly mayCreate: boolean;
}

/**
 * What it means that the server did not make a database, and what helps: what the server names is what is wrong, and
 * CREATEDB only where that is missing.
 */
export function classifyCreationFailure(error: pg.DatabaseError, creation: Creation): Failure {
  const { what, user, owner, byHand, mayCreate } = creation;
  const code = error.code ?? '';
  const said = (exit: Failure['exit'], why: string, remedy: string): Failure => ({
    exit,
    message: `${what} cannot be created: ${why}`,
    remedy,
    sqlstate: error.code,
    detail: error.hint ? [`the server's hint: ${error.hint}`] : undefined,
  });
  if (code === insufficientPrivilege && !mayCreate)
    return said(
      'denied',
      `role "${user}" may not create databases (${error.message})`,
      `As a superuser: ${byHand === null ? '' : `${byHand} or: `}ALTER ROLE ${identifier(user)} CREATEDB;`,
    );
  if (owner !== null && (code === insufficientPrivilege || code === undefinedObject))
    return said(
      'denied',
      `SLIPWAY_ROLE names the role "${owner}", which ${code === undefinedObject ? 'does not exist' : `role "${user}" cannot take`} (${error.message})`,
      `${code === undefinedObject ? `CREATE ROLE ${identifier(owner)}; ` : ''}GRANT ${identifier(owner)} TO ${identifier(user)}; or correct SLIPWAY_ROLE.`,
    );
  if (code === objectInUse)
    return said(
      'temporary',
      `its template is in use (${error.message})`,
      'Somebody is connected to template0: end that session (pg_stat_activity shows it), or ALTER DATABASE template0 ALLOW_CONNECTIONS false; then start again.',
    );
  if (isOfCollation(error))
    return said(
      'config',
      error.message,
      "The operating system's collations are newer than those that template0 was made with: ALTER DATABASE template0 REFRESH COLLATION VERSION; if it holds text, rebuild its indexes first.",
    );
  if (code === queryCanceled) return said('temporary', error.message, 'Somebody cancelled it: start again.');
  const { exit, remedy } = classifyServerError(error);
  return exit === 'migration'
    ? said('config', error.message, 'Correct what the server names; its own log may say more.')
    : said(exit, error.message, remedy);
}

const insufficientPrivilege = '42501';
const undefinedObject = '42704';
const objectInUse = '55006';
const queryCanceled = '57014';

/** Such an error has no SQLSTATE of its own (PostgreSQL source, dbcommands.c); what its hint says to run is in SQL. */
const isOfCollation = ({ message, hint }: pg.DatabaseError): boolean =>
  /REFRESH COLLATION VERSION/.test(hint ?? '') || /collation version/.test(message);
