import { historyTables, mentionedSchema, unmentioned } from '../../../src/autogenerate/mentioned.ts';
import { literalsIn, sampleText, type TypeFacts } from '../../../src/autogenerate/sample-values.ts';
import { SlipwayError } from '../../../src/core/slipway-error.ts';
import { namedIn } from '../../../src/schema/catalog/patterns.ts';
import { inverse, possibleRenames, readRenames } from '../../../src/schema/generate/renames.ts';
import { excludeObjects } from '../../../src/schema/generate/restrict.ts';
import type { Snapshot } from '../../../src/schema/model/object.ts';
import type { SchemaGraph } from '../../../src/schema/objects/common/schema-graph.ts';
import { snapshotOf } from '../../support/snapshot.ts';

test.each([
  ['table trading.accounts', 'trading'],
  ['column "Odd.Schema"."a b".x', '"Odd.Schema"'],
  ['function hard.add(integer, other.kind)', 'hard'],
  ['operator hard.===(integer,integer)', 'hard'],
  ['operator class hard.backwards using btree', 'hard'],
  ['comment table constraint "a b.c" on trading.accounts', 'trading'],
  ['comment schema trading', 'trading'],
  ['privileges schema trading', 'trading'],
  ['owner relation trading.accounts', 'trading'],
  ['default privileges app in trading r', 'trading'],
  ['default privileges app r', null],
  ['schema "My schema"', '"My schema"'],
  ['publication everything', null],
  ['extension pg_trgm', null],
  ['cast hard.mood as integer', 'hard'],
])('%s stands in the schema %s', (object, schema) => {
  expect(mentionedSchema(object)).toBe(schema);
});

test('what the wish does not mention: schemas that it has nothing of, and extensions', () => {
  const isUnmentioned = unmentioned(snapshotOf({ 'schema trading': '', 'table trading.users': 'table' }));
  const left = ['table audit.log', 'schema audit', 'extension pg_trgm', 'extension version pg_trgm'];
  const judged = [
    'table trading.orders',
    'publication everything',
    'table trading.users',
    'privileges schema public',
  ];
  expect(left.filter((object) => !isUnmentioned(object))).toEqual([]);
  expect(judged.filter(isUnmentioned)).toEqual([]);
});

test("other tools' version tables are found by name and columns", () => {
  const tables = historyTables(
    snapshotOf({
      'table public.alembic_version': 'table',
      'column public.alembic_version.version_num': 'character varying(32) not null',
      'table public.schema_migrations': 'table',
      'column public.schema_migrations.version': 'bigint not null',
      'column public.schema_migrations.dirty': 'boolean not null',
      'table trading.knex_migrations': 'table',
      'column trading.knex_migrations.id': 'integer not null',
    }),
  );
  expect([...tables]).toEqual(['public.alembic_version', 'public.schema_migrations']);
});

const head = snapshotOf({
  'table trading.accounts': 'table',
  'column trading.accounts.id': 'integer not null',
  'column trading.accounts.fee': "numeric(5,2) not null default '0'::numeric",
  'column trading.accounts."Odd, name"': 'text',
  'table trading.notes': 'table',
  'column trading.notes.body': 'text',
  'table audit.notes': 'table',
  'column audit.notes.body': 'text',
});
const desired = snapshotOf({
  'table trading.accounts': 'table',
  'column trading.accounts.id': 'integer not null',
  'column trading.accounts.rate': 'numeric(5,2) not null',
  'column trading.accounts.plain': 'text',
  'table trading.remarks': 'table',
  'column trading.remarks.body': 'text',
  'table audit.notes': 'table',
  'column audit.notes.text': 'text',
});

test('what is excluded stays as it is at the start; patterns name a relation with all that belongs to it', () => {
  const start = snapshotOf({
    'table a.t': 'table',
    'column a.t.x': 'integer',
    'view a.v': 'returns x',
    'comment view a.v': 'kept',
    'schema b': 'schema',
  });
  const target = snapshotOf({ 'table a.t': 'table', 'column a.t.x': 'bigint', 'view a.w': 'returns y' });
  const graph = (snapshot: Snapshot): SchemaGraph => ({
    snapshot,
    dependencies: new Map([...snapshot.keys()].map((object) => [object, new Set(['schema a'])])),
    major: 18,
  });
  const isKept = namedIn(['view *', 'schema b'], [start, target]);
  const { snapshot, dependencies } = excludeObjects(graph(start), graph(target), isKept);
  expect([...snapshot].map(([object, { text }]) => `${object}: ${text}`)).toEqual([
    'column a.t.x: bigint',
    'comment view a.v: kept',
    'schema b: schema',
    'table a.t: table',
    'view a.v: returns x',
  ]);
  expect([...dependencies.keys()]).toEqual([...snapshot.keys()]);
});

const sides = { start: head, goal: desired, startName: 'head', goalName: 'the desired schema' };

test.each([
  ['trading.accounts.fee=rate', [{ kind: 'column', from: 'trading.accounts.fee', to: 'rate' }]],
  ['accounts.fee=rate', [{ kind: 'column', from: 'trading.accounts.fee', to: 'rate' }]],
  [
    'trading.accounts."Odd, name"=plain, Trading.Accounts.FEE=Rate',
    [
      { kind: 'column', from: 'trading.accounts."Odd, name"', to: 'plain' },
      { kind: 'column', from: 'trading.accounts.fee', to: 'rate' },
    ],
  ],
  ['trading.notes=remarks', [{ kind: 'table', from: 'trading.notes', to: 'remarks' }]],
])('--rename %s', (text, renames) => {
  expect(readRenames(text, sides)).toEqual({ renames, areAll: false });
});

test('--rename none: nothing else got another name', () => {
  expect(readRenames('none', sides)).toEqual({ renames: [], areAll: true });
  expect(readRenames('accounts.fee=rate,none', sides)).toEqual({
    renames: [{ kind: 'column', from: 'trading.accounts.fee', to: 'rate' }],
    areAll: true,
  });
});

test.each([
  ['fee=rate', /it is not TABLE\.OLD=NEW/],
  ['trading.accounts.fee', /it is not TABLE\.OLD=NEW/],
  ['trading.accounts.fee=', /it is not TABLE\.OLD=NEW/],
  ['trading.accounts.fees=rate', /head has no trading\.accounts\.fees/],
  ['trading.accounts.fee=price', /the desired schema has no column price there/],
  ['trading.accounts.fee=body', /the desired schema has no column body there/],
  ['trading.accounts.fee=id', /head has a column trading\.accounts\.id already/],
  ['notes.body=text', /it may mean trading\.notes\.body or audit\.notes\.body/],
])('--rename %s is wrong usage', (text, names) => {
  let thrown: unknown = null;
  try {
    readRenames(text, sides);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(SlipwayError);
  expect((thrown as SlipwayError).message).toMatch(names);
  expect((thrown as SlipwayError).code).toBe(64);
});

test('a column of the same type, and a table with the same columns, may have another name', () => {
  expect(possibleRenames(head, desired)).toEqual([
    { kind: 'table', from: 'trading.notes', to: 'remarks' },
    { kind: 'column', from: 'trading.accounts.fee', to: 'rate' },
    { kind: 'column', from: 'trading.accounts."Odd, name"', to: 'plain' },
    { kind: 'column', from: 'audit.notes.body', to: 'text' },
  ]);
  expect(possibleRenames(head, head)).toEqual([]);
});

test('two that went or two that came are no rename: nobody could tell which', () => {
  const one = snapshotOf({ 'table a.t': 'table', 'column a.t.x': 'integer', 'column a.t.y': 'integer' });
  const other = snapshotOf({ 'table a.t': 'table', 'column a.t.z': 'integer' });
  expect(possibleRenames(one, other)).toEqual([]);
  expect(possibleRenames(other, one)).toEqual([]);
});

test('renames are undone under the names that they gave', () => {
  expect(
    inverse([
      { kind: 'table', from: 'trading.notes', to: 'remarks' },
      { kind: 'column', from: 'trading.notes.body', to: 'text' },
      { kind: 'column', from: 'trading.accounts.fee', to: 'rate' },
    ]),
  ).toEqual([
    { kind: 'table', from: 'trading.remarks', to: 'notes' },
    { kind: 'column', from: 'trading.remarks.text', to: 'body' },
    { kind: 'column', from: 'trading.accounts.rate', to: 'fee' },
  ]);
});

const type = (facts: Partial<TypeFacts>): TypeFacts => ({
  kind: 'b',
  name: null,
  inner: 0,
  isArray: false,
  labels: [],
  attributes: [],
  ...facts,
});

test.each<[string, Partial<TypeFacts>, string | null, string | null]>([
  ['an integer', { name: 'int4' }, '1', '2'],
  ['a text', { name: 'text' }, 'sample 1', 'sample 2'],
  ['an enum', { kind: 'e', labels: ['low', 'high'] }, 'low', 'high'],
  ['an array', { isArray: true, inner: 2 }, '{"1"}', '{"2"}'],
  ['a domain', { kind: 'd', inner: 2 }, '1', '2'],
  ['a range', { kind: 'r', inner: 2 }, '["1","2")', '["2","3")'],
  ['a row', { kind: 'c', attributes: [2, 3] }, '("1","a\\"1")', '("2","a\\"2")'],
  ['a type that is not known', { name: 'pg_lsn' }, null, null],
  ['an array of that', { isArray: true, inner: 9 }, null, null],
])('sample values of %s', (_, facts, first, second) => {
  const types = new Map([
    [1, type(facts)],
    [2, type({ name: 'int4' })],
    [3, type({ kind: 'e', labels: ['a"1', 'a"2'] })],
    [9, type({ name: 'pg_lsn' })],
  ]);
  expect([sampleText(1, 1, types), sampleText(1, 2, types)]).toEqual([first, second]);
});

test.each([
  ["CHECK ((fee_tier = ANY (ARRAY['standard'::text, 'vol''ume'::text])))", ['standard', "vol'ume"]],
  ['CHECK (((age >= 18) AND (ratio < 1.5)))', ['18', '1.5']],
  ["RANGE (at) FOR VALUES FROM ('2025-01-01 00:00:00') TO (MAXVALUE)", ['2025-01-01 00:00:00']],
])('constants of %s', (expression, constants) => {
  expect(literalsIn(expression)).toEqual(constants);
});
