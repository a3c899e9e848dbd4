import { setSequence, valueText, writeRows } from '../../../src/data/insert.ts';
import { inDependencyOrder } from '../../../src/data/order.ts';
import type { Reading, ReadRow, ReadTable } from '../../../src/data/read.ts';
import type { RowColumn, RowTable } from '../../../src/data/tables.ts';
import { volatileIn } from '../../../src/data/volatile.ts';

const column = (name: string, more: Partial<RowColumn> = {}): RowColumn => ({
  name,
  style: 'text',
  isClock: false,
  isGenerated: false,
  identity: null,
  hasDefault: false,
  sequences: [],
  ...more,
});
const table = (name: string, columns: readonly RowColumn[], more: Partial<RowTable> = {}): RowTable => ({
  name,
  columns,
  key: [],
  references: [],
  hooks: [],
  isForced: false,
  isDeferred: false,
  isSpread: false,
  isPartitioned: false,
  ...more,
});
const row = (...values: (string | null)[]): ReadRow => ({
  values,
  local: values,
  writtenBy: '20250101000000',
});
const read = (of: RowTable, ...rows: ReadRow[]): ReadTable => ({ table: of, rows });
const id = column('id', { style: 'number' });
const write = (tables: readonly ReadTable[], leftOut: readonly string[] = []): string[] =>
  writeRows(tables, { isLeftOut: (name) => leftOut.includes(name) });

const values: readonly (readonly [value: string | null, style: RowColumn['style'], sql: string])[] = [
  [null, 'text', 'NULL'],
  [null, 'number', 'NULL'],
  ['t', 'boolean', 'true'],
  ['f', 'boolean', 'false'],
  ['12', 'number', '12'],
  ['-0.50', 'number', '-0.50'],
  ['NaN', 'number', "'NaN'"],
  ['1e+20', 'number', "'1e+20'"],
  ['12', 'text', "'12'"],
  ["it's", 'text', "'it''s'"],
  ['a\\b', 'text', "'a\\b'"],
  ['two\nlines', 'text', "'two\nlines'"],
  ["a\r\nb\t\\'", 'text', "E'a\\r\\nb\\t\\\\'''"],
  ['\u0001\ufeff', 'text', "E'\\u0001\\ufeff'"],
  ['', 'text', "''"],
];

test.each(values)('the value %j as %s: %s', (value, style, sql) => {
  expect(valueText(value, { style })).toBe(sql);
});

test('rows as one statement a table, its columns named, those that are generated or left to a default not among them', () => {
  const sizes = table('shop.sizes', [
    id,
    column('label'),
    column('length', { isGenerated: true }),
    column('at', { hasDefault: true }),
  ]);
  expect(
    write([read(sizes, row('1', 'small', '5', 'x'), row('2', null, null, 'y'))], ['shop.sizes.at']),
  ).toEqual(["INSERT INTO shop.sizes (id, label) VALUES\n  (1, 'small'),\n  (2, NULL)"]);
});

test('an identity that is always generated is overridden, unless it is left out', () => {
  const a = table('shop.a', [{ ...id, identity: 'always', hasDefault: true }, column('x')]);
  expect(write([read(a, row('1', 'y'))])).toEqual([
    "INSERT INTO shop.a (id, x) OVERRIDING SYSTEM VALUE VALUES\n  (1, 'y')",
  ]);
  expect(write([read(a, row('1', 'y'))], ['shop.a.id'])).toEqual(["INSERT INTO shop.a (x) VALUES\n  ('y')"]);
  expect(write([read(a, row('1', 'y'), row('2', 'z'))], ['shop.a.id', 'shop.a.x'])).toEqual([
    'INSERT INTO shop.a DEFAULT VALUES',
    'INSERT INTO shop.a DEFAULT VALUES',
  ]);
});

test('tables come after those that they point to, and empty ones not at all', () => {
  const a = table('a', [id], { references: ['b', 'empty'] });
  const b = table('b', [id], { references: ['b'] });
  expect(write([read(a, row('1')), read(b, row('2')), read(table('empty', [id]))])).toEqual([
    'INSERT INTO b (id) VALUES\n  (2)',
    'INSERT INTO a (id) VALUES\n  (1)',
  ]);
});

test('tables that point to each other are filled by one statement', () => {
  const a = table('a', [id], { references: ['b'] });
  const b = table('b', [id], { references: ['a'] });
  expect(write([read(a, row('1')), read(b, row('2'))])).toEqual([
    'WITH part_1 AS (\nINSERT INTO a (id) VALUES\n  (1)\n)\nINSERT INTO b (id) VALUES\n  (2)',
  ]);
});

test('a value that goes over lines stays what it is within such a statement', () => {
  const a = table('a', [column('x')], { references: ['b'] });
  const b = table('b', [id], { references: ['a'] });
  const [statement] = write([read(a, row('one\ntwo')), read(b, row('2'))]);
  expect(statement).toContain("('one\ntwo')");
});

test('many rows are several statements, unless they point to each other', () => {
  const rows = Array.from({ length: 1001 }, (_, n) => row(String(n)));
  expect(write([read(table('a', [id]), ...rows)])).toHaveLength(3);
  expect(write([read(table('a', [id], { references: ['a'] }), ...rows)])).toHaveLength(1);
});

test('what acts on rows as they come is off meanwhile, and then as it was', () => {
  const a = table('a', [id], {
    hooks: [
      { kind: 'TRIGGER', name: 'touched', enable: 'ENABLE' },
      { kind: 'RULE', name: '"Copy"', enable: 'ENABLE ALWAYS' },
    ],
    isForced: true,
    isDeferred: true,
  });
  expect(write([read(a, row('1'))])).toEqual([
    'ALTER TABLE a NO FORCE ROW LEVEL SECURITY',
    'ALTER TABLE a DISABLE TRIGGER touched',
    'ALTER TABLE a DISABLE RULE "Copy"',
    'INSERT INTO a (id) VALUES\n  (1)',
    'SET CONSTRAINTS ALL IMMEDIATE',
    'ALTER TABLE a ENABLE TRIGGER touched',
    'ALTER TABLE a ENABLE ALWAYS RULE "Copy"',
    'ALTER TABLE a FORCE ROW LEVEL SECURITY',
  ]);
});

test('a sequence goes on from where it stands', () => {
  expect(setSequence({ name: `shop."It's"`, lastValue: '7', isCalled: false, isFresh: false })).toBe(
    `SELECT pg_catalog.setval('shop."It''s"', 7, false)`,
  );
});

test('what needs each other comes together, after what it needs, otherwise as given', () => {
  const needs: Record<string, string[]> = { a: ['c'], b: ['b'], c: ['d', 'gone'], d: ['c'], e: ['a', 'b'] };
  expect(inDependencyOrder(['e', 'd', 'c', 'b', 'a'], (thing) => needs[thing] ?? [])).toEqual([
    ['d', 'c'],
    ['a'],
    ['b'],
    ['e'],
  ]);
});

const moment = column('at', { hasDefault: true });
const of = (...tables: ReadTable[]): Reading => ({ tables, sequences: [], filled: [] });
const names = (first: Reading, second: Reading): string[] =>
  volatileIn(first, second).map((found) =>
    found.kind === 'column' ? `column ${found.column.name}` : found.kind === 'rows' ? 'rows' : found.sequence,
  );
const at = (utc: string, local: string): ReadRow => ({
  values: ['1', utc],
  local: ['1', local],
  writtenBy: null,
});

const moments: readonly (readonly [title: string, first: ReadRow, second: ReadRow, found: string[]])[] = [
  ['the same moment', at('08:00', '08:00'), at('08:00', '22:00'), []],
  ['the same time of the day, wherever it is', at('08:00', '08:00'), at('18:00', '08:00'), []],
  ['another moment', at('08:00:01', '08:00:01'), at('08:00:02', '22:00:02'), ['column at']],
];
test.each(moments)('%s', (_, first, second, found) => {
  const a = table('a', [id, moment]);
  expect(names(of(read(a, first)), of(read(a, second)))).toEqual(found);
});

test('values that differ, whatever the order; rows that are put together otherwise; a count that differs', () => {
  const a = table('a', [id, column('x'), column('y', { isGenerated: true })]);
  expect(
    names(
      of(read(a, row('1', 'p', 'q'), row('2', 'r', 's'))),
      of(read(a, row('2', 'r', 's'), row('1', 'p', 'q'))),
    ),
  ).toEqual([]);
  expect(names(of(read(a, row('1', 'p', 'q'))), of(read(a, row('1', 'other', 'other'))))).toEqual([
    'column x',
  ]);
  expect(
    names(
      of(read(a, row('1', 'p', 'q'), row('2', 'r', 's'))),
      of(read(a, row('1', 'r', 's'), row('2', 'p', 'q'))),
    ),
  ).toEqual(['rows']);
  expect(names(of(read(a, row('1', 'p', 'q'))), of(read(a)))).toEqual(['rows']);
});

test('a sequence that was used', () => {
  const sequences = [
    { name: 's', lastValue: '1', isCalled: false, isFresh: true },
    { name: 't', lastValue: '1', isCalled: true, isFresh: false },
  ];
  const reading: Reading = { tables: [], sequences, filled: [] };
  expect(names(reading, reading)).toEqual(['t']);
});
