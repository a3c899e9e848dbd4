import { kindOf, nameOf, schemaOf } from '../catalog/index.ts';
import { kinds, traitsOf } from '../kinds.ts';

/** What is asked of a difference here. */
interface Differing {
  readonly kind: 'missing' | 'changed' | 'extra';
  /** `kind name`. */
  readonly object: string;
  /** The text that is there; null where there is none. */
  readonly actual: string | null;
}

/**
 * Whether a difference counts with --strict. What is missing or changed does. What is extra counts in a schema that the
 * lock has an object in; what is in no schema, such as an event trigger or a setting of the database, acts on the whole
 * database and counts, unless all that it names stands in other schemas: an extension, a publication, a cast, default
 * privileges of those. A schema that the lock does not know, and a comment or a grant on what it does not know, count no
 * more than what is in it.
 *
 * @param known what the lock knows, by `kind name`.
 */
export function strictly(known: Iterable<string>): (difference: Differing) => boolean {
  const objects = new Set(known);
  const schemas = new Set([...objects].map(schemaOf));
  return ({ kind, object, actual }) => {
    if (kind !== 'extra') return true;
    // Of a cast both types may stand in a schema, and of one the name begins with that.
    const schema = kindOf(object) === 'cast' ? null : schemaOf(object);
    if (schema !== null) return schemas.has(schema);
    const { goesWith, isOfServer } = traitsOf(kindOf(object));
    if (goesWith) return !isOfServer && isOfKnown(nameOf(object), objects);
    const named = schemasNamed(object, actual ?? '');
    return named === 'any' || named.some((one) => schemas.has(one));
  };
}

/** Whether what is commented, owned or granted is in the lock, or has another name there than in the comment. */
const isOfKnown = (target: string, known: ReadonlySet<string>): boolean =>
  known.has(target) || !(kindOf(target) in kinds);

const identifier = '(?:"(?:[^"]|"")*"|[^\\s".,;()]+)';
const qualifiers = new RegExp(`(${identifier})\\.`, 'gs');
const literals = /'(?:[^']|'')*'/g;

/** The schemas that what stands in none is about; `any` where it is about the whole database. */
function schemasNamed(object: string, text: string): readonly string[] | 'any' {
  const name = nameOf(object);
  switch (kindOf(object)) {
    case 'schema':
      return [];
    case 'extension': {
      const schema = text.replace(/^in /, '');
      return schema === 'pg_catalog' ? 'any' : [schema];
    }
    case 'publication':
      return publishedFrom(text);
    case 'cast':
      return orAny(qualifiersIn(name));
    case 'default privileges':
      return orAny([...name.matchAll(new RegExp(` in (${identifier}) .$`, 'gs'))].map(([, one = '']) => one));
    default:
      return 'any';
  }
}

const orAny = (schemas: readonly string[]): readonly string[] | 'any' =>
  schemas.length === 0 ? 'any' : schemas;

const qualifiersIn = (text: string): string[] =>
  [...text.matchAll(qualifiers)].map(([, schema = '']) => schema);

/** Of a publication of some tables or schemas; one of nothing yet, or of all tables, is about the whole database. */
function publishedFrom(text: string): readonly string[] | 'any' {
  const parts = text.replace(literals, "''").split('; ');
  if (parts.includes('all tables')) return 'any';
  const whole = parts.find((part) => part.startsWith('schemas '))?.slice('schemas '.length) ?? '';
  const tables = parts.find((part) => part.startsWith('tables ')) ?? '';
  return orAny([...qualifiersIn(tables), ...whole.split(', ').filter((schema) => schema !== '')]);
}
