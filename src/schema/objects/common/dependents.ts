type Edges<To> = ReadonlyMap<string, To>;

const known = new WeakMap<Edges<ReadonlySet<string>>, Edges<readonly string[]>>();

/** What depends on each object, of what each depends on; turned round once, and kept as long as that. */
export function dependentsOf(dependencies: Edges<ReadonlySet<string>>): Edges<readonly string[]> {
  const found = known.get(dependencies);
  if (found !== undefined) return found;
  const dependents = new Map<string, string[]>();
  for (const [object, needs] of dependencies)
    for (const need of needs) {
      const others = dependents.get(need);
      if (others === undefined) dependents.set(need, [object]);
      else others.push(object);
    }
  known.set(dependencies, dependents);
  return dependents;
}
