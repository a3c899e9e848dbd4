import type { Described } from '../objects/shared/schema-graph.ts';

/**
 * The target, with whatever is settled as it is at the start: no change of it is made then.
 *
 * @param isSettled of an object's `kind name`.
 */
export function settle(
  start: Described,
  target: Described,
  isSettled: (object: string) => boolean,
): Described {
  const settled = new Set([...target.snapshot.keys(), ...start.snapshot.keys()].filter(isSettled));
  const objects = [
    ...[...target.snapshot].filter(([object]) => !settled.has(object)),
    ...[...start.snapshot].filter(([object]) => settled.has(object)),
  ];
  const none: ReadonlySet<string> = new Set();
  return {
    ...target,
    snapshot: new Map(objects.sort(([a], [b]) => (a < b ? -1 : 1))),
    dependencies: new Map(
      objects.map(([object]) => {
        const { dependencies } = settled.has(object) ? start : target;
        return [object, dependencies.get(object) ?? none];
      }),
    ),
  };
}
