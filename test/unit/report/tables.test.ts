import { type Table, tablesOf, withNeighbours } from '../../../src/report/tables.ts';

const read = (objects: Readonly<Record<string, string>>): Table[] => tablesOf(Object.entries(objects));

test('a table has its columns in its own order, with what they are', () => {
  const [table] = read({
    'column s.a."odd, ""name"': 'character varying(20)',
    'column s.a.id': 'integer not null',
    'column order s.a': 'id, "odd, ""name"',
    'constraint s.a.a_pkey': 'PRIMARY KEY (id)',
    'index s.a.i': 'CREATE INDEX i ON s.a USING btree (id)',
    'table s.a': 'table',
    'view s.v': 'returns id integer',
  });
  expect(table).toEqual({
    name: 's.a',
    columns: [
      { name: 'id', type: 'integer', isNotNull: true, isPrimary: true, isForeign: false },
      { name: '"odd, ""name"', type: 'varchar(20)', isNotNull: false, isPrimary: false, isForeign: false },
    ],
    foreignKeys: [],
  });
});

test.each<[string, Readonly<Record<string, string>>, Table['foreignKeys']]>([
  [
    'of a column that may be NULL',
    { 'constraint s.b.f': 'FOREIGN KEY (a_id) REFERENCES s.a(id) ON DELETE CASCADE' },
    [{ columns: ['a_id'], to: 's.a', isRequired: false, isUnique: false }],
  ],
  [
    'of one that must not be, and has one row at most',
    {
      'column s.b.a_id': 'integer not null',
      'constraint s.b.f': 'FOREIGN KEY (a_id) REFERENCES s.a(id)',
      'constraint s.b.u': 'UNIQUE (a_id)',
    },
    [{ columns: ['a_id'], to: 's.a', isRequired: true, isUnique: true }],
  ],
  [
    'of several columns, with names that hold brackets and dots',
    { 'constraint s.b.f': 'FOREIGN KEY ("x) REFERENCES y(", PERIOD z) REFERENCES "s.p"."a(b"(id, PERIOD z)' },
    [{ columns: ['"x) REFERENCES y("', 'z'], to: '"s.p"."a(b"', isRequired: false, isUnique: false }],
  ],
  ['of a check, none', { 'constraint s.b.c': "CHECK ((x <> 'FOREIGN KEY (a) REFERENCES b(c)'::text))" }, []],
])('a foreign key %s', (_, objects, expected) => {
  expect(read({ 'table s.b': 'table', 'column s.b.a_id': 'integer', ...objects })[0]?.foreignKeys).toEqual(
    expected,
  );
});

test('partitions are left out, what they are of is not', () => {
  const tables = read({
    'table s.p': 'table partition by RANGE (at)',
    'table s.p1': "table partition of s.p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
  });
  expect(tables.map(({ name }) => name)).toEqual(['s.p']);
});

test('neighbours are those that a foreign key of either side connects', () => {
  const key = (to: string): string => `FOREIGN KEY (x) REFERENCES ${to}(id)`;
  const tables = read({
    'table s.a': 'table',
    'table s.b': 'table',
    'table s.c': 'table',
    'table s.d': 'table',
    'constraint s.b.f': key('s.a'),
    'constraint s.c.f': key('s.b'),
    'constraint s.d.f': key('s.c'),
  });
  const near = (name: string): string[] => withNeighbours(tables, new Set([name])).map((one) => one.name);
  expect([near('s.b'), near('s.d'), near('s.x')]).toEqual([['s.a', 's.b', 's.c'], ['s.c', 's.d'], []]);
});
