import { isRightOfOne, relationKinds, traitsOf } from '../kinds.ts';
import type { Snapshot } from '../model/index.ts';
import { kindOf, nameOf, ownedObjects, parentOf, splitPart } from '../model/index.ts';

/** The objects of a snapshot, or those that a lock expects, by `kind name`. */
interface Side {
  has(object: string): boolean;
  keys(): Iterable<string>;
}

/**
 * Whether patterns name an object, or what it belongs to: the relation of a column, a constraint, an index, a trigger, an
 * owned sequence, and what a comment, an owner or privileges are of. `*` stands for anything.
 *
 * @param sides say what kind of relation that is; of one that none of them has, each kind is taken for its own.
 * @param textOf an object's description, where it is known: it says who owns a sequence, and of what statistics are.
 */
export function named(
  patterns: readonly string[],
  sides: readonly Side[],
  textOf: (object: string) => string | undefined,
): (object: string) => boolean {
  if (patterns.length === 0) return () => false;
  const matches = matcher(patterns);
  const isThere = (object: string): boolean => sides.some((side) => side.has(object));
  const present = (objects: readonly string[]): readonly string[] => {
    const there = objects.filter(isThere);
    return there.length > 0 ? there : objects;
  };
  let indexes: ReadonlyMap<string, string> | null = null;
  const subjectsOf = (object: string): readonly string[] => {
    const kind = kindOf(object);
    const name = nameOf(object);
    if (isRightOfOne(kind)) return present(ownedObjects(name));
    if (kind !== 'comment') return [];
    indexes ??= indexesIn(sides);
    return [indexes.get(name) ?? name];
  };
  const isNamed = (object: string): boolean => {
    const relation = parentOf(object) ?? relationIn(kindOf(object), textOf(object));
    const relations = relation === null ? [] : present(relationKinds.map((kind) => `${kind} ${relation}`));
    return [object, ...relations].some(matches) || subjectsOf(object).some(isNamed);
  };
  return isNamed;
}

/** As `named`, among snapshots, which have the descriptions; the first that has an object says of what it is. */
export const namedIn = (
  patterns: readonly string[],
  snapshots: readonly Snapshot[],
): ((object: string) => boolean) =>
  named(
    patterns,
    snapshots,
    (object) => snapshots.find((snapshot) => snapshot.has(object))?.get(object)?.text,
  );

/** The relation that a description names, of what has a name of its own in the schema. */
function relationIn(kind: string, text = ''): string | null {
  if (kind === 'statistics') return / FROM (.+?)(?: statistics \d+)?$/s.exec(text)?.[1] ?? null;
  const column = kind === 'sequence' ? / owned by (.+)$/s.exec(text)?.[1] : undefined;
  return column === undefined ? null : (splitPart(column)?.parent ?? null);
}

/** `index s.i`, as a comment names one -> the object: `index s.t.i`, or the constraint that it is of. */
function indexesIn(sides: readonly Side[]): ReadonlyMap<string, string> {
  const objects = sides.flatMap((side) => [...side.keys()]);
  return new Map(
    objects
      .filter((object) => traitsOf(kindOf(object)).hasIndex)
      .flatMap((object): [string, string][] => {
        const { parent = '', own } = splitPart(nameOf(object)) ?? {};
        return [[`index ${splitPart(parent)?.parent}.${own}`, object]];
      }),
  );
}

/** Whether an object, by its `kind name`, is among those that patterns name; `*` stands for anything. */
export function matcher(patterns: readonly string[]): (object: string) => boolean {
  const split = patterns.map((pattern) => pattern.split('*'));
  return (object) => split.some((parts) => isMadeOf(object, parts));
}

/** Whether a text is these parts in this order, with anything between them: each is taken where it first fits. */
function isMadeOf(text: string, parts: readonly string[]): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return text === first;
  const end = text.length - last.length;
  if (!text.startsWith(first) || end < first.length || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= end;
}
