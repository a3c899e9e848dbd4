import { splitPart } from '../../model/index.ts';

/** A name that is quoted where it must be, as it is; others as they are. */
export const unquote = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;

/** A name, quoted where it must be; reserved words do not occur among the names that are made here. */
export const quoteName = (name: string): string =>
  /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

/** The parts of `schema.name` or `table.part`, each quoted where it must be. */
export const split = (name: string): { readonly parent: string; readonly own: string } =>
  splitPart(name) ?? { parent: '', own: name };

/** The longest name that PostgreSQL keeps, in bytes (NAMEDATALEN). */
const longest = 63;

/**
 * The name that PostgreSQL gives to what is made for columns of a table: `accounts_user_id_fkey`. Where it would be too
 * long, the longer of table and columns is cut until it fits (`makeObjectName` in indexcmds.c).
 *
 * @param columns unquoted.
 * @returns unquoted; null for a long one that is not all ASCII.
 */
export function givenName(table: string, columns: readonly string[], label: string): string | null {
  let own = unquote(split(table).own);
  let list = columns.join('_');
  const name = [own, ...(list === '' ? [] : [list]), label].join('_');
  const size = Buffer.byteLength(name);
  if (size <= longest) return name;
  if (size !== name.length || list.length > longest) return null;
  while ([own, ...(list === '' ? [] : [list]), label].join('_').length > longest) {
    if (own.length > list.length) own = own.slice(0, -1);
    else list = list.slice(0, -1);
  }
  return [own, ...(list === '' ? [] : [list]), label].join('_');
}
