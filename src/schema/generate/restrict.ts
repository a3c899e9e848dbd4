import type { SchemaGraph } from '../objects/common/schema-graph.ts';

/**
 * The target, with every excluded object as it is at the start: no change of it is made then.
 *
 * @param isExcluded of an object's `kind name`.
 */
export function excludeObjects(
  start: SchemaGraph,
  target: SchemaGraph,
  isExcluded: (object: string) => boolean,
): SchemaGraph {
  const excluded = new Set([...target.snapshot.keys(), ...start.snapshot.keys()].filter(isExcluded));
  const objects = [
    ...[...target.snapshot].filter(([object]) => !excluded.has(object)),
    ...[...start.snapshot].filter(([object]) => excluded.has(object)),
  ];
  const none: ReadonlySet<string> = new Set();
  return {
    ...target,
    snapshot: new Map(objects.sort(([a], [b]) => (a < b ? -1 : 1))),
    dependencies: new Map(
      objects.map(([object]) => {
        const { dependencies } = excluded.has(object) ? start : target;
        return [object, dependencies.get(object) ?? none];
      }),
    ),
  };
}
