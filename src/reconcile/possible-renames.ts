import {
  kindOf,
  nameOf,
  objectsOfKind,
  parentOf,
  type Snapshot,
  schemaOf,
  splitPart,
} from '../schema/catalog/index.ts';
import {
  absentFrom,
  asRenames,
  type Change,
  dependentsOf,
  excludeObjects,
  isSame,
  ownerOf,
  parentsOf,
  parseTable,
  renameStatements,
  type SchemaGraph,
} from '../schema/generate/index.ts';
import { traitsOf } from '../schema/kinds.ts';

/** `kind name` of what only the goal has -> what only the start has, and may be it under another name. */
export type MayBe = ReadonlyMap<string, readonly string[]>;

/**
 * What may be there under another name: a column of the same type in the same table, a table with all the columns in
 * the same schema or with the same name in another one, a schema with such tables.
 */
export function mayBeUnderAnotherName(start: SchemaGraph, goal: SchemaGraph): MayBe {
  const lost = absentFrom(start.snapshot, goal.snapshot);
  const gained = absentFrom(goal.snapshot, start.snapshot);
  const tables = [...gained.tables].map(([table, columns]): [string, string[]] => [
    table,
    [...lost.tables]
      .filter(([other, has]) => isNear(table, other) && holdsAll(has, columns))
      .filter(([other]) => isPlaceOf(table, other, start.snapshot, goal.snapshot))
      .map(([other]) => other),
  ]);
  const schemas = schemasMoved(tables, start.snapshot, goal.snapshot);
  return new Map([
    ...[...schemas].map(
      ([schema, others]) => [`schema ${schema}`, others.map((other) => `schema ${other}`)] as const,
    ),
    ...tables
      .filter(([table, others]) => others.length > 0 && !schemas.has(schemaOf(`table ${table}`) ?? ''))
      .map(([table, others]) => [`table ${table}`, others.map((other) => `table ${other}`)] as const),
    ...[...gained.columns].flatMap(([key, columns]) => {
      const others = (lost.columns.get(key) ?? []).map((other) => `column ${other}`);
      return others.length === 0 ? [] : columns.map((column) => [`column ${column}`, others] as const);
    }),
  ]);
}

const holdsAll = (has: readonly string[], columns: readonly string[]): boolean =>
  columns.length > 0 && columns.every((column) => has.includes(column));

/** The same schema, or the same name. */
function isNear(table: string, other: string): boolean {
  const [one, two] = [splitPart(table), splitPart(other)];
  return one?.parent === two?.parent || one?.own === two?.own;
}

/** A partition that is still one is only taken for another of the same bounds. */
function isPlaceOf(table: string, other: string, start: Snapshot, goal: Snapshot): boolean {
  const is = parseTable(start.get(`table ${other}`)?.text ?? '').partitionOf;
  const wanted = parseTable(goal.get(`table ${table}`)?.text ?? '').partitionOf;
  return is === null || is.bounds === wanted?.bounds;
}

/** The schemas that are not there, of which another that nobody asks for has tables. */
function schemasMoved(
  tables: readonly (readonly [string, readonly string[]])[],
  start: Snapshot,
  goal: Snapshot,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [table, others] of tables) {
    const schema = schemaOf(`table ${table}`) ?? '';
    if (start.has(`schema ${schema}`) || !goal.has(`schema ${schema}`)) continue;
    for (const other of others.map((one) => schemaOf(`table ${one}`) ?? '')) {
      const known = found.get(schema) ?? [];
      if (goal.has(`schema ${other}`) || !start.has(`schema ${other}`) || known.includes(other)) continue;
      found.set(schema, [...known, other]);
    }
  }
  return found;
}

/** What a fix can do where something may be under another name, and what it leaves. */
export interface LeftRenames {
  /** The goal, with all that hangs on such a thing as it is at the start. */
  readonly goal: SchemaGraph;
  readonly left: readonly Change[];
  /** `kind name` of all of it. */
  readonly touched: ReadonlySet<string>;
}

/**
 * Leaves to a person what may be there under another name, and all that would be made or changed with it: an empty twin
 * would take its name, and the rows would stay behind.
 */
export function leaveRenames(start: SchemaGraph, goal: SchemaGraph, mayBe: MayBe): LeftRenames {
  const touched = new Set([
    ...allDependents(mayBe.keys(), goal),
    ...allDependents([...mayBe.values()].flat(), start),
  ]);
  if (touched.size === 0) return { goal, left: [], touched };
  const excluded = excludeObjects(start, goal, (object) => touched.has(object));
  const left = [...goal.snapshot.keys()].filter((object) => touched.has(object)).sort();
  return {
    goal: excluded,
    touched,
    left: left.flatMap((object) => {
      const others = mayBe.get(object);
      if (others !== undefined)
        return isInherited(object, goal, mayBe) ? [] : [leftItself(object, others, start)];
      return leftWith(object, start, goal, mayBe);
    }),
  };
}

/** Objects, and all that depends on them at any remove; a sequence depends on the column that owns it. */
function allDependents(objects: Iterable<string>, side: SchemaGraph): Set<string> {
  const dependents = dependentsOf(side.dependencies);
  const owned = new Map<string, string[]>();
  for (const { name, text } of objectsOfKind(side.snapshot, 'sequence')) {
    const owner = `column ${ownerOf(text)}`;
    owned.set(owner, [...(owned.get(owner) ?? []), `sequence ${name}`]);
  }
  const found = new Set<string>();
  const waiting = [...objects];
  for (let object = waiting.pop(); object !== undefined; object = waiting.pop()) {
    if (found.has(object) || !side.snapshot.has(object)) continue;
    found.add(object);
    waiting.push(...(dependents.get(object) ?? []), ...(owned.get(object) ?? []));
  }
  return found;
}

/** A column that the tables above have under the same name is renamed with theirs. */
function isInherited(object: string, { snapshot }: SchemaGraph, mayBe: MayBe): boolean {
  if (kindOf(object) !== 'column') return false;
  const { parent = '', own = '' } = splitPart(nameOf(object)) ?? {};
  return parentsOf(snapshot.get(`table ${parent}`)?.text).some((above) =>
    mayBe.has(`column ${above}.${own}`),
  );
}

function leftItself(object: string, others: readonly string[], start: SchemaGraph): Change {
  const kind = kindOf(object);
  const names = others.map((other) => nameOf(other)).join(' or ');
  const has = { schema: 'such tables', table: 'all its columns' }[kind] ?? 'the same type';
  const options = others.flatMap((other) => optionFor(object, other));
  const said =
    options.length === 0
      ? 'rename it, and write the fix again'
      : `rename it, or write the fix again with ${options.map((option) => `--rename ${option}`).join(' or ')}`;
  return {
    kind: 'manual',
    object,
    difference: `it is not there; ${names} has ${has}`,
    reason: `it may be ${names}, renamed, and a new one would be empty: ${said}; if it is not, with --rename none`,
    sql: others.flatMap((other) => renaming(object, other, start)),
  };
}

/** As --rename takes it: a table in the same schema, a column. */
function optionFor(object: string, other: string): string[] {
  const [to, from] = [splitPart(nameOf(object)), splitPart(nameOf(other))];
  return to !== null && from !== null && to.parent === from.parent ? [`${nameOf(other)}=${to.own}`] : [];
}

/** The statements that make one of the other. */
function renaming(object: string, other: string, start: SchemaGraph): string[] {
  const kind = kindOf(object);
  if (kind === 'schema') return [`ALTER SCHEMA ${nameOf(other)} RENAME TO ${nameOf(object)}`];
  const { parent, own } = splitPart(nameOf(object)) ?? { parent: '', own: '' };
  if (splitPart(nameOf(other))?.parent !== parent)
    return [`ALTER TABLE ${nameOf(other)} SET SCHEMA ${parent}`];
  const rename = { kind: kind === 'table' ? 'table' : 'column', from: nameOf(other), to: own } as const;
  return renameStatements(asRenames([rename]), start).map(({ sql }) => sql);
}

/** What is left for what it hangs on; what is part of a table that is left goes without saying. */
function leftWith(object: string, start: SchemaGraph, goal: SchemaGraph, mayBe: MayBe): Change[] {
  const wanted = goal.snapshot.get(object);
  const there = start.snapshot.get(object);
  const { goesWith, isImmaterial, made } = traitsOf(kindOf(object));
  const isPart =
    mayBe.has(`table ${parentOf(object)}`) ||
    mayBe.has(`schema ${schemaOf(object)}`) ||
    (kindOf(object) === 'column' && !start.snapshot.has(`table ${parentOf(object)}`)) ||
    isOfLeft(ownerOf(wanted?.text ?? ''), mayBe);
  if (wanted === undefined || goesWith || isImmaterial || isPart) return [];
  if (made === 'with' && there === undefined && kindOf(object) !== 'column') return [];
  if (there !== undefined && isSame(there, wanted)) return [];
  return [
    {
      kind: 'manual',
      object,
      difference:
        there === undefined ? `should be: ${wanted.text}` : `is: ${there.text}\nshould be: ${wanted.text}`,
      reason: 'it depends on an object that may have been renamed',
    },
  ];
}

/** Whether the column that owns a sequence is left, or its table is. */
const isOfLeft = (owner: string | null, mayBe: MayBe): boolean =>
  mayBe.has(`column ${owner}`) || mayBe.has(`table ${splitPart(owner ?? '')?.parent}`);
