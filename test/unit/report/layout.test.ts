import fc from 'fast-check';
import { layOut } from '../../../src/report/layout.ts';
import type { LayoutNode } from '../../../src/report/layout-graph.ts';

const node = (id: string, ...refersTo: string[]): LayoutNode => ({ id, width: 100, height: 50, refersTo });

/** The nodes by column, from left to right; within a column from top to bottom. */
function columnsOf(nodes: readonly LayoutNode[]): string[][] {
  const columns = new Map<number, { id: string; y: number }[]>();
  for (const { id, x, y } of layOut(nodes).nodes) columns.set(x, [...(columns.get(x) ?? []), { id, y }]);
  return [...columns]
    .sort(([a], [b]) => a - b)
    .map(([, column]) => column.sort((a, b) => a.y - b.y).map(({ id }) => id));
}

describe('what refers to others stands to the right of them', () => {
  test.each<[string, readonly LayoutNode[], string[][]]>([
    ['a chain', [node('c', 'b'), node('b', 'a'), node('a')], [['a'], ['b'], ['c']]],
    ['the longest way counts', [node('c', 'a', 'b'), node('b', 'a'), node('a')], [['a'], ['b'], ['c']]],
    ['itself is passed over', [node('b', 'b', 'a'), node('a')], [['a'], ['b']]],
    ['what is unknown is passed over', [node('b', 'a', 'z'), node('a')], [['a'], ['b']]],
    ['a circle is broken', [node('a', 'b'), node('b', 'a')], [['b'], ['a']]],
    [
      'two stand near what they refer to',
      [node('a'), node('b'), node('x', 'b'), node('y', 'a')],
      [
        ['a', 'b'],
        ['y', 'x'],
      ],
    ],
  ])('%s', (_, nodes, expected) => expect(columnsOf(nodes)).toEqual(expected));
});

test('nothing makes an empty picture', () => {
  expect(layOut([])).toEqual({ nodes: [], routes: [], width: 0, height: 0 });
});

test('what is connected with nothing stands beneath the rest', () => {
  const { nodes } = layOut([node('alone'), node('b', 'a'), node('a')]);
  const y = (id: string): number => nodes.find((one) => one.id === id)?.y ?? -1;
  expect(y('alone')).toBeGreaterThanOrEqual(Math.max(y('a'), y('b')) + 50);
});

const graphs = fc
  .array(
    fc.record({
      width: fc.integer({ min: 20, max: 400 }),
      height: fc.integer({ min: 20, max: 300 }),
      refersTo: fc.array(
        fc.nat(40).map((id) => `t${id}`),
        { maxLength: 4 },
      ),
    }),
    { maxLength: 40 },
  )
  .map((all) => all.map((one, at): LayoutNode => ({ id: `t${at}`, ...one })));

describe('of any tables', () => {
  test('no two overlap, all are there, and all are inside', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const { nodes: placed, width, height } = layOut(nodes);
        expect(placed.map(({ id }) => id).sort()).toEqual(nodes.map(({ id }) => id).sort());
        for (const [at, a] of placed.entries()) {
          expect([a.x >= 0, a.y >= 0, a.x + a.width <= width, a.y + a.height <= height]).toEqual([
            true,
            true,
            true,
            true,
          ]);
          for (const b of placed.slice(at + 1)) {
            const isApart =
              a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
            expect(isApart || `${a.id} ${b.id}`).toBe(true);
          }
        }
      }),
    );
  });

  test('their order makes no difference', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const sorted = (all: readonly LayoutNode[]) =>
          [...layOut(all).nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(sorted([...nodes].reverse())).toEqual(sorted(nodes));
      }),
    );
  });

  test('200 tables take less than a second', () => {
    const nodes = Array.from({ length: 200 }, (_, at) =>
      node(`t${at}`, ...[1, 3, 7].map((step) => `t${Math.floor(at / (step + 1))}`)),
    );
    const begin = performance.now();
    const { nodes: placed, height } = layOut(nodes);
    expect(placed).toHaveLength(200);
    expect(height).toBeLessThan(3000);
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
