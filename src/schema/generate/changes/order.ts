import { Least } from '../least.ts';

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
 * they name each other in a circle, the first by rank goes first: the server will say whether that works.
 */
export function orderNodes<N extends Node>(nodes: readonly N[]): N[] {
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
  const free = new Least();
  for (const [index, count] of missing.entries()) if (count === 0) free.add(index);
  for (let first = 0; order.length < sorted.length; ) {
    while (isDone.has(first)) first += 1;
    const next = free.take() ?? first;
    const node = sorted[next];
    if (node === undefined) break;
    if (isDone.has(next)) continue;
    isDone.add(next);
    order.push(node);
    for (const follower of followers.get(node.id) ?? []) {
      if (follower === next) continue;
      const left = (missing[follower] ?? 0) - 1;
      missing[follower] = left;
      if (left === 0) free.add(follower);
    }
  }
  return order;
}

/** A node that may be one statement with others of the same `together` and phase. */
export interface Gathered extends Node {
  readonly together: string | null;
}

/**
 * Brings what can be one statement together: each moves up to the last before it that it can be one with, unless what
 * must be done before it stands in between.
 */
export function gather<N extends Gathered>(nodes: readonly N[]): N[] {
  const groups: N[][] = [];
  const placeOf = new Map<string, number>();
  const lastOf = new Map<string, number>();
  for (const node of nodes) {
    const key = node.together === null ? null : `${node.rank[0]} ${node.together}`;
    const at = key === null ? undefined : lastOf.get(key);
    const isFree = at !== undefined && [...node.after].every((other) => (placeOf.get(other) ?? -1) <= at);
    const place = isFree ? at : groups.length;
    if (isFree) groups[place]?.push(node);
    else groups.push([node]);
    placeOf.set(node.id, place);
    if (key !== null) lastOf.set(key, place);
  }
  return groups.flat();
}
