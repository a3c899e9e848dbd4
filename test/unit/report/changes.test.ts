import { type SchemaChange, schemaChanges, summaryOf } from '../../../src/report/changes.ts';
import { type Described, snapshotOf } from '../../support/snapshot.ts';

type Objects = Readonly<Record<string, Described>>;

const table: Objects = {
  'table s.t': 'table',
  'column s.t.id': 'integer not null',
  'column order s.t': 'id',
  'constraint s.t.t_pkey': 'PRIMARY KEY (id)',
};

const shown = ({ verb, table, words, lines }: SchemaChange): string =>
  [
    `${table === null ? '' : `${table} | `}${verb} ${words.map((part) => (typeof part === 'string' ? part : `<${part.code}>`)).join('')}`,
    ...lines,
  ].join('\n');

const changes = (before: Objects, after: Objects): SchemaChange[] =>
  schemaChanges(snapshotOf(before), snapshotOf(after));

test.each<[string, Objects, Objects, string[]]>([
  ['nothing', table, table, []],
  [
    'a new table, with what it has',
    { 'schema s': 'schema' },
    {
      'schema s': 'schema',
      ...table,
      'index s.t.i': 'CREATE INDEX i ON s.t USING btree (id)',
      'sequence s.t_id_seq': 'as integer start 1 owned by s.t.id',
    },
    ['s.t | adds table <s.t>: 1 column (<id>), <PRIMARY KEY (id)>, 1 index'],
  ],
  ['a table that goes', table, {}, ['s.t | removes table <s.t>']],
  [
    'a new column',
    table,
    { ...table, 'column s.t.note': "text not null default ''::text" },
    ["s.t | adds column <note>: <text not null default ''::text>"],
  ],
  [
    'a column that goes',
    table,
    { ...table, 'column s.t.id': 'bigint' },
    ['s.t | changes column <id>: type <integer> becomes <bigint>; NULL is now allowed'],
  ],
  [
    'a default that changes',
    { ...table, 'column s.t.n': "character varying(9) default 'a'::character varying" },
    { ...table, 'column s.t.n': "character varying(20) default 'b'::character varying" },
    ["s.t | changes column <n>: type <varchar(9)> becomes <varchar(20)>; default <'a'> becomes <'b'>"],
  ],
  [
    'a default that comes, and one that goes',
    { ...table, 'column s.t.n': 'integer', 'column s.t.m': 'integer default 1' },
    { ...table, 'column s.t.n': 'integer default 1', 'column s.t.m': 'integer' },
    ['s.t | changes column <m>: loses the default <1>', 's.t | changes column <n>: gets the default <1>'],
  ],
  [
    'a constraint that changes',
    { ...table, 'constraint s.t.c': 'CHECK ((id > 0))' },
    { ...table, 'constraint s.t.c': 'CHECK ((id > 1))' },
    ['s.t | changes constraint <c>: <CHECK ((id > 0))> becomes <CHECK ((id > 1))>'],
  ],
  [
    'an index that goes and a view that comes',
    { ...table, 'index s.t.i': 'CREATE INDEX i ON s.t USING btree (id)' },
    { ...table, 'view s.v': 'returns id integer\nreads s.t.id' },
    ['s.t | removes index <i>', 's.v | adds view <s.v>'],
  ],
  [
    'a longer text, line by line',
    { 'function s.f()': 'returns void\nBEGIN\n  one;\nEND' },
    { 'function s.f()': 'returns void\nBEGIN\n  two;\nEND' },
    ['changes function <s.f()>\n-   one;\n+   two;'],
  ],
])('%s', (_, before, after, expected) => expect(changes(before, after).map(shown)).toEqual(expected));

test.each<[Objects, Objects, string]>([
  [{}, {}, ''],
  [table, { ...table, 'column s.t.a': 'text', 'column s.t.b': 'text' }, 'adds 2 columns'],
  [
    { ...table, 'view s.v': 'returns a integer' },
    { ...table, 'column s.t.a': 'text', 'index s.t.i': 'x', 'index s.t.j': 'y' },
    'adds 1 column and 2 indexes; removes 1 view',
  ],
])('in short', (before, after, expected) => expect(summaryOf(changes(before, after))).toBe(expected));
