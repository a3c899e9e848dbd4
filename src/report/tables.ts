import { kindOf, nameOf, parentOf, splitPart } from '../schema/model/index.ts';
import { parseColumn } from '../schema/objects/column/parts.ts';
import { displayType } from '../schema/objects/common/display.ts';

export interface Column {
  /** Quoted where it must be, as are all names here. */
  readonly name: string;
  readonly type: string;
  readonly isNotNull: boolean;
  readonly isPrimary: boolean;
  readonly isForeign: boolean;
}

interface ForeignKey {
  readonly columns: readonly string[];
  /** The table that it refers to; it need not be among those at hand. */
  readonly to: string;
  /** Whether each of its columns is NOT NULL. */
  readonly isRequired: boolean;
  /** Whether a row of the other table has at most one here. */
  readonly isUnique: boolean;
}

/** A table as it is drawn. */
export interface Table {
  readonly name: string;
  /** In the table's order. */
  readonly columns: readonly Column[];
  readonly foreignKeys: readonly ForeignKey[];
}

const identifier = '(?:"(?:[^"]|"")*"|[^\\s"(),.]+)';
const list = `\\(((?:"(?:[^"]|"")*"|[^()"])*)\\)`;
const key = new RegExp(`^(PRIMARY KEY|UNIQUE(?: NULLS NOT DISTINCT)?|FOREIGN KEY) ${list}`);
const reference = new RegExp(`^ REFERENCES ((?:${identifier}\\.)?${identifier})`);

/** The columns of a key, as `pg_get_constraintdef` lists them; a range of time has a word before it (18). */
const namesIn = (text: string): string[] =>
  [...text.matchAll(new RegExp(`(?:PERIOD )?(${identifier})`, 'g'))].map(([, name = '']) => name);

type Objects = Iterable<readonly [object: string, text: string]>;

interface Draft {
  readonly columns: Map<string, string>;
  order: readonly string[];
  readonly primary: Set<string>;
  readonly unique: (readonly string[])[];
  readonly foreign: { readonly columns: readonly string[]; readonly to: string }[];
}

/**
 * The tables of a schema, by name. Partitions are left out: they are as the table above them.
 *
 * @param objects `kind name` and its text, as a snapshot has them.
 */
export function tablesOf(objects: Objects): Table[] {
  const all = [...objects];
  const drafts = new Map<string, Draft>();
  for (const [object, text] of all) {
    if (kindOf(object) !== 'table' || /^(?:unlogged )?(?:foreign )?table .*?\bpartition of\b/s.test(text))
      continue;
    drafts.set(nameOf(object), {
      columns: new Map(),
      order: [],
      primary: new Set(),
      unique: [],
      foreign: [],
    });
  }
  for (const [object, text] of all) {
    const draft = drafts.get(parentOf(object) ?? '');
    if (draft) note(draft, object, text);
  }
  return [...drafts].map(([name, draft]) => finished(name, draft)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function note(draft: Draft, object: string, text: string): void {
  switch (kindOf(object)) {
    case 'column':
      draft.columns.set(splitPart(nameOf(object))?.own ?? '', text);
      return;
    case 'column order':
      draft.order = namesIn(text);
      return;
    case 'constraint':
      noteKey(draft, text);
  }
}

function noteKey(draft: Draft, text: string): void {
  const [whole, kind, columns = ''] = key.exec(text) ?? [];
  if (whole === undefined) return;
  const names = namesIn(columns);
  if (kind === 'PRIMARY KEY') for (const name of names) draft.primary.add(name);
  if (kind !== 'FOREIGN KEY') draft.unique.push(names);
  else {
    const to = reference.exec(text.slice(whole.length))?.[1];
    if (to !== undefined) draft.foreign.push({ columns: names, to });
  }
}

function finished(name: string, { columns, order, primary, unique, foreign }: Draft): Table {
  const rank = new Map(order.map((column, at) => [column, at]));
  const place = (column: string): number => rank.get(column) ?? order.length;
  const isForeign = new Set(foreign.flatMap((one) => one.columns));
  const parts = new Map([...columns].map(([column, text]) => [column, parseColumn(text)]));
  const isNotNull = (column: string): boolean => parts.get(column)?.isNotNull === true;
  return {
    name,
    columns: [...parts]
      .sort(([a], [b]) => place(a) - place(b))
      .map(([column, { type }]) => ({
        name: column,
        type: displayType(type),
        isNotNull: isNotNull(column),
        isPrimary: primary.has(column),
        isForeign: isForeign.has(column),
      })),
    foreignKeys: foreign.map((one) => ({
      ...one,
      isRequired: one.columns.every(isNotNull),
      isUnique: unique.some((names) => names.every((column) => one.columns.includes(column))),
    })),
  };
}

/** These tables and those that a foreign key of either side connects with them. */
export function withNeighbours(tables: readonly Table[], names: ReadonlySet<string>): Table[] {
  const near = new Set(names);
  for (const { name, foreignKeys } of tables)
    for (const { to } of foreignKeys) {
      if (names.has(name)) near.add(to);
      if (names.has(to)) near.add(name);
    }
  return tables.filter(({ name }) => near.has(name));
}

/** The tables that objects belong to, and the columns among them, by name. */
export const touchedIn = (objects: readonly string[]): ReadonlySet<string> =>
  new Set(
    objects.flatMap((object) => [
      ...(kindOf(object) === 'column' ? [nameOf(object)] : []),
      ...(parentOf(object) === null ? [] : [parentOf(object) ?? '']),
    ]),
  );

/**
 * The columns of a table that are listed where there is no room for all: those of keys, then those that a report is
 * about, then others as far as there is room; in the table's order.
 */
export function mostTelling({ name, columns }: Table, touched: ReadonlySet<string>, most: number): Column[] {
  const isKey = (column: Column): boolean => column.isPrimary || column.isForeign;
  const isTold = (column: Column): boolean => isKey(column) || touched.has(`${name}.${column.name}`);
  const told = columns.filter(isTold);
  const others = columns.filter((column) => !isTold(column)).slice(0, Math.max(0, most - told.length));
  const kept = new Set([...told, ...others]);
  return columns.filter((column) => kept.has(column));
}
