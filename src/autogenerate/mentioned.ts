import { toolOf } from '../inspect/evidence-tools.ts';
import {
  kindOf,
  nameOf,
  objectsOf,
  objectsOfKind,
  parentOf,
  type Snapshot,
  splitPart,
} from '../schema/catalog/index.ts';
import { parseColumn } from '../schema/generate/index.ts';
import { traitsOf } from '../schema/kinds.ts';

/** The schema that an object is, or is in, of its `kind name`; null for what stands in none. */
export function mentionedSchema(object: string): string | null {
  const name = nameOf(object);
  if (kindOf(object) === 'schema') return name;
  const [, ofSchema] = /^schema (.*)$/s.exec(name) ?? [];
  if (ofSchema !== undefined && traitsOf(kindOf(object)).parent === 'other') return ofSchema;
  if (kindOf(object) === 'default privileges') return / in (.*) \S$/s.exec(name)?.[1] ?? null;
  const tokens = name.match(/"(?:[^"]|"")*"|[^\s."(),]+|./gs) ?? [];
  const at = tokens.findIndex((token, index) => /["\p{L}\p{N}_$]/u.test(token) && tokens[index + 1] === '.');
  return tokens[at] ?? null;
}

/**
 * Whether a desired schema has nothing to say of an object: it is an extension, or stands in a schema of which the
 * desired schema has not one object, or is of the database itself, as a dump without --create says nothing of it. Such
 * an object is left as it is.
 */
export function unmentioned(desired: Snapshot): (object: string) => boolean {
  const schemas = new Set([...desired.keys()].map(mentionedSchema));
  const hasDatabase = [...desired.keys()].some((object) => kindOf(object) === 'database');
  return (object) => {
    if (desired.has(object)) return false;
    if (isExtension(object)) return true;
    // Every database has it from the start: where it is not there, the rights were taken away.
    if (object === 'privileges schema public') return false;
    if (kindOf(object) === 'database') return !hasDatabase;
    const schema = mentionedSchema(object);
    return schema !== null && !schemas.has(schema);
  };
}

/** Whether an object is an extension, or its version. */
export const isExtension = (object: string): boolean =>
  kindOf(object) === 'extension' || traitsOf(kindOf(object)).saysOf === 'extension';

/** The schemas at head that a desired schema has no object of, those aside that hold nothing. */
export function schemasLeftAlone(head: Snapshot, desired: Snapshot): string[] {
  const desiredGraph = new Set([...desired.keys()].map(mentionedSchema));
  const schemas = [...head.keys()]
    .filter((object) => kindOf(object) !== 'schema')
    .flatMap((object) => mentionedSchema(object) ?? []);
  return [...new Set(schemas)].filter((schema) => !desiredGraph.has(schema)).sort();
}

/** The tables in which other migration tools keep their history: they come with a database and are not desired. */
export function historyTables(desired: Snapshot): ReadonlySet<string> {
  const isHistory = (table: string): boolean => {
    const columns = objectsOf(desired, table).flatMap(({ kind, name, text }) =>
      kind === 'column' ? [[unquoted(splitPart(name)?.own ?? name), parseColumn(text).type] as const] : [],
    );
    const name = unquoted(splitPart(table)?.own ?? table);
    return toolOf({ name, columns: Object.fromEntries(columns), schema: '', siblings: {} }) !== null;
  };
  return new Set(objectsOfKind(desired, 'table').flatMap(({ name }) => (isHistory(name) ? [name] : [])));
}

/** Whether an object is one of these relations, belongs to one, or is a sequence that one owns. */
export const belongsTo =
  (relations: ReadonlySet<string>, snapshot: Snapshot) =>
  (object: string): boolean => {
    const column = / owned by (.+)$/s.exec(snapshot.get(object)?.text ?? '')?.[1];
    const owner = kindOf(object) === 'sequence' && column !== undefined ? splitPart(column)?.parent : null;
    return relations.has(owner ?? parentOf(object) ?? '');
  };

const unquoted = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
