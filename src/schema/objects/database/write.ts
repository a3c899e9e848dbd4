import { literal } from '../../../postgres/index.ts';
import { type Alteration, manual, type ObjectChange, steps } from '../common/alteration.ts';
import { unwrittenReason } from '../common/unwritten.ts';
import { alterPrivileges } from '../privileges/alter.ts';

/** Settings that are lists of names, which stand unquoted where they are set (PostgreSQL source, GUC_LIST_QUOTE). */
const lists = new Set([
  'search_path',
  'temp_tablespaces',
  'session_preload_libraries',
  'local_preload_libraries',
  'shared_preload_libraries',
]);

/**
 * A statement about the database that it runs in, which has no name in a file: it is another one on each server.
 *
 * @param statement with `%I` where the database's name stands, and `%s` where the value does.
 */
function ofThisDatabase(statement: string, value?: string): string {
  const call = `format(${[literal(statement), 'current_database()', ...(value === undefined ? [] : [literal(value)])].map((part) => part.trim()).join(', ')})`;
  const tag = call.includes('$$') ? '$slipway$' : '$$';
  return `DO ${tag} BEGIN EXECUTE ${call}; END ${tag}`;
}

/** `setting NAME [of ROLE]`. */
const settingName = /^setting ("(?:[^"]|"")*"|\S+)(?: of (.*))?$/s;

/** What a statement calls the database, or the role within it. */
const holder = (role: string | undefined): string =>
  role === undefined ? 'ALTER DATABASE %I' : `ALTER ROLE ${role.replaceAll('%', '%%')} IN DATABASE %I`;

/**
 * What makes one object of the database as it is described, or sets it back where the text is null; null where its
 * value is not known.
 */
function setDatabase(name: string, text: string | null): readonly string[] | null {
  if (name === 'comment')
    return [
      text === null
        ? ofThisDatabase('COMMENT ON DATABASE %I IS NULL')
        : ofThisDatabase('COMMENT ON DATABASE %I IS %L', text),
    ];
  const [, setting = '', role] = settingName.exec(name) ?? [];
  if (setting === '' || text === 'not shown') return null;
  const alter = `${holder(role)} ${text === null ? 'RESET' : 'SET'} ${setting.replaceAll('%', '%%')}`;
  if (text === null) return [ofThisDatabase(alter)];
  return [ofThisDatabase(`${alter} TO ${lists.has(setting) ? '%s' : '%L'}`, text)];
}

/** What makes one object of the database as it is described; null where its value is not known. */
export const createDatabaseObject = (name: string, text: string): readonly string[] | null =>
  name === 'privileges' ? databaseGrants('', text) : setDatabase(name, text);

/** What takes it away. */
export const dropDatabaseObject = (name: string, text: string): readonly string[] | null =>
  name === 'privileges' ? databaseGrants(text, '') : setDatabase(name, null);

/** GRANT and REVOKE on the database of what differs between two descriptions. */
const databaseGrants = (before: string, after: string): readonly string[] =>
  alterPrivileges(databaseTarget, { text: before, facets: {} }, { text: after, facets: {} }, new Map()).map(
    ({ sql }) => ofThisDatabase(sql.replaceAll('%', '%%').replace(' ON DATABASE  ', ' ON DATABASE %I ')),
  );

/** The database as a thing that has privileges: of its owner nothing is told. */
const databaseTarget = 'database ';

/** What is said of the database itself: its settings, its comment, who may what on it. */
export function alterDatabase({ kind, name, before, after }: ObjectChange): Alteration {
  const statements =
    name === 'privileges' ? databaseGrants(before.text, after.text) : setDatabase(name, after.text);
  return statements === null ? manual(unwrittenReason(kind)) : steps(...statements);
}
