import { SlipwayError } from '../../core/index.ts';
import { foldName } from '../../sql/index.ts';
import { kindOf, nameOf, type Snapshot, splitPart } from '../catalog/index.ts';
import { parseColumn } from '../objects/column/parts.ts';
import type { Renames } from './changes/renames.ts';

/** A column or a table that may have got another name; names are those of the snapshots. */
export interface Rename {
  readonly kind: 'column' | 'table';
  /** `schema.table.column` or `schema.table`, as it is at head. */
  readonly from: string;
  /** The new name alone. */
  readonly to: string;
}

/** The two schemas between which something may have got another name, as messages call them. */
export interface Sides {
  readonly start: Snapshot;
  readonly goal: Snapshot;
  /** `head`, `the database`. */
  readonly startName: string;
  /** `the desired schema`, `version 20250101000000`. */
  readonly goalName: string;
}

/** What --rename says. */
export interface GivenRenames {
  readonly renames: readonly Rename[];
  /** `none` is among them: nothing else got another name. */
  readonly areAll: boolean;
}

/**
 * Reads what --rename says: `schema.table.old=new` for a column, `schema.old=new` for a table, `none` for nothing else,
 * several by comma. The schema of a column may be left out where only one table has that name and column.
 *
 * @throws SlipwayError (64) for what is no rename, or names what the start does not have, or has already, or the goal
 *   does not want.
 */
export function readRenames(text: string, sides: Sides): GivenRenames {
  const items = splitOutsideQuotes(text, ',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const renames = items
    .filter((item) => item !== 'none')
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
      return { item, rename: resolve(item, parts, foldName(to), sides) };
    });
  for (const { item, rename } of renames)
    assertFree(
      item,
      rename,
      renames.map((one) => one.rename),
      sides,
    );
  return { renames: renames.map(({ rename }) => rename), areAll: items.includes('none') };
}

/** @throws SlipwayError (64) where the new name is another's, which does not get another one itself. */
function assertFree(item: string, { kind, from, to }: Rename, all: readonly Rename[], sides: Sides): void {
  const target = `${splitPart(from)?.parent}.${to}`;
  if (!sides.start.has(`${kind} ${target}`) || all.some((other) => other.from === target)) return;
  throw wrong(
    item,
    `${sides.startName} has a ${kind} ${target} already`,
    'Two cannot be one by a rename: leave it out, or rename the other as well.',
  );
}

function resolve(item: string, parts: readonly string[], to: string, sides: Sides): Rename {
  const { start: head, goal: desired } = sides;
  const columns = named(head, 'column', parts);
  const tables = parts.length === 2 ? named(head, 'table', parts) : [];
  const [from, ...more] = [...tables, ...columns];
  if (from === undefined) {
    throw wrong(
      item,
      `${sides.startName} has no ${parts.join('.')}`,
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
    holder === parent ||
    (kind === 'column' && !desired.has(`table ${parent}`) && !head.has(`table ${holder}`));
  const target = [...desired.keys()]
    .filter((object) => kindOf(object) === kind)
    .flatMap((object) => splitPart(nameOf(object)) ?? [])
    .find(({ parent: holder, own }) => foldName(own) === to && isThere(holder));
  if (!target) {
    throw wrong(
      item,
      `${sides.goalName} has no ${kind} ${to} there`,
      `Name it as it is in ${sides.goalName}.`,
    );
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

/** A rename that is possible, and whether neither name could belong to another one. */
export interface CandidateRename extends Rename {
  readonly isOnly: boolean;
}

/** What may be renames: a table that loses one column and gains one of the same type; a table that is gone and one with the same columns that is new. */
export const possibleRenames = (head: Snapshot, desired: Snapshot): Rename[] =>
  candidateRenames(head, desired)
    .filter(({ isOnly }) => isOnly)
    .map(({ kind, from, to }) => ({ kind, from, to }));

/** As `possibleRenames`, where several columns of one type, or several tables alike, go or come as well: each with each. */
export function candidateRenames(head: Snapshot, desired: Snapshot): CandidateRename[] {
  const lost = absentFrom(head, desired);
  const gained = absentFrom(desired, head);
  return [
    ...pairsOf('table', byColumns(lost), byColumns(gained)),
    ...pairsOf('column', lost.columns, gained.columns),
  ];
}

/** Schema and columns -> the tables that have them. */
function byColumns({ tables }: Absent): ReadonlyMap<string, readonly string[]> {
  const alike = new Map<string, string[]>();
  for (const [table, columns] of tables) {
    const key = `${splitPart(table)?.parent}\n${columns.join('\n')}`;
    alike.set(key, [...(alike.get(key) ?? []), table]);
  }
  return alike;
}

function pairsOf(
  kind: Rename['kind'],
  lost: ReadonlyMap<string, readonly string[]>,
  gained: ReadonlyMap<string, readonly string[]>,
): CandidateRename[] {
  return [...lost].flatMap(([key, from]) => {
    const to = gained.get(key) ?? [];
    const isOnly = from.length === 1 && to.length === 1;
    return from.flatMap((old) =>
      to.map((name) => ({ kind, from: old, to: splitPart(name)?.own ?? '', isOnly })),
    );
  });
}

/** `kind name` of what a rename makes. */
export const renameTarget = ({ kind, from, to }: Rename): string =>
  `${kind} ${splitPart(from)?.parent}.${to}`;

export interface Absent {
  /** Table -> its columns with their types: a default may name a sequence, which keeps its name. */
  readonly tables: ReadonlyMap<string, readonly string[]>;
  /** Table and type -> names of columns, where the table is on both sides. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

/** The tables and columns that only one side has. */
export function absentFrom(one: Snapshot, other: Snapshot): Absent {
  const tables = new Map<string, string[]>();
  const columns = new Map<string, string[]>();
  for (const object of one.keys()) {
    if (kindOf(object) === 'table' && !other.has(object)) tables.set(nameOf(object), []);
  }
  for (const [object, { text }] of one) {
    const column = kindOf(object) === 'column' ? splitPart(nameOf(object)) : null;
    if (!column) continue;
    const { parent, own } = column;
    const known = tables.get(parent);
    if (known !== undefined) known.push(`${own} ${parseColumn(text).type}`);
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

/** The renames that undo these: the columns of a renamed table are known by its new name then. */
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
