/**
 * Puts things in an order in which each comes after what it needs; what needs each other comes together. The same
 * from the same input, and otherwise in the order given (Tarjan's strongly connected components).
 *
 * @param needs what a thing needs, itself and what is not among `things` included.
 */
export function inDependencyOrder<T>(things: readonly T[], needs: (thing: T) => readonly T[]): T[][] {
  const known = new Set(things);
  const place = new Map(things.map((thing, n) => [thing, n]));
  const index = new Map<T, number>();
  const low = new Map<T, number>();
  const stack: T[] = [];
  const isOpen = new Set<T>();
  const groups: T[][] = [];
  const visit = (thing: T): void => {
    const at = index.size;
    index.set(thing, at);
    low.set(thing, at);
    stack.push(thing);
    isOpen.add(thing);
    for (const needed of needs(thing)) {
      if (!known.has(needed)) continue;
      if (!index.has(needed)) visit(needed);
      if (isOpen.has(needed)) low.set(thing, Math.min(low.get(thing) ?? at, low.get(needed) ?? at));
    }
    if (low.get(thing) !== at) return;
    const group = stack.splice(stack.indexOf(thing));
    for (const member of group) isOpen.delete(member);
    groups.push(group.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)));
  };
  for (const thing of things) if (!index.has(thing)) visit(thing);
  return groups;
}
