/** The sets of more than one object that all need each other (Tarjan, without recursion). */
export function circlesIn(dependencies: ReadonlyMap<string, ReadonlySet<string>>): Set<string>[] {
  const circles: Set<string>[] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onPath = new Set<string>();
  const path: string[] = [];
  const visit = (start: string): void => {
    const calls = [enter(start)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { value: next, done } = call.needs.next();
      if (done !== true) {
        if (!index.has(next)) calls.push(enter(next));
        else if (onPath.has(next)) lower(call.object, index.get(next) ?? 0);
        continue;
      }
      calls.pop();
      const above = calls.at(-1);
      if (above !== undefined) lower(above.object, low.get(call.object) ?? 0);
      if (low.get(call.object) === index.get(call.object)) close(call.object);
    }
  };
  const enter = (object: string) => {
    index.set(object, index.size);
    low.set(object, index.get(object) ?? 0);
    path.push(object);
    onPath.add(object);
    return { object, needs: (dependencies.get(object) ?? new Set<string>()).values() };
  };
  const lower = (object: string, to: number): void => {
    low.set(object, Math.min(low.get(object) ?? 0, to));
  };
  const close = (object: string): void => {
    const circle = new Set(path.splice(path.indexOf(object)));
    for (const member of circle) onPath.delete(member);
    if (circle.size > 1) circles.push(circle);
  };
  for (const object of dependencies.keys()) if (!index.has(object)) visit(object);
  return circles;
}
