import { lookup, nameOf, objectsOf, type SnapshotObject } from '../../model/index.ts';
import { insideBrackets, splitOuter } from '../common/clauses.ts';
import { withoutBrackets } from '../common/display.ts';
import { displayLists, typesAround } from '../common/lists.ts';
import { givenName, split, unquote } from '../common/names.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { attachedBefore } from '../table/origin.ts';

const validLater = / NOT VALID$/;

const invalid = / INVALID$/;

/** Whether a constraint can stand in CREATE TABLE: one that is not validated can only be added. */
const canStandInline = (text: string): boolean => !validLater.test(text) && !invalid.test(text);

/**
 * Whether a key has the columns of one before it in a list of definitions: CREATE TABLE makes one index of both, with the
 * name of the one and the kind of the other (PostgreSQL source, transformIndexConstraints), so that it can only be added.
 */
function isKeyAgain(text: string, at: number, texts: readonly string[]): boolean {
  const columns = keyColumns(text);
  return columns !== null && texts.slice(0, at).some((other) => keyColumns(other) === columns);
}

const keyColumns = (text: string): string | null =>
  /^(?:PRIMARY KEY|UNIQUE(?: NULLS NOT DISTINCT)?) (\((?:"(?:[^"]|"")*"|[^()"])*\))/.exec(text)?.[1] ?? null;

/** A constraint added by itself; null for one whose index is invalid, which no definition says. */
export function addConstraintAlone(name: string, text: string, graph: SchemaGraph): readonly string[] | null {
  if (invalid.test(text)) return null;
  const { parent, own } = split(name);
  const verb = graph.snapshot.get(`table ${parent}`)?.text.includes('foreign table')
    ? 'ALTER FOREIGN TABLE'
    : 'ALTER TABLE';
  return [`${verb} ${parent} ADD CONSTRAINT ${own} ${displayConstraint(`constraint ${name}`, text, graph)}`];
}

/** A constraint as it stands in CREATE TABLE: at a column, or by itself. */
interface InlineConstraint {
  /** The column that it can stand at, quoted where it must be; null where it cannot. */
  readonly column: string | null;
  /** What stands at the column, or by itself. */
  readonly sql: string;
  readonly isPrimary: boolean;
}

/** How a constraint is written in CREATE TABLE; its name only where PostgreSQL would give it another one. */
export function inlineConstraint(object: string, graph: SchemaGraph): InlineConstraint {
  const name = nameOf(object);
  const { parent, own } = split(name);
  const text = graph.snapshot.get(object)?.text ?? '';
  const { columns, label } = keyOf(object, text, graph);
  const columnNames = label === 'check' && columns.length !== 1 ? [] : columns.map(unquote);
  const given = label === null ? null : givenName(parent, label === 'pkey' ? [] : columnNames, label);
  const isGiven = given === unquote(own) && !isNameTaken(name, graph);
  const [column] = columns;
  const isPrimary = text.startsWith('PRIMARY KEY');
  const whole = displayConstraint(object, text, graph);
  if (isGiven && columns.length === 1 && column !== undefined) {
    const sql = whole
      .replace(/^(PRIMARY KEY|UNIQUE(?: NULLS NOT DISTINCT)?) \((?:"(?:[^"]|"")*"|[^()]+)\)/, '$1')
      .replace(/^FOREIGN KEY \((?:"(?:[^"]|"")*"|[^()]+)\) /, '');
    return { column, sql, isPrimary };
  }
  return { column: null, sql: isGiven ? whole : `CONSTRAINT ${own} ${whole}`, isPrimary };
}

/** The columns that a constraint is named after, and the word that ends the name; none where it is always given. */
function keyOf(
  object: string,
  text: string,
  graph: SchemaGraph,
): { readonly columns: readonly string[]; readonly label: string | null } {
  const [, kind, list = ''] =
    /^(PRIMARY KEY|UNIQUE(?: NULLS NOT DISTINCT)?|FOREIGN KEY) (\((?:"(?:[^"]|"")*"|[^()"])*\))/.exec(text) ??
    [];
  if (kind !== undefined) {
    const columns = splitOuter(insideBrackets(list));
    if (columns.some((column) => !/^(?:"(?:[^"]|"")*"|[^\s"]+)$/.test(column)))
      return { columns: [], label: null };
    return { columns, label: kind === 'PRIMARY KEY' ? 'pkey' : kind === 'FOREIGN KEY' ? 'fkey' : 'key' };
  }
  if (!text.startsWith('CHECK')) return { columns: [], label: null };
  const { parent } = split(nameOf(object));
  const columns = [...(graph.dependencies.get(object) ?? [])]
    .filter((needed) => needed.startsWith(`column ${parent}.`))
    .map((needed) => split(nameOf(needed)).own);
  return { columns, label: 'check' };
}

/** A constraint's name with the schema of its table, by which PostgreSQL tells whether a name is taken. */
const scoped = (name: string): string => {
  const { parent, own } = split(name);
  return `${split(parent).parent}.${own}`;
};

const sameName = lookup(({ kind, name }) => (kind === 'constraint' ? [scoped(name)] : []));

/** Whether the schema has another constraint of the same name: PostgreSQL would give this one another. */
const isNameTaken = (name: string, { snapshot }: SchemaGraph): boolean =>
  sameName(snapshot, scoped(name)).length > 1;

/** A definition as a person writes it: brackets only where they must be, IN for a list of values. */
function displayConstraint(object: string, text: string, graph: SchemaGraph): string {
  const [, condition, rest = ''] =
    /^CHECK (\(.*\))((?: NO INHERIT| NOT VALID| NOT ENFORCED)*)$/s.exec(text) ?? [];
  if (condition === undefined)
    return text.replace(/^(FOREIGN KEY .*? REFERENCES (?:(?:"(?:[^"]|"")*"|[^\s"()])+))\(/s, '$1 (');
  return `CHECK (${withoutBrackets(displayLists(condition, typesAround(object, graph)))})${rest}`;
}

/** The keys and checks that stand in a table's CREATE; a foreign key needs another table, and is made by itself. */
export const standingIn = (table: string, graph: SchemaGraph): readonly string[] =>
  inlineConstraints(table, graph).filter((object) => !isForeignKey(object, graph));

const isForeignKey = (object: string, { snapshot }: SchemaGraph): boolean =>
  snapshot.get(object)?.text.startsWith('FOREIGN KEY') ?? false;

/** All constraints of a table that can stand in its CREATE: keys first, each once for its columns, then what is checked, then foreign keys. */
export function inlineConstraints(table: string, { snapshot }: SchemaGraph): readonly string[] {
  const rank = ({ text }: SnapshotObject): number =>
    kindsOfConstraints.findIndex((kind) => text.startsWith(kind));
  const constraints = objectsOf(snapshot, table)
    .filter((object) => object.kind === 'constraint' && canStandInline(object.text))
    .filter((object) => attachedBefore(object, snapshot).length === 0)
    .sort((a, b) => rank(a) - rank(b));
  const texts = constraints.map(({ text }) => text);
  return constraints
    .filter(({ text }, at) => !isKeyAgain(text, at, texts))
    .map(({ kind, name }) => `${kind} ${name}`);
}

const kindsOfConstraints = ['PRIMARY KEY', 'UNIQUE', 'EXCLUDE', 'CHECK', 'FOREIGN KEY'];
