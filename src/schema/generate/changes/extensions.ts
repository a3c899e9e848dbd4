import type { SnapshotObject } from '../../catalog/index.ts';
import type { AlterContext } from '../../objects/shared/alteration.ts';
import { asPattern } from '../../objects/shared/clauses.ts';
import { dependentsOf } from '../../objects/shared/dependents.ts';
import type { Described } from '../../objects/shared/schema-graph.ts';
import type { Fates } from './disposition.ts';

/** An extension that moves to another schema, and what leans on it, be it by way of something else. */
interface Move {
  readonly extension: string;
  readonly leaning: ReadonlySet<string>;
  readonly was: string;
  readonly is: string;
  /** A text as it is after the move. */
  readonly moved: (text: string) => string;
}

/**
 * A schema in which what is named by its arguments (a routine, an operator, a cast, and what is said of it) bears the
 * name that it has once extensions have moved: their types are called otherwise then.
 */
export function withMovedNames(before: Described, after: Described): Described {
  return movesBetween(before, after).reduce((described, move) => moveNames(described, after, move), before);
}

/** What gets another name as extensions move: `kind name` -> what it is then. */
export const movedNames = (before: Described, after: Described): ReadonlyMap<string, SnapshotObject> =>
  new Map(
    movesBetween(before, after).flatMap((move) =>
      [...namesMovedBy(move, before, after)].map(([object, { there }]) => [object, there] as const),
    ),
  );

interface Found {
  readonly object: string;
  readonly there: SnapshotObject;
}

function namesMovedBy(
  { leaning, moved }: Move,
  before: Described,
  after: Described,
): ReadonlyMap<string, Found> {
  const wanted = new Map(
    [...after.snapshot]
      .filter(([object]) => !before.snapshot.has(object))
      .map(([object, there]) => [movedKey(object, moved), { object, there }]),
  );
  return new Map(
    [...leaning].flatMap((object) => {
      const found = after.snapshot.has(object) ? undefined : wanted.get(movedKey(object, moved));
      return found === undefined ? [] : [[object, found] as const];
    }),
  );
}

function moveNames(before: Described, after: Described, move: Move): Described {
  const { was, is } = move;
  const names = namesMovedBy(move, before, after);
  if (names.size === 0) return before;
  // Only types that names show to have moved: others in the old schema stay there.
  const typesIn = qualifiedBy(is, '((?:"(?:[^"]|"")*"|[\\w$])+)');
  const types = [...names.values()].flatMap(({ object }) =>
    [...object.matchAll(typesIn)].map(([, type = '']) => type),
  );
  const old = qualifiedBy(was, `(${[...new Set(types)].map(asPattern).join('|')})(?![\\w$"])`);
  const key = (object: string): string => names.get(object)?.object ?? object;
  return {
    ...before,
    snapshot: new Map(
      [...before.snapshot].map(([object, there]) => {
        const { name, parent } = names.get(object)?.there ?? there;
        const text = names.has(object)
          ? there.text.replaceAll(old, (_, type) => `${is}.${type}`)
          : there.text;
        return [key(object), { ...there, name, parent, text }];
      }),
    ),
    dependencies: new Map(
      [...before.dependencies].map(([object, needs]) => [key(object), new Set([...needs].map(key))]),
    ),
  };
}

/** What stands behind a schema's name. */
const qualifiedBy = (schema: string, rest: string): RegExp =>
  new RegExp(`(?<![\\w$"])${asPattern(schema)}\\.${rest}`, 'g');

/**
 * An extension that moves to another schema takes its operators, types and functions along: what only says the new
 * schema where it said the old one changes by itself. Pure but for `fates`.
 */
export function settleExtensions(fates: Fates, { before, after }: AlterContext): void {
  for (const { extension, leaning, moved } of movesBetween(before, after)) {
    if (fates.get(extension)?.way !== 'steps') continue;
    for (const object of leaning) {
      const there = before.snapshot.get(object);
      const wanted = after.snapshot.get(object);
      if (there === undefined || wanted === undefined || !fates.has(object)) continue;
      const isOnlyMoved =
        moved(there.text) === moved(wanted.text) &&
        Object.entries(there.facets).every(
          ([facet, text]) =>
            wanted.facets[facet] === undefined || moved(text) === moved(wanted.facets[facet] ?? ''),
        );
      if (isOnlyMoved) fates.set(object, { way: 'implied' });
    }
  }
}

function movesBetween(before: Described, after: Described): Move[] {
  return [...before.snapshot].flatMap(([extension, { kind, text }]) => {
    const wanted = after.snapshot.get(extension)?.text;
    if (kind !== 'extension' || wanted === undefined || wanted === text) return [];
    const was = text.slice('in '.length);
    const is = wanted.slice('in '.length);
    const moved = (one: string): string => one.replaceAll(qualifiedBy(was, ''), () => `${is}.`);
    return [{ extension, leaning: leaningOn(extension, before), was, is, moved }];
  });
}

function leaningOn(extension: string, { dependencies }: Described): ReadonlySet<string> {
  const leaning = new Set<string>();
  const dependents = dependentsOf(dependencies);
  const next = [extension];
  for (let object = next.pop(); object !== undefined; object = next.pop())
    for (const other of dependents.get(object) ?? [])
      if (!leaning.has(other)) {
        leaning.add(other);
        next.push(other);
      }
  return leaning;
}

/** What is named by types alone; all else bears a name of its own before them. */
const namedByTypes = /^(?:comment )?(?:cast|transform) /;

function movedKey(object: string, moved: (text: string) => string): string {
  const open = namedByTypes.test(object) ? 0 : object.indexOf('(');
  return open < 0 ? object : object.slice(0, open) + moved(object.slice(open));
}
