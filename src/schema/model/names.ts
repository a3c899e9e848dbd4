import { kinds, kindsNamed, relationKinds, traitsOf } from '../kinds.ts';

/** By its first word, the kinds of more than one word, the longest first: `text` -> `text search dictionary`, ... */
const long = new Map<string, string[]>();

for (const kind of Object.keys(kinds).sort((a, b) => b.length - a.length)) {
  const [first = '', second] = kind.split(' ', 2);
  if (second !== undefined) long.set(first, [...(long.get(first) ?? []), kind]);
}

/** The kind of an object, of its `kind name`. */
export function kindOf(object: string): string {
  const first = object.slice(0, object.indexOf(' '));
  const isThis = (kind: string): boolean => object.startsWith(kind) && object[kind.length] === ' ';
  return long.get(first)?.find(isThis) ?? first;
}

/** The name of an object, of its `kind name`. */
export const nameOf = (object: string): string => object.slice(kindOf(object).length + 1);

const identifier = '(?:"(?:[^"]|"")*"|[^."\\s]+)';

const part = new RegExp(`^(.*)\\.(${identifier})$`, 's');

/** Splits `table.part`, each quoted where it must be; null where there is no dot outside of quotes. */
export function splitPart(name: string): { readonly parent: string; readonly own: string } | null {
  const [, parent, own] = part.exec(name) ?? [];
  return parent === undefined || own === undefined ? null : { parent, own };
}

/** What a comment says that it is on: a relation, a column of one, or a part of one (as `pg_identify_object` puts it). */
const onColumn = /^(?:table|view|materialized view|foreign table) column (.+)$/s;

const onPart = /^(?:table constraint|trigger|policy|rule) (?:"(?:[^"]|"")*"|[^"\s]+) on (.+)$/s;

const onRelation = /^(?:table|view|materialized view|foreign table) (.+)$/s;

/** The relation that an object is or belongs to, of its `kind name`; null for what stands by itself. */
export function parentOf(object: string): string | null {
  const kind = kindOf(object);
  const name = nameOf(object);
  const { parent } = traitsOf(kind);
  switch (parent) {
    case null:
      return null;
    case 'itself':
      return name;
    case 'name':
      return splitPart(name)?.parent ?? null;
    case 'other':
      return kind === 'comment' ? commentedRelation(name) : ownedRelation(name);
  }
}

function commentedRelation(name: string): string | null {
  const column = onColumn.exec(name)?.[1];
  return column === undefined
    ? (onPart.exec(name)?.[1] ?? onRelation.exec(name)?.[1] ?? null)
    : (splitPart(column)?.parent ?? null);
}

/** Of `relation s.t`, as owners and privileges name it, or `column s.t.c`. */
function ownedRelation(name: string): string | null {
  if (name.startsWith('relation ')) return name.slice('relation '.length);
  return name.startsWith('column ') ? (splitPart(name.slice('column '.length))?.parent ?? null) : null;
}

/** What an owner or privileges are of, by their name: the `kind name`s that it may have. */
export function ownedObjects(name: string): readonly string[] {
  const { sort, own } = splitSort(name);
  const named = (kinds: readonly string[], one: string): string[] => kinds.map((kind) => `${kind} ${one}`);
  if (sort !== 'column') return named(kindsNamed(sort), own);
  return [name, ...named(relationKinds, splitPart(own)?.parent ?? '')];
}

/** A thing that has an owner and privileges, by its sort: `operator class` of `operator class s.c using hash`. */
export const splitSort = (name: string): { readonly sort: string; readonly own: string } => ({
  sort: kindOf(name),
  own: nameOf(name),
});

/** The words that name a kind, then the schema: `s.t`, `function s.f(integer)`, `part on s.t`, `text search parser s.p`. */
const inSchema = new RegExp(`^(?:[a-z]+ )*?(?:${identifier} on )?(${identifier})\\.`, 's');

/** Of a schema's own comment, owner and grants. */
const onSchema = new RegExp(`^schema (${identifier})$`, 's');

/** The schema that an object is in, of its `kind name`, quoted where it must be; null for what is in none. */
export function schemaOf(object: string): string | null {
  const name = parentOf(object) ?? nameOf(object);
  return (inSchema.exec(name) ?? onSchema.exec(name))?.[1] ?? null;
}

/** Whether an object stands for a whole relation. */
export const isRelation = (object: string): boolean => traitsOf(kindOf(object)).is === 'relation';
