/** Something to be done, with what must be done before it. */
export interface Node {
  readonly id: string;
  /** Where it stands among what could be done next: the least first. */
  readonly rank: readonly (number | string)[];
  readonly after: ReadonlySet<string>;
}

const compare = (a: Node, b: Node): number => {
  for (const [index, part] of a.rank.entries()) {
    const other = b.rank[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return a.id < b.id ? -1 : 1;
};

/**
 * Brings nodes into an order in which each comes after what it names; the same from the same nodes every time. Where
 * they name each other in a circle, the first by rank goes first: the server will say whether that works. Pure.
 */
export function inOrder<N extends Node>(nodes: readonly N[]): N[] {
  const sorted = [...nodes].sort(compare);
  const at = new Map(sorted.map(({ id }, index) => [id, index]));
  const missing = sorted.map(
    ({ id, after }) => [...after].filter((other) => other !== id && at.has(other)).length,
  );
  const followers = new Map<string, number[]>();
  for (const [index, { after }] of sorted.entries())
    for (const other of after) {
      const known = followers.get(other);
      if (known === undefined) followers.set(other, [index]);
      else known.push(index);
    }
  const order: N[] = [];
  const isDone = new Set<number>();
  // The first that waits for nothing; what comes free before the place just left moves that place back.
  for (let from = 0; order.length < sorted.length; ) {
    let next = from;
    while (next < sorted.length && (isDone.has(next) || (missing[next] ?? 0) > 0)) next += 1;
    if (next === sorted.length) next = sorted.findIndex((_, index) => !isDone.has(index));
    const node = sorted[next];
    if (node === undefined) break;
    isDone.add(next);
    order.push(node);
    from = next;
    for (const follower of followers.get(node.id) ?? []) {
      if (follower === next) continue;
      missing[follower] = (missing[follower] ?? 0) - 1;
      if (missing[follower] === 0 && !isDone.has(follower)) from = Math.min(from, follower);
    }
  }
  return order;
}
