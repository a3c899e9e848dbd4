import { type Graph, graphOf, type LayoutNode, ranksOf } from './layout-graph.ts';

export interface Placed {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A reference that passes columns in between. */
interface Route {
  readonly from: string;
  readonly to: string;
  /** The stretches on which it goes straight through a column, from `from` on: its begin and its end in turn. */
  readonly via: readonly Point[];
}

export interface Layout {
  readonly nodes: readonly Placed[];
  readonly routes: readonly Route[];
  readonly width: number;
  readonly height: number;
}

const columnGap = 60;
const rowGap = 20;
/** What a reference takes of a column that it passes. */
const laneHeight = 8;
/** A column that is higher is broken into several. */
const mostHeight = 1500;
/** How much higher a column may become than the highest has to be, so that references are straight. */
const mostSpread = 1.2;
/** How often order and places within the columns are made better. */
const sweeps = 12;
/** What is connected with nothing stands beneath the rest, in rows as wide as that, and at least so wide. */
const leastRowWidth = 900;

/** A place in a column: of a node, or of a reference that passes. */
interface Slot {
  readonly node: LayoutNode | null;
  readonly height: number;
  readonly left: Slot[];
  readonly right: Slot[];
  at: number;
  y: number;
}

/** Slots above one another. */
interface Stack {
  readonly slots: readonly Slot[];
  readonly width: number;
}

/**
 * Places nodes in columns: left those that refer to nothing, each of the others to the right of all that it refers to; a
 * circle is broken at the reference that closes it. Within a column a node stands near what it is connected with. No two
 * nodes overlap, and the same nodes, in whatever order, are placed the same.
 */
export function layOut(nodes: readonly LayoutNode[]): Layout {
  const graph = graphOf([...nodes].sort(byId));
  const { columns, lanes } = columnsOf(graph);
  for (let sweep = 0; sweep < sweeps; sweep += 1) order(columns, sweep % 2 === 0 ? 'left' : 'right');
  const stacks = columns.flatMap(broken);
  const most = Math.max(0, ...stacks.map(({ slots }) => heightOf(slots))) * mostSpread;
  for (let sweep = 0; sweep < sweeps; sweep += 1)
    straighten(sweep % 2 === 0 ? stacks : [...stacks].reverse(), sweep % 2 === 0 ? 'left' : 'right', most);
  const drawn = drawnAt(stacks, lanes);
  return withAlone(
    drawn,
    [...graph.nodes.values()].filter(({ id }) => !graph.connected.has(id)),
  );
}

const byId = (a: LayoutNode, b: LayoutNode): number => (a.id < b.id ? -1 : 1);

/** The way of a reference that passes columns. */
interface Lane {
  readonly from: string;
  readonly to: string;
  readonly slots: readonly Slot[];
}

function columnsOf(graph: Graph): { readonly columns: Slot[][]; readonly lanes: readonly Lane[] } {
  const columns: Slot[][] = [];
  const lanes: Lane[] = [];
  const ranks = ranksOf(graph);
  const put = (rank: number, node: LayoutNode | null): Slot => {
    const column = columns[rank] ?? [];
    columns[rank] = column;
    const slot = { node, height: node?.height ?? laneHeight, left: [], right: [], at: column.length, y: 0 };
    column.push(slot);
    return slot;
  };
  const slots = new Map<string, Slot>();
  for (const [id, node] of graph.nodes)
    if (graph.connected.has(id)) slots.set(id, put(ranks.get(id) ?? 0, node));
  for (const [from, slot] of slots) {
    for (const to of graph.refersTo.get(from) ?? []) {
      const passed: Slot[] = [];
      let last = slot;
      for (let rank = (ranks.get(from) ?? 0) - 1; rank > (ranks.get(to) ?? 0); rank -= 1) {
        const lane = put(rank, null);
        join(lane, last);
        passed.push(lane);
        last = lane;
      }
      const target = slots.get(to);
      if (target) join(target, last);
      if (passed.length > 0) lanes.push({ from, to, slots: passed });
    }
  }
  return { columns, lanes };
}

function join(left: Slot, right: Slot): void {
  left.right.push(right);
  right.left.push(left);
}

type Side = 'left' | 'right';

/** Sorts each column by the mean place of what its slots are connected with on one side. */
function order(columns: readonly Slot[][], side: Side): void {
  for (const column of side === 'left' ? columns : [...columns].reverse()) {
    const wanted = new Map(column.map((slot) => [slot, mean(slot[side].map(({ at }) => at)) ?? slot.at]));
    column.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || a.at - b.at);
    for (const [at, slot] of column.entries()) slot.at = at;
  }
}

const mean = (numbers: readonly number[]): number | null =>
  numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** A column as one stack or, where it is too high, as several of about the same height. */
function broken(column: readonly Slot[]): Stack[] {
  const height = column.reduce((sum, slot) => sum + slot.height + rowGap, 0);
  const most = height / Math.ceil(height / mostHeight);
  const stacks: Slot[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const slot of column) {
    if (used + slot.height / 2 > most) {
      stacks.push([]);
      used = 0;
    }
    stacks.at(-1)?.push(slot);
    slot.y = used;
    used += slot.height + rowGap;
  }
  return stacks.map((slots) => ({ slots, width: Math.max(0, ...slots.map(({ node }) => node?.width ?? 0)) }));
}

/** What slots take that stand as close as they may. */
const heightOf = (slots: readonly Slot[]): number =>
  slots.reduce((sum, { height }) => sum + height + rowGap, -rowGap);

/**
 * Moves each slot near the middle of what it is connected with on one side, and the stack to where that is on average.
 *
 * @param most what a stack takes at most, of whatever height its slots would be apart.
 */
function straighten(stacks: readonly Stack[], side: Side, most: number): void {
  for (const { slots } of stacks) {
    const wanted = slots.map((slot) => {
      const middle = mean(slot[side].map((other) => other.y + other.height / 2));
      return middle === null ? slot.y : middle - slot.height / 2;
    });
    const first = wanted[0] ?? 0;
    let free = first;
    const gaps = slots.map((slot, at) => {
      const y = Math.max(free, wanted[at] ?? 0);
      const gap = y - free;
      free = y + slot.height + rowGap;
      return gap;
    });
    const spread = gaps.reduce((sum, gap) => sum + gap, 0);
    const share = spread === 0 ? 0 : Math.min(1, (most - heightOf(slots)) / spread);
    let y = first;
    for (const [at, slot] of slots.entries()) {
      slot.y = y + (gaps[at] ?? 0) * share;
      y = slot.y + slot.height + rowGap;
    }
    const shift = mean(slots.map((slot, at) => (wanted[at] ?? 0) - slot.y)) ?? 0;
    const end = y - rowGap - first;
    const begin = Math.min(Math.max(first + shift, 0), most - end);
    for (const slot of slots) slot.y += begin - first;
  }
}

function drawnAt(stacks: readonly Stack[], lanes: readonly Lane[]): Layout {
  const top = Math.min(...stacks.flatMap(({ slots }) => slots.map(({ y }) => y)));
  const nodes: Placed[] = [];
  const xOf = new Map<Slot, { readonly x: number; readonly width: number }>();
  let x = 0;
  let bottom = 0;
  for (const { slots, width } of stacks) {
    for (const slot of slots) {
      slot.y = Math.round(slot.y - top);
      xOf.set(slot, { x, width });
      bottom = Math.max(bottom, slot.y + slot.height);
      const { node } = slot;
      if (node) nodes.push({ id: node.id, x, y: slot.y, width: node.width, height: node.height });
    }
    x += width + columnGap;
  }
  const routes = lanes.map(({ from, to, slots }) => ({
    from,
    to,
    via: slots.flatMap((slot) => {
      const { x = 0, width = 0 } = xOf.get(slot) ?? {};
      const y = slot.y + slot.height / 2;
      return [
        { x: x + width, y },
        { x, y },
      ];
    }),
  }));
  return { nodes, routes, width: Math.max(0, x - columnGap), height: bottom };
}

function withAlone(drawn: Layout, alone: readonly LayoutNode[]): Layout {
  if (alone.length === 0) return drawn;
  const most = Math.max(leastRowWidth, drawn.width);
  const nodes = [...drawn.nodes];
  const top = drawn.height === 0 ? 0 : drawn.height + 2 * rowGap;
  let [x, y, next, width] = [0, top, top, drawn.width];
  for (const node of alone) {
    if (x > 0 && x + node.width > most) [x, y] = [0, next + rowGap];
    nodes.push({ id: node.id, x, y, width: node.width, height: node.height });
    x += node.width + rowGap;
    width = Math.max(width, x - rowGap);
    next = Math.max(next, y + node.height);
  }
  return { ...drawn, nodes, width, height: next };
}
