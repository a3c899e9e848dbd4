import {
  askAbout,
  compareSamples,
  compareShapes,
  heldBy,
  type Judged,
  type RowEvidence,
  type Sample,
  worthAsking,
} from '../../../src/autogenerate/rename-evidence.ts';
import type { SchemaGraph } from '../../../src/schema/generate/index.ts';
import { type Described, snapshotOf } from '../../support/snapshot.ts';

const sample = (values: Readonly<Record<string, string | null>>): Sample => new Map(Object.entries(values));

test.each<[string, Sample, Sample, object | null]>([
  ['no row in common', sample({ 1: 'a' }), sample({ 2: 'a' }), null],
  ['no value in common rows', sample({ 1: null }), sample({ 1: null }), null],
  [
    'all the same',
    sample({ 1: 'a', 2: 'b' }),
    sample({ 1: 'a', 2: 'b' }),
    { rows: 2, equal: 2, different: 2 },
  ],
  [
    'one value for all',
    sample({ 1: 'a', 2: 'a' }),
    sample({ 1: 'a', 2: 'a' }),
    { rows: 2, equal: 2, different: 1 },
  ],
  [
    'a value against NULL',
    sample({ 1: 'a', 2: null }),
    sample({ 1: null, 2: 'b' }),
    { rows: 2, equal: 0, different: 0 },
  ],
  [
    'rows without a value beside one',
    sample({ 1: 'a', 2: null }),
    sample({ 1: 'a', 2: null }),
    { rows: 1, equal: 1, different: 1 },
  ],
])('samples with %s', (_title, old, other, found) => {
  const expected = found && { kind: 'compared', within: 'one database', ...found };
  expect(compareSamples(old, other, 'one database')).toEqual(expected);
});

test('what only one database shows are the values that would be lost', () => {
  expect(heldBy(sample({ 1: 'a', 2: null, 3: 'a' }))).toEqual({ kind: 'held', rows: 3, values: 2 });
});

const graph = (
  objects: Readonly<Record<string, Described>>,
  dependencies: Readonly<Record<string, string[]>> = {},
): SchemaGraph => ({
  snapshot: snapshotOf(objects),
  dependencies: new Map(Object.entries(dependencies).map(([object, needs]) => [object, new Set(needs)])),
  major: 18,
});

const quantity = { kind: 'column', from: 'a.orders.qty', to: 'quantity', isOnly: true } as const;

describe('two definitions', () => {
  const head = graph(
    {
      'column order a.orders': 'id, side, qty',
      'column a.orders.qty': 'numeric not null',
      'constraint a.orders.qty_positive': 'CHECK ((qty > (0)::numeric))',
      'index a.orders.by_qty': 'CREATE INDEX by_qty ON a.orders USING btree (qty, qty_2)',
    },
    {
      'constraint a.orders.qty_positive': ['column a.orders.qty'],
      'index a.orders.by_qty': ['column a.orders.qty'],
      'view a.all_orders': ['column a.orders.qty'],
    },
  );

  test('that are the same, with a check and an index', () => {
    const goal = graph({
      'column order a.orders': 'id, side, quantity, note',
      'column a.orders.quantity': 'numeric not null',
      'constraint a.orders.quantity_positive': 'CHECK ((quantity > (0)::numeric))',
      'index a.orders.by_quantity': 'CREATE INDEX by_quantity ON a.orders USING btree (quantity, qty_2)',
    });
    expect(compareShapes(quantity, head, goal)).toEqual({
      definition: 'numeric not null',
      isInPlace: true,
      parts: 2,
      partsKept: 2,
    });
  });

  test('of which only the type is the same', () => {
    const goal = graph({
      'column order a.orders': 'quantity, id, side',
      'column a.orders.quantity': 'numeric',
    });
    expect(compareShapes(quantity, head, goal)).toEqual({
      definition: null,
      isInPlace: false,
      parts: 2,
      partsKept: 0,
    });
  });
});

describe('what is asked', () => {
  const judged = (to: string, more: Partial<Judged> = {}, isOnly = false): Judged => ({
    rename: { kind: 'column', from: 'a.orders.qty', to, isOnly },
    shape: { definition: null, isInPlace: false, parts: 0, partsKept: 0 },
    rows: null,
    ...more,
  });
  const compared = (equal: number, different: number): RowEvidence => ({
    kind: 'compared',
    within: 'both databases',
    rows: 10,
    equal,
    different,
  });
  const placed = { definition: null, isInPlace: true, parts: 0, partsKept: 0 };

  test('is the only one possible, whatever speaks against it, and of several those that something speaks for', () => {
    const all = [
      judged('only', {}, true),
      judged('nothing'),
      judged('placed', { shape: placed }),
      judged('one value', { rows: compared(10, 1) }),
      judged('no value', { rows: compared(0, 0) }),
      judged('same values', { rows: compared(9, 8) }),
    ];
    expect(worthAsking(all).map(({ rename }) => rename.to)).toEqual(['same values', 'placed', 'only']);
  });

  test('a table comes before the columns of others', () => {
    const table: Judged = {
      rename: { kind: 'table', from: 'a.items', to: 'goods', isOnly: true },
      shape: null,
      rows: null,
    };
    expect(worthAsking([judged('quantity', { rows: compared(9, 8) }), table])[0]).toBe(table);
    expect(askAbout(table)).toBe('a.items goes, and goods comes:\nWas table a.items renamed to goods?');
  });

  test.each<[RowEvidence, string]>([
    [
      { kind: 'held', rows: 1000, values: 3 },
      '3 of the first 1000 rows hold a value, which is lost unless it was renamed',
    ],
    [{ kind: 'held', rows: 4, values: 0 }, 'none of 4 rows holds a value'],
    [{ kind: 'unseen', why: 'it is down' }, 'no rows were compared: it is down'],
    [compared(0, 0), '0 of 10 rows that both databases have hold the same value in both'],
  ])('says of rows %j', (rows, said) => {
    expect(askAbout(judged('quantity', { rows })).split('\n')[2]).toBe(`  ${said}`);
  });

  test('has above it what speaks for it', () => {
    const shape = { definition: 'numeric', isInPlace: true, parts: 2, partsKept: 1 };
    expect(askAbout(judged('quantity', { shape, rows: compared(9, 8) })).split('\n')).toEqual([
      'a.orders.qty goes, and quantity comes:',
      '  both are numeric',
      '  both stand at the same place in the table',
      '  indexes, constraints and others on it that the new one has as well: 1 of 2',
      '  9 of 10 rows that both databases have hold the same value in both, 8 different ones',
      'Was column a.orders.qty renamed to quantity?',
    ]);
  });
});
