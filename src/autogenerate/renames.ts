import { SlipwayError } from '../errors.ts';
import type { Renames } from '../generate/changes.ts';
import { parseColumn } from '../generate/column-parts.ts';
import { kindOf, nameOf, splitPart } from '../snapshot/names.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { foldName } from '../sql/statements.ts';

/** A column or a table that may have got another name; names are those of the snapshots. */
export interface Rename {
  readonly kind: 'column' | 'table';
  /** `schema.table.column` or `schema.table`, as it is at head. */
  readonly from: string;
  /** The new name alone. */
  readonly to: string;
}

/**
 * Reads what --rename says: `schema.table.old=new` for a column, `schema.old=new` for a table, several by comma. The
 * schema of a column may be left out where only one table has that name and column.
 *
 * @throws SlipwayError (64) for what is no rename, or names what head does not have or the wish does not want.
 */
export function readRenames(text: string, head: Snapshot, wish: Snapshot): Rename[] {
  return splitOutsideQuotes(text, ',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => {
      const [path = '', to = '', ...rest] = splitOutsideQuotes(item, '=').map((part) => part.trim());
      const parts = splitOutsideQuotes(path, '.').map(foldName);
      if (to === '' || rest.length > 0 || parts.length < 2 || parts.length > 3 || parts.includes('')) {
        throw wrong(
          item,
          'it is not TABLE.OLD=NEW',
          'Write --rename schema.table.column=new or schema.table=new.',
        );
      }
      return resolve(item, parts, foldName(to), head, wish);
    });
}

function resolve(item: string, parts: readonly string[], to: string, head: Snapshot, wish: Snapshot): Rename {
  const columns = named(head, 'column', parts);
  const tables = parts.length === 2 ? named(head, 'table', parts) : [];
  const [from, ...more] = [...tables, ...columns];
  if (from === undefined) {
    throw wrong(
      item,
      `head has no ${parts.join('.')}`,
      'Name it as it is now: --rename schema.table.old=new',
    );
  }
  if (more.length > 0) {
    throw wrong(item, `it may mean ${[from, ...more].join(' or ')}`, 'Name the schema as well.');
  }
  const kind = tables.length > 0 ? 'table' : 'column';
  const parent = splitPart(from)?.parent ?? '';
  // A column of a table that gets another name as well stands in a table that head does not have.
  const isThere = (holder: string): boolean =>
    holder === parent || (kind === 'column' && !wish.has(`table ${parent}`) && !head.has(`table ${holder}`));
  const target = [...wish.keys()]
    .filter((object) => kindOf(object) === kind)
    .flatMap((object) => splitPart(nameOf(object)) ?? [])
    .find(({ parent: holder, own }) => foldName(own) === to && isThere(holder));
  if (!target) {
    throw wrong(item, `the wished schema has no ${kind} ${to} there`, 'Name it as SOURCE has it.');
  }
  return { kind, from, to: target.own };
}

/** The objects of a kind whose last names, unquoted, are these. */
const named = (snapshot: Snapshot, kind: Rename['kind'], parts: readonly string[]): string[] =>
  [...snapshot.keys()]
    .filter((object) => kindOf(object) === kind)
    .map(nameOf)
    .filter((name) => {
      const own = splitOutsideQuotes(name, '.').map(foldName);
      return own.slice(-parts.length).join('\0') === parts.join('\0');
    });

/** What may be renames: a table that loses one column and gains one of the same type; a table that is gone and one with the same columns that is new. Pure. */
export function possibleRenames(head: Snapshot, wish: Snapshot): Rename[] {
  const lost = without(head, wish);
  const gained = without(wish, head);
  const alike = (table: string, columns: string): string => `${splitPart(table)?.parent}\n${columns}`;
  const byColumns = new Map<string, string[]>();
  for (const [table, columns] of gained.tables) {
    const key = alike(table, columns);
    byColumns.set(key, [...(byColumns.get(key) ?? []), table]);
  }
  const tables = [...lost.tables].flatMap(([from, columns]) => {
    const [to, ...more] = byColumns.get(alike(from, columns)) ?? [];
    return to !== undefined && more.length === 0
      ? [{ kind: 'table' as const, from, to: splitPart(to)?.own ?? '' }]
      : [];
  });
  const columns = [...lost.columns].flatMap(([key, from]) => {
    const to = gained.columns.get(key);
    const [old, ...others] = from;
    const [own, ...more] = to ?? [];
    if (old === undefined || own === undefined || others.length > 0 || more.length > 0) return [];
    return [{ kind: 'column' as const, from: old, to: splitPart(own)?.own ?? '' }];
  });
  return [...tables, ...columns];
}

interface Absent {
  /** Table -> its columns as text. */
  readonly tables: ReadonlyMap<string, string>;
  /** Table and type -> names of columns, where the table is on both sides. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

/** The tables and columns that only one side has. */
function without(one: Snapshot, other: Snapshot): Absent {
  const tables = new Map<string, string>();
  const columns = new Map<string, string[]>();
  for (const object of one.keys()) {
    if (kindOf(object) === 'table' && !other.has(object)) tables.set(nameOf(object), '');
  }
  for (const [object, { text }] of one) {
    const column = kindOf(object) === 'column' ? splitPart(nameOf(object)) : null;
    if (!column) continue;
    const { parent, own } = column;
    const known = tables.get(parent);
    if (known !== undefined) tables.set(parent, `${known}${own} ${text.replaceAll(parent, '')}\n`);
    else if (!other.has(object) && other.has(`table ${parent}`)) {
      const key = `${parent} ${parseColumn(text).type}`;
      columns.set(key, [...(columns.get(key) ?? []), nameOf(object)]);
    }
  }
  return { tables, columns };
}

/** In the form that the generator takes. */
export function asRenames(renames: readonly Rename[]): Renames {
  const of = (kind: Rename['kind']): ReadonlyMap<string, string> =>
    new Map(renames.filter((rename) => rename.kind === kind).map(({ from, to }) => [from, to]));
  return { columns: of('column'), tables: of('table') };
}

/** The renames that undo these: the columns of a renamed table are known by its new name then. Pure. */
export function inverse(renames: readonly Rename[]): Rename[] {
  const tables = asRenames(renames).tables;
  return renames.map(({ kind, from, to }) => {
    const { parent, own } = splitPart(from) ?? { parent: '', own: from };
    const renamed = tables.get(parent);
    const holder = kind === 'column' && renamed ? `${splitPart(parent)?.parent}.${renamed}` : parent;
    return { kind, from: `${holder}.${to}`, to: own };
  });
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts = [''];
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === separator && !isQuoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

const wrong = (item: string, why: string, remedy: string): SlipwayError =>
  new SlipwayError({ exit: 'usage', message: `--rename ${item}: ${why}`, remedy });
