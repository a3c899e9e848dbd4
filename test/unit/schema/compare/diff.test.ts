import { hashText } from '../../../../src/schema/catalog/snapshot.ts';
import type { Difference } from '../../../../src/schema/compare/comparison.ts';
import { diff, hasDrift, kindOf, parentOf } from '../../../../src/schema/compare/diff.ts';
import { expected, lockObjects } from '../../../../src/schema/compare/locked-objects.ts';
import type { Kind } from '../../../../src/schema/kinds.ts';
import { schemaOf } from '../../../../src/schema/model/names.ts';
import type { Snapshot, SnapshotObject } from '../../../../src/schema/model/object.ts';

type Objects = Readonly<Record<string, string | { text: string; facets: Record<string, string> }>>;

const snapshotOf = (objects: Objects): Snapshot =>
  new Map(
    Object.entries(objects).map(([name, object]): [string, SnapshotObject] => [
      name,
      {
        kind: kindOf(name) as Kind,
        name: name.slice(kindOf(name).length + 1),
        parent: parentOf(name),
        ...(typeof object === 'string' ? { text: object, facets: {} } : object),
      },
    ]),
  );

function compare(
  before: Objects,
  after: Objects,
  options: { ignore?: readonly string[]; accepted?: Readonly<Record<string, string | null>> } = {},
) {
  const was = snapshotOf(before);
  const wanted = new Map(Object.entries(lockObjects(was)).map(([name, object]) => [name, expected(object)]));
  return diff(wanted, snapshotOf(after), {
    ignore: [],
    accepted: {},
    texts: (object) => was.get(object) ?? null,
    ...options,
  });
}

const marks = { missing: '-', changed: '~', extra: '+' };
const shown = (differences: readonly Difference[]): string[] =>
  differences.map(({ kind, object, severity }) => `${marks[kind]} ${object} (${severity})`);

const table = { 'table s.t': 'table', 'column s.t.a': 'integer', 'column order s.t': 'a' };

test.each<[string, Objects, Objects, string[]]>([
  ['nothing', table, table, []],
  ['a changed column', table, { ...table, 'column s.t.a': 'text' }, ['~ column s.t.a (drift)']],
  [
    'a lost table takes its parts along',
    { ...table, 'comment table s.t': 'x', 'owner relation s.t': 'me' },
    {},
    ['- table s.t (drift)'],
  ],
  [
    'a gained table brings its parts along',
    {},
    { ...table, 'index s.t.i': 'CREATE INDEX' },
    ['+ table s.t (reported)'],
  ],
  [
    'a lost column moves the order, and loses its comment, options and sequence',
    {
      ...table,
      'column s.t.b': 'text',
      'column order s.t': 'a, b',
      'column options s.t.b': 'storage main',
      'comment table column s.t.b': 'x',
      'sequence s.t_b_seq': 'as bigint owned by s.t.b',
    },
    table,
    ['- column s.t.b (drift)'],
  ],
  [
    'a lost function loses its owner and grants',
    {
      'function s.f(a integer)': 'x',
      'owner routine s.f(a integer)': 'me',
      'privileges routine s.f(a integer)': 'x',
    },
    {},
    ['- function s.f(a integer) (drift)'],
  ],
  [
    'a lost trigger loses its comment',
    { ...table, 'trigger s.t.x': 'x', 'comment trigger x on s.t': 'x' },
    table,
    ['- trigger s.t.x (drift)'],
  ],
  [
    'a lost index loses its comment',
    { ...table, 'index s.t.i': 'x', 'comment index s.i': 'x' },
    table,
    ['- index s.t.i (reported)'],
  ],
  ['a comment alone', { ...table, 'comment table s.t': 'x' }, table, ['- comment table s.t (reported)']],
  [
    'an index',
    { ...table, 'index s.t.i': 'x' },
    { ...table, 'index s.t.i': 'y' },
    ['~ index s.t.i (reported)'],
  ],
  ['a unique index', { ...table, 'unique index s.t.i': 'x' }, table, ['- unique index s.t.i (drift)']],
  [
    'an index that is no longer unique',
    { 'unique index s.t.i': 'x' },
    { 'index s.t.i': 'y' },
    ['~ unique index s.t.i (drift)'],
  ],
  [
    'an index that is unique now',
    { 'index s.t.i': 'x' },
    { 'unique index s.t.i': 'y' },
    ['~ index s.t.i (drift)'],
  ],
  [
    'an extension comes with its version',
    {},
    { 'extension x': 'in public', 'extension version x': '1' },
    ['+ extension x (reported)'],
  ],
])('%s', (_, before, after, wanted) => {
  expect(shown(compare(before, after).differences)).toEqual(wanted);
});

const trigger = 'CREATE TRIGGER t BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.f()';
const order = (columns: string): Objects => ({ 'column order s.t': columns });

describe('what is extra is drift where it can reject, change, hide or reveal a row of what the lock knows', () => {
  test.each<[string, Objects, string]>([
    ['a policy', { 'policy s.t.p': 'permissive' }, 'drift'],
    ['a rule', { 'rule s.t.r': 'CREATE RULE' }, 'drift'],
    ['a trigger', { 'trigger s.t.x': trigger }, 'drift'],
    ['a constraint', { 'constraint s.t.c': 'CHECK ((a > 0)) NOT VALID' }, 'drift'],
    ['one that is not enforced', { 'constraint s.t.c': 'CHECK ((a > 0)) NOT ENFORCED' }, 'reported'],
    ['a unique index', { 'unique index s.t.i': 'CREATE UNIQUE INDEX' }, 'drift'],
    ['an index', { 'index s.t.i': 'CREATE INDEX' }, 'reported'],
    ['statistics', { 'statistics s.i': 'CREATE STATISTICS' }, 'reported'],
    ['options', { 'options s.t': 'fillfactor=50' }, 'reported'],
    ['a table', { 'table s.u': 'table partition of s.t FOR VALUES IN (1)' }, 'reported'],
  ])('%s', (_, extra, severity) => {
    expect(compare(table, { ...table, ...extra }).differences).toMatchObject([
      { kind: 'extra', object: Object.keys(extra)[0], severity },
    ]);
  });

  test.each([
    ['integer', 'reported'],
    ['integer not null', 'drift'],
    ['integer not null not valid no inherit', 'drift'],
    ['"my not null" default 1', 'reported'],
    ["text not null default 'x'::text", 'reported'],
    ["text default ' not null'::text", 'reported'],
    ['bigint not null generated always as identity', 'reported'],
    ['bigint not null generated by default as identity', 'reported'],
    ['integer generated always as ((a + 1)) stored', 'reported'],
    ['integer not null generated always as ((a + 1)) stored', 'drift'],
    ['s.needed', 'drift'],
    ['s.needed collate pg_catalog."C"', 'drift'],
    ['s.needed default 1', 'reported'],
    ['s."over it"', 'drift'],
    ['s.filled', 'reported'],
    ['s.checked', 'reported'],
  ])('a column that is %s: %s', (text, severity) => {
    const domains = {
      'type s.needed': 'domain over integer not null',
      'type s."over it"': 'domain over s.needed constraint c CHECK (VALUE > 1)',
      'type s.filled': 'domain over integer not null default 1',
      'type s.checked': "domain over text constraint c CHECK (VALUE <> ' not null')",
    };
    const extra = { 'column s.t.b': text, ...order('a, b') };
    const { differences } = compare({ ...domains, ...table }, { ...domains, ...table, ...extra });
    expect(differences).toMatchObject([{ kind: 'extra', object: 'column s.t.b', severity }]);
  });

  test('in a relation that the lock does not know nothing is', () => {
    const other = { 'table s.u': 'table', 'column s.u.x': 'integer not null', 'trigger s.u.x': trigger };
    expect(shown(compare(table, { ...table, ...other }).differences)).toEqual(['+ table s.u (reported)']);
  });

  test.each([['extension'], ['app']] as const)('nor what belongs to an %s', (belongsTo) => {
    const was = snapshotOf(table);
    const there = snapshotOf({ 'trigger s.t.x': trigger }).get('trigger s.t.x') as SnapshotObject;
    const wanted = new Map(
      Object.entries(lockObjects(was)).map(([name, object]) => [name, expected(object)]),
    );
    const actual: Snapshot = new Map([...was, ['trigger s.t.x', { ...there, belongsTo }]]);
    const { differences } = diff(wanted, actual, { ignore: [], accepted: {}, texts: () => null });
    expect(shown(differences)).toEqual(['+ trigger s.t.x (reported)']);
  });

  test('what was accepted is none, as long as it is what was accepted', () => {
    const accepted = { 'trigger s.t.x': hashText(trigger) };
    expect(compare(table, { ...table, 'trigger s.t.x': trigger }, { accepted }).differences).toEqual([]);
    const other = { ...table, 'trigger s.t.x': `${trigger} DISABLED` };
    expect(shown(compare(table, other, { accepted }).differences)).toEqual(['+ trigger s.t.x (drift)']);
  });
});

test.each([
  ['table s.t', 's'],
  ['column "S.t"."T""x".a', '"S.t"'],
  ['function s.f(a integer)', 's'],
  ['operator s.<#(s.pair,s.pair)', 's'],
  ['comment function s.f(integer)', 's'],
  ['comment table constraint c on s.t', 's'],
  ['comment schema s', 's'],
  ['owner routine s.f(a integer)', 's'],
  ['schema s', null],
  ['extension pg_trgm', null],
  ['publication "a.b"', null],
  ['event trigger watch', null],
])('%s is in the schema %s', (object, schema) => {
  expect(schemaOf(object)).toBe(schema);
});

test('the severity of an index does not hang on its text being known', () => {
  const was = snapshotOf({ 'unique index s.t.i': 'x', 'index s.t.j': 'x' });
  const wanted = new Map(Object.entries(lockObjects(was)).map(([name, object]) => [name, expected(object)]));
  const { differences } = diff(wanted, new Map(), { ignore: [], accepted: {}, texts: () => null });
  expect(shown(differences)).toEqual(['- index s.t.j (reported)', '- unique index s.t.i (drift)']);
});

const old = 'definition, PostgreSQL 14 and 15';
const now = 'definition, PostgreSQL 16 and later';
const leftOpen = 'TimescaleDB, compression left to its defaults';
const view = (facets: Record<string, string>): Objects => ({ 'view s.v': { text: 'returns a', facets } });

test.each<[string, Record<string, string>, Record<string, string>, string[], string[]]>([
  ['spelled otherwise: unverified, as it is expected', { [old]: 'x' }, { [now]: 'y' }, [], [old]],
  ['expected nowhere: unverified', {}, { [now]: 'y' }, [], [now]],
  ['there and expected: it counts', { [now]: 'x' }, { [now]: 'y' }, [now], []],
  ['expected in both spellings: one is enough', { [old]: 'x', [now]: 'y' }, { [now]: 'y' }, [], []],
  ['expected in both, and differing in its own', { [old]: 'x', [now]: 'y' }, { [old]: 'z' }, [old], []],
  ['another facet besides', { [old]: 'x', TimescaleDB: 't' }, { [old]: 'x' }, [], ['TimescaleDB']],
  ['empty, where the other side cannot have it', { TimescaleDB: '' }, {}, [], []],
  ['empty, where nothing could be expected', {}, { TimescaleDB: '' }, [], []],
  ['empty, where it is expected', { TimescaleDB: 't' }, { TimescaleDB: '' }, ['TimescaleDB'], []],
  ['expected empty, and is not', { TimescaleDB: '' }, { TimescaleDB: 't' }, ['TimescaleDB'], []],
  [
    'left open, and chosen by an older version',
    { [leftOpen]: 'orderby' },
    { [leftOpen]: '' },
    [],
    [leftOpen],
  ],
  ['chosen, and left open', { [leftOpen]: '' }, { [leftOpen]: 'orderby' }, [leftOpen], []],
  ['one lacking and one surplus', { TimescaleDB: 't' }, { [now]: 'x' }, [], ['TimescaleDB', now]],
])('a facet that is %s', (_, was, is, changed, unverified) => {
  const comparison = compare(view(was), view(is));
  expect(comparison.differences).toMatchObject(
    changed.map((facet) => ({
      object: 'view s.v',
      facet,
      expected: was[facet],
      actual: is[facet],
      severity: 'drift',
    })),
  );
  expect(comparison.unverified).toEqual(unverified.map((facet) => `view s.v: ${facet}`));
});

test('what is all facet, and what a side cannot have, is unverified and never extra', () => {
  const named: Objects = { 'not null s.t.a': { text: '', facets: { name: 'n' } } };
  expect(compare(named, {})).toEqual({ differences: [], unverified: ['not null s.t.a: name'] });
  expect(compare({}, named)).toEqual({ differences: [], unverified: [] });
});

describe('what only a server with TimescaleDB can have', () => {
  const offered: Objects = { 'schema s': { text: 'schema', facets: { TimescaleDB: '' } } };
  const plain: Objects = { 'schema s': 'schema' };
  const there: Objects = {
    ...offered,
    'extension timescaledb': 'in public',
    'view s.daily': { text: 'returns a', facets: { TimescaleDB: 'continuous aggregate' } },
    'index s.daily.i': 'CREATE INDEX i ON s.daily (a)',
  };
  const objects = ['extension timescaledb', 'index s.daily.i', 'view s.daily'];

  test('is unverified where the server does not offer it', () => {
    expect(compare(there, plain)).toEqual({
      differences: [],
      unverified: objects.map((object) => `${object}: TimescaleDB`),
    });
  });

  test('is missing where it does', () => {
    expect(shown(compare(there, offered).differences)).toEqual([
      '- extension timescaledb (drift)',
      '- view s.daily (drift)',
    ]);
  });

  test('is no extra where the lock was written without it; where it was written with it, it is', () => {
    const created = { ...offered, 'extension timescaledb': 'in public' };
    expect(compare(plain, created)).toEqual({
      differences: [],
      unverified: ['extension timescaledb: TimescaleDB'],
    });
    expect(shown(compare(offered, created).differences)).toEqual(['+ extension timescaledb (reported)']);
  });
});

test('what is ignored or was accepted does not count, as long as it is what was accepted', () => {
  const changed = { ...table, 'column s.t.a': 'text' };
  expect(compare(table, changed, { ignore: ['column s.*.a'] }).differences).toEqual([]);
  const accepted = { 'column s.t.a': expected(lockObjects(snapshotOf(changed))['column s.t.a'] ?? '').hash };
  expect(compare(table, changed, { accepted }).differences).toEqual([]);
  const other = compare(table, { ...table, 'column s.t.a': 'date' }, { accepted });
  expect(hasDrift(other)).toBe(true);
});

test.each([
  ['column "S.t"."T""x".a', '"S.t"."T""x"'],
  ['comment table column s.t.a', 's.t'],
  ['comment table s.t', 's.t'],
  ['comment foreign table column s.t."a b"', 's.t'],
  ['comment table constraint c on s.t', 's.t'],
  ['comment index s.i', null],
  ['owner relation s.t', 's.t'],
  ['privileges column s.t.a', 's.t'],
  ['owner schema s', null],
  ['unique index s.t.i', 's.t'],
  ['materialized view s.v', 's.v'],
  ['type s.e', null],
])('%s belongs to %s', (object, parent) => {
  expect(parentOf(object)).toBe(parent);
});
