import type { Change } from '../../../../src/schema/generate/changes/change.ts';
import { type ChangeOptions, changesBetween } from '../../../../src/schema/generate/changes/changes.ts';
import { orderNodes } from '../../../../src/schema/generate/changes/order.ts';
import { formatChanges } from '../../../../src/schema/generate/changes/text.ts';
import { dependenciesOf } from '../../../../src/schema/generate/describe-schema.ts';
import type { Kind } from '../../../../src/schema/kinds.ts';
import { kindOf, nameOf, parentOf } from '../../../../src/schema/model/names.ts';
import { isAssignable, isWidening, typeWarnings } from '../../../../src/schema/objects/column/widening.ts';
import { clausesOf, splitOuter } from '../../../../src/schema/objects/common/clauses.ts';
import { readForeignOptions } from '../../../../src/schema/objects/common/foreign-options.ts';
import type { SchemaGraph } from '../../../../src/schema/objects/common/schema-graph.ts';
import { describeWarnings, type Warning, warning } from '../../../../src/schema/objects/common/warnings.ts';
import { alterRoutine } from '../../../../src/schema/objects/routine/alter.ts';
import { parseTable } from '../../../../src/schema/objects/table/alter.ts';

/** A schema of `kind name` -> text, with what its names say of what depends on what. */
function graph(
  objects: Readonly<Record<string, string>>,
  edges: Readonly<Record<string, string>> = {},
): SchemaGraph {
  const snapshot = new Map(
    Object.entries(objects).map(([object, text]) => [
      object,
      { kind: kindOf(object) as Kind, name: nameOf(object), parent: parentOf(object), text, facets: {} },
    ]),
  );
  const dependencies = dependenciesOf(
    snapshot,
    Object.entries(edges).map(([object, needs]) => ({ object, needs })),
  );
  return { snapshot, dependencies, major: 18, role: 'postgres' };
}

const none = { columns: new Map<string, string>(), tables: new Map<string, string>() };
const migration: ChangeOptions = { purpose: 'migration', drops: 'write', renames: none };
const fix: ChangeOptions = { purpose: 'fix', drops: 'comment', renames: none };
const accounts = {
  'schema trading': 'schema',
  'table trading.accounts': 'table',
  'column order trading.accounts': 'id',
  'column trading.accounts.id': 'integer not null',
};

describe('types', () => {
  test.each([
    ['integer', 'bigint', true],
    ['bigint', 'integer', false],
    ['smallint', 'numeric(5,0)', true],
    ['smallint', 'numeric(5,1)', false],
    ['integer', 'real', false],
    ['bigint', 'double precision', false],
    ['real', 'double precision', true],
    ['numeric(10,2)', 'numeric(12,2)', true],
    ['numeric(10,2)', 'numeric(11,4)', false],
    ['numeric(10,2)', 'numeric', true],
    ['numeric', 'numeric(10,2)', false],
    ['character varying(9)', 'character varying(20)', true],
    ['character varying(9)', 'character varying(8)', false],
    ['character varying(9)', 'character varying', true],
    ['character varying', 'character varying(9)', false],
    ['character varying(9)', 'text', true],
    ['character varying(9)[]', 'text[]', true],
    ['character varying(9)[]', 'text', false],
    ['character(3)', 'character varying(3)', true],
    ['text', 'character varying', false],
    ['timestamp(3) with time zone', 'timestamp with time zone', true],
    ['timestamp with time zone', 'timestamp(3) with time zone', false],
    ['timestamp without time zone', 'timestamp with time zone', false],
    ['date', 'timestamp without time zone', false],
    ['s."odd type"', 's."odd type"', true],
    ['s.a', 's.b', false],
  ])('%s to %s only widens: %s', (from, to, widens) => {
    expect(isWidening(from, to)).toBe(widens);
  });

  test.each([
    ['text', 'integer', false, 'rewrites the table; fails where a value does not convert'],
    ['text', 'character varying(9)', true, 'reads the whole table; fails where a value is too long'],
    ['text', 'text[]', false, 'rewrites the table; fails where a value does not convert'],
    ['text[]', 'text', false, 'rewrites the table; fails where a value does not convert'],
    ['text[]', 'character varying(9)[]', true, 'rewrites the table; fails where a value does not convert'],
    ['double precision', 'real', true, 'rewrites the table; rounds values, fails where one is out of range'],
    ['integer', 'bigint', true, 'rewrites the table'],
    ['character varying(9)', 'text', true, null],
    ['s.mood', 'text', true, 'rewrites the table; fails where a value does not convert'],
    ['text', 's.mood', false, 'rewrites the table; fails where a value does not convert'],
  ])('%s to %s needs no USING: %s', (from, to, assignable, text) => {
    expect([isAssignable(from, to), describeWarnings(typeWarnings(from, to))]).toEqual([
      assignable,
      text ?? '',
    ]);
  });
});

describe('descriptions', () => {
  test('are split outside of brackets and quotes only', () => {
    expect(splitOuter(`a, (b, c), 'd, e', "f, g"`)).toEqual(['a', '(b, c)', `'d, e'`, '"f, g"']);
    expect(
      clausesOf(`unlogged table of s."of x" with 'with y'`, ['unlogged', 'table', 'of', 'with']),
    ).toEqual({
      unlogged: '',
      table: '',
      of: 's."of x"',
      with: `'with y'`,
    });
    expect([...readForeignOptions(`host 'a, b', "a, ""b" 'it''s', password`)]).toEqual([
      ['host', 'a, b'],
      ['a, "b', "it's"],
      ['password', null],
    ]);
  });

  test('of a table tell a partition from its bounds', () => {
    expect(
      parseTable(
        `table partition by LIST (n) partition of s."of t" FOR VALUES IN ('forced', 'server') forced`,
      ),
    ).toMatchObject({
      partitionBy: 'LIST (n)',
      partitionOf: { parent: 's."of t"', bounds: `FOR VALUES IN ('forced', 'server')` },
      isForced: true,
      hasRowSecurity: false,
      server: null,
    });
  });

  test.each([
    ['another body', '(x integer)\n RETURNS integer\n LANGUAGE sql\nRETURN 2', 'steps'],
    ['a default more', '(x integer DEFAULT 1)\n RETURNS integer\n LANGUAGE sql\nRETURN 1', 'steps'],
    ['another result', '(x integer)\n RETURNS bigint\n LANGUAGE sql\nRETURN 1', 'recreate'],
    ['another argument', '(y integer)\n RETURNS integer\n LANGUAGE sql\nRETURN 1', 'recreate'],
  ])('of a function say whether it can be replaced: %s', (_, text, way) => {
    const object = (definition: string) => ({
      kind: 'function' as const,
      name: 's.f(x integer)',
      parent: null,
      text: `CREATE OR REPLACE FUNCTION s.f${definition}`,
      facets: {},
    });
    const before = object('(x integer)\n RETURNS integer\n LANGUAGE sql\nRETURN 1');
    expect(alterRoutine({ kind: 'function', name: before.name, before, after: object(text) }).way).toBe(way);
  });
});

describe('order', () => {
  const node = (id: string, ...after: string[]) => ({ id, rank: [id], after: new Set(after) });
  test.each([
    ['by rank where nothing is needed', [node('b'), node('a')], 'a b'],
    ['what is needed first', [node('a', 'c'), node('b'), node('c')], 'b c a'],
    ['what comes free goes to its place', [node('a', 'b'), node('b', 'c'), node('c'), node('d')], 'c b a d'],
    ['a circle is broken by rank', [node('b', 'a'), node('a', 'b'), node('c', 'a')], 'a b c'],
    ['what is needed and not done is no matter', [node('a', 'x')], 'a'],
  ])('%s', (_, nodes, order) => {
    expect(
      orderNodes(nodes)
        .map(({ id }) => id)
        .join(' '),
    ).toBe(order);
  });
});

describe('changes', () => {
  test('a column with a default is added as a person would write it', () => {
    const after = graph({ ...accounts, 'column trading.accounts.x': `text not null default 'y'::text` });
    for (const options of [migration, fix])
      expect(formatChanges(changesBetween(graph(accounts), after, options), [])).toBe(
        `ALTER TABLE trading.accounts ADD COLUMN x text NOT NULL DEFAULT 'y';\n`,
      );
  });

  test('nothing differs: no change, and no text', () => {
    const changes = changesBetween(graph(accounts), graph(accounts), migration);
    expect(changes).toEqual([]);
    expect(formatChanges(changes, [])).toBe('');
  });

  test('a fix leaves a column that somebody has to fill; a migration says that it fails', () => {
    const after = graph({ ...accounts, 'column trading.accounts.x': 'text not null' });
    expect(changesBetween(graph(accounts), after, fix)).toEqual([
      {
        kind: 'manual',
        object: 'column trading.accounts.x',
        difference: 'should be: text not null',
        reason: expect.stringContaining('without a default'),
      },
    ]);
    expect(changesBetween(graph(accounts), after, migration)).toMatchObject([
      { kind: 'statement', warnings: [{ kind: 'failsOnRows' }] },
    ]);
  });

  test.each([
    ['a fix does not touch what is extra', fix, []],
    [
      'a migration drops it, and says what that loses',
      migration,
      [
        {
          kind: 'statement',
          sql: 'ALTER TABLE trading.accounts DROP COLUMN x',
          object: 'column trading.accounts.x',
          warnings: [{ kind: 'losesColumn', about: ['trading.accounts.x'] }],
        },
      ],
    ],
    [
      'a migration that is not to drop only says how',
      { ...migration, drops: 'comment' as const },
      [
        {
          kind: 'manual',
          object: 'column trading.accounts.x',
          difference: 'is: text',
          reason: expect.stringContaining('nothing is dropped'),
          sql: ['ALTER TABLE trading.accounts DROP COLUMN x'],
        },
      ],
    ],
  ])('%s', (_, options, changes) => {
    const before = graph({ ...accounts, 'column trading.accounts.x': 'text' });
    expect(changesBetween(before, graph(accounts), options)).toEqual(changes);
  });

  test('a fix changes a type only where nothing can be lost', () => {
    const before = graph({ ...accounts, 'column trading.accounts.x': 'bigint' });
    const after = graph({ ...accounts, 'column trading.accounts.x': 'integer' });
    expect(changesBetween(before, after, fix)).toMatchObject([
      { kind: 'manual', object: 'column trading.accounts.x' },
    ]);
    expect(changesBetween(after, before, fix)).toMatchObject([
      { kind: 'statement', sql: 'ALTER TABLE trading.accounts ALTER COLUMN x TYPE bigint' },
    ]);
  });

  test('a new label of an enum is not used before it is committed', () => {
    const at = (labels: string, fallback: string): SchemaGraph =>
      graph(
        {
          ...accounts,
          'type s.e': `enum (${labels})`,
          'column trading.accounts.x': `s.e default ${fallback}`,
        },
        { 'column trading.accounts.x': 'type s.e' },
      );
    expect(changesBetween(at(`'a'`, `'a'::s.e`), at(`'a', 'b'`, `'b'::s.e`), migration)).toMatchObject([
      { kind: 'statement', sql: `ALTER TYPE s.e ADD VALUE 'b'`, object: 'type s.e' },
      {
        kind: 'manual',
        object: 'column trading.accounts.x',
        reason: expect.stringContaining('committed first'),
      },
    ]);
  });

  test('what is renamed keeps what is of it', () => {
    const of = (name: string): SchemaGraph =>
      graph({
        ...accounts,
        [`column trading.accounts.${name}`]: 'integer default 3',
        'index trading.accounts.i': `CREATE INDEX i ON trading.accounts USING btree (${name}) WHERE (${name} > 3)`,
        'constraint trading.accounts.k': `CHECK ((${name} > 0))`,
      });
    const renames = { ...none, columns: new Map([['trading.accounts.old', 'new']]) };
    expect(changesBetween(of('old'), of('new'), { ...migration, renames })).toEqual([
      {
        kind: 'statement',
        sql: 'ALTER TABLE trading.accounts RENAME COLUMN old TO new',
        object: 'column trading.accounts.old',
        warnings: [],
      },
    ]);
  });
});

test.each([
  ['double precision', 'numeric', ['TYPE numeric USING id::text::numeric']],
  [
    'timestamp without time zone',
    'timestamp with time zone',
    ["TYPE timestamptz USING id AT TIME ZONE 'UTC'"],
  ],
  [
    'timestamp(3) with time zone',
    'timestamp without time zone',
    ["TYPE timestamp USING id AT TIME ZONE 'UTC'"],
  ],
  ["text default 'a'::text", 'trading.mood', ['DROP DEFAULT', 'TYPE trading.mood USING id::trading.mood']],
])('a fix leaves %s to %s to a person, with what would do it', (from, to, alterations) => {
  const of = (type: string) => graph({ ...accounts, 'column trading.accounts.id': type });
  const [left, ...others] = changesBetween(of(from), of(to), fix);
  expect(others).toEqual([]);
  expect(left).toMatchObject({
    kind: 'manual',
    reason: expect.stringMatching(/does not hold every value of/),
    sql: alterations.map((one) => `ALTER TABLE trading.accounts ALTER COLUMN id ${one}`),
  });
});

test('a file has what is left in its first lines, and what a statement may cost above it', () => {
  const statement = (object: string, sql: string, ...warnings: readonly Warning[]): Change => ({
    kind: 'statement',
    sql,
    object,
    warnings,
  });
  const changes: readonly Change[] = [
    statement('column t.a', 'ALTER 1', warning('rewritesTable')),
    statement('column t.a', 'ALTER 2'),
    statement('column t.b', 'ALTER 3'),
    {
      kind: 'manual',
      object: 'type e',
      difference: 'is: x\nshould be: y',
      reason: 'it cannot',
      sql: ['DROP z'],
    },
  ];
  expect(formatChanges(changes, ['add things', '', 'Read it.'])).toBe(
    `-- add things
--
-- Read it.

-- Left for you, 1:
-- - type e: it cannot
--     is: x
--     should be: y
--     DROP z;

-- Rewrites the table.
ALTER 1;
ALTER 2;

ALTER 3;
`,
  );
});
