import type { SnapshotObject } from '../../catalog/index.ts';
import type { AlterContext } from '../../objects/common/alteration.ts';
import { asPattern } from '../../objects/common/clauses.ts';
import { dependentsOf } from '../../objects/common/dependents.ts';
import type { SchemaGraph } from '../../objects/common/schema-graph.ts';
import type { Dispositions } from './disposition.ts';

/** An extension that moves to another schema, and what depends on it, be it by way of something else. */
interface Move {
  readonly extension: string;
  readonly dependents: ReadonlySet<string>;
  readonly was: string;
  readonly is: string;
  /** A text as it is after the move. */
  readonly moved: (text: string) => string;
}

/**
 * A schema in which what is named by its arguments (a routine, an operator, a cast, and what is said of it) bears the
 * name that it has once extensions have moved: their types are called otherwise then.
 */
export function withMovedNames(before: SchemaGraph, after: SchemaGraph): SchemaGraph {
  return movesBetween(before, after).reduce((graph, move) => moveNames(graph, after, move), before);
}

/** What gets another name as extensions move: `kind name` -> what it is then. */
export const movedNames = (before: SchemaGraph, after: SchemaGraph): ReadonlyMap<string, SnapshotObject> =>
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
  { dependents, moved }: Move,
  before: SchemaGraph,
  after: SchemaGraph,
): ReadonlyMap<string, Found> {
  const wanted = new Map(
    [...after.snapshot]
      .filter(([object]) => !before.snapshot.has(object))
      .map(([object, there]) => [movedKey(object, moved), { object, there }]),
  );
  return new Map(
    [...dependents].flatMap((object) => {
      const found = after.snapshot.has(object) ? undefined : wanted.get(movedKey(object, moved));
      return found === undefined ? [] : [[object, found] as const];
    }),
  );
}

function moveNames(before: SchemaGraph, after: SchemaGraph, move: Move): SchemaGraph {
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
 * schema where it said the old one changes by itself. Pure but for `dispositions`.
 */
export function resolveExtensions(dispositions: Dispositions, { before, after }: AlterContext): void {
  for (const { extension, dependents, moved } of movesBetween(before, after)) {
    if (dispositions.get(extension)?.way !== 'steps') continue;
    for (const object of dependents) {
      const there = before.snapshot.get(object);
      const wanted = after.snapshot.get(object);
      if (there === undefined || wanted === undefined || !dispositions.has(object)) continue;
      const isOnlyMoved =
        moved(there.text) === moved(wanted.text) &&
        Object.entries(there.facets).every(
          ([facet, text]) =>
            wanted.facets[facet] === undefined || moved(text) === moved(wanted.facets[facet] ?? ''),
        );
      if (isOnlyMoved) dispositions.set(object, { way: 'implied' });
    }
  }
}

function movesBetween(before: SchemaGraph, after: SchemaGraph): Move[] {
  return [...before.snapshot].flatMap(([extension, { kind, text }]) => {
    const wanted = after.snapshot.get(extension)?.text;
    if (kind !== 'extension' || wanted === undefined || wanted === text) return [];
    const was = text.slice('in '.length);
    const is = wanted.slice('in '.length);
    const moved = (one: string): string => one.replaceAll(qualifiedBy(was, ''), () => `${is}.`);
    return [{ extension, dependents: dependentsIn(extension, before), was, is, moved }];
  });
}

function dependentsIn(extension: string, { dependencies }: SchemaGraph): ReadonlySet<string> {
  const dependents = new Set<string>();
  const byNeeded = dependentsOf(dependencies);
  const next = [extension];
  for (let object = next.pop(); object !== undefined; object = next.pop())
    for (const other of byNeeded.get(object) ?? [])
      if (!dependents.has(other)) {
        dependents.add(other);
        next.push(other);
      }
  return dependents;
}

/** What is named by types alone; all else bears a name of its own before them. */
const namedByTypes = /^(?:comment )?(?:cast|transform) /;

function movedKey(object: string, moved: (text: string) => string): string {
  const open = namedByTypes.test(object) ? 0 : object.indexOf('(');
  return open < 0 ? object : object.slice(0, open) + moved(object.slice(open));
}
