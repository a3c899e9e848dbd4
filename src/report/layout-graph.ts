/** A thing to be placed: a table's box. */
export interface LayoutNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** The nodes that it refers to; itself and unknown ones are passed over. */
  readonly refersTo: readonly string[];
}

/** Nodes with their references, without those that close a circle. */
export interface Graph {
  readonly nodes: ReadonlyMap<string, LayoutNode>;
  readonly refersTo: ReadonlyMap<string, readonly string[]>;
  /** The nodes that refer to another, or that another refers to. */
  readonly connected: ReadonlySet<string>;
}

/** Reads the references of nodes; the same nodes in another order make the same graph. */
export function graphOf(all: readonly LayoutNode[]): Graph {
  const nodes = new Map(all.map((node) => [node.id, node]));
  const known = new Map(
    all.map(({ id, refersTo }) => [
      id,
      [...new Set(refersTo)].filter((other) => other !== id && nodes.has(other)).sort(),
    ]),
  );
  const connected = new Set([...known].flatMap(([id, others]) => (others.length > 0 ? [id, ...others] : [])));
  return { nodes, refersTo: withoutCircles(known), connected };
}

/** Without the references that lead back to where one comes from, depth first; no recursion, since chains may be long. */
function withoutCircles(known: ReadonlyMap<string, readonly string[]>): Map<string, readonly string[]> {
  const kept = new Map<string, readonly string[]>();
  const open = new Set<string>();
  for (const start of [...known.keys()].sort()) {
    const path = kept.has(start) ? [] : [start];
    for (let id = path.at(-1); id !== undefined; id = path.at(-1)) {
      if (!kept.has(id)) {
        open.add(id);
        kept.set(
          id,
          (known.get(id) ?? []).filter((other) => !open.has(other)),
        );
      }
      const next = kept.get(id)?.find((other) => !kept.has(other));
      if (next !== undefined) path.push(next);
      else {
        open.delete(id);
        path.pop();
      }
    }
  }
  return kept;
}

/** How many references the longest way has from each node to one that refers to nothing. */
export function ranksOf({ refersTo }: Graph): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  for (const start of refersTo.keys()) {
    const path = [start];
    for (let id = path.at(-1); id !== undefined; id = path.at(-1)) {
      const others = refersTo.get(id) ?? [];
      const next = others.find((other) => !ranks.has(other));
      if (next !== undefined) path.push(next);
      else {
        ranks.set(id, Math.max(0, ...others.map((other) => (ranks.get(other) ?? 0) + 1)));
        path.pop();
      }
    }
  }
  return ranks;
}
