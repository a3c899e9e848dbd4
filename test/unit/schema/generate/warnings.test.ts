import { withChunks } from '../../../../src/reconcile/compressed-chunks.ts';
import type { Change } from '../../../../src/schema/generate/changes/change.ts';
import { changesBetween } from '../../../../src/schema/generate/changes/changes.ts';
import { dependenciesOf } from '../../../../src/schema/generate/describe-schema.ts';
import { parentOf } from '../../../../src/schema/model/names.ts';
import type { WarningKind } from '../../../../src/schema/objects/common/warnings.ts';
import { type Described, snapshotOf } from '../../../support/snapshot.ts';

type Objects = Readonly<Record<string, Described | string>>;

const start: Objects = {
  'schema s': 'schema',
  'table s.t': 'table',
  'column order s.t': 'a, b',
  'column s.t.a': 'integer',
  'column s.t.b': 'text',
};

function graphOf(objects: Objects) {
  const snapshot = new Map(
    [...snapshotOf({ ...start, ...objects })]
      .filter(([, { text }]) => text !== 'gone')
      .map(([object, found]) => [object, { ...found, parent: parentOf(object) }] as const),
  );
  return { snapshot, dependencies: dependenciesOf(snapshot, []), major: 18, role: 'postgres' };
}

interface Example {
  readonly before?: Objects;
  readonly after?: Objects;
  readonly isFix?: true;
}

const hypertable = {
  'table s.t': {
    text: 'table',
    facets: { TimescaleDB: 'Time dimension a timestamp with time zone interval 7 days' },
  },
};
const aggregate = {
  text: 'returns day integer\nreads s.t.a',
  facets: {
    'definition, PostgreSQL 16 and later': ' SELECT 1 AS day;',
    TimescaleDB: 'continuous aggregate\nchunk interval 70 days',
  },
};
const compressed = (by: string): Objects => ({
  'table s.t': {
    text: 'table',
    facets: {
      TimescaleDB: 'Time dimension a timestamp with time zone interval 7 days\ncompressed',
      'TimescaleDB, compress_segmentby': by,
      'TimescaleDB, compress_orderby': 'a desc nulls first',
    },
  },
});
const sequence = 'sequence as bigint start 1 increment 1 minvalue 1 maxvalue 9223372036854775807 cache 1';

const sqlFunction = (name: string, called: string): string =>
  `CREATE OR REPLACE FUNCTION s.${name}()\n RETURNS integer\n LANGUAGE sql\nAS $function$ SELECT s.${called}() $function$`;

/** Each kind, with two schemas between which it is raised. */
const examples: Readonly<Record<Exclude<WarningKind, 'refusedWhileCompressed'>, Example>> = {
  rewritesTable: { after: { 'column s.t.a': 'bigint' } },
  readsTable: {
    before: { 'column s.t.b': 'character varying(9)' },
    after: { 'column s.t.b': 'character varying(8)' },
  },
  buildsIndex: { after: { 'constraint s.t.k': 'UNIQUE (a)' } },
  rebuildsIndexes: { after: { 'column s.t.b': 'text collate pg_catalog."C"' } },
  blocksWrites: { after: { 'unique index s.t.i': 'CREATE UNIQUE INDEX i ON s.t USING btree (a)' } },
  blocksWritesUnless: { after: { 'index s.t.i': 'CREATE INDEX i ON s.t USING btree (a)' } },
  movesTable: { before: { 'options s.t': 'tablespace slow' }, after: { 'options s.t': 'tablespace fast' } },
  movesIndex: {
    before: {
      'index s.t.i': 'CREATE INDEX i ON s.t USING btree (a)',
      'index options s.t.i': 'tablespace slow',
    },
    after: {
      'index s.t.i': 'CREATE INDEX i ON s.t USING btree (a)',
      'index options s.t.i': 'tablespace fast',
    },
  },
  movesRows: { before: { 'table s.t': { text: 'table', facets: { TimescaleDB: '' } } }, after: hypertable },
  needsSuperuser: {
    before: {
      'constraint s.t.f': 'FOREIGN KEY (a) REFERENCES s.t(a)',
      'enforcement s.t.f': 'ENABLE ALWAYS',
    },
    after: {
      'constraint s.t.f': 'FOREIGN KEY (a) REFERENCES s.t(a)',
      'enforcement s.t.f': 'DISABLED',
    },
  },
  failsToMove: { before: { 'extension x': 'in s' }, after: { 'extension x': 'in public' } },
  failsOnCompressed: { before: compressed('b'), after: hypertable },
  failsOnNull: { after: { 'column s.t.a': 'integer not null' } },
  failsOnRows: { after: { 'column s.t.c': 'integer not null' } },
  failsOnViolation: { after: { 'constraint s.t.k': 'CHECK ((a > 1))' } },
  failsOutOfBounds: {
    before: { 'table s.p': 'table partition by LIST (a)' },
    after: {
      'table s.p': 'table partition by LIST (a)',
      'table s.t': 'table partition of s.p FOR VALUES IN (1)',
    },
  },
  failsOnLongValue: {
    before: { 'column s.t.b': 'character varying(9)' },
    after: { 'column s.t.b': 'character varying(8)' },
  },
  failsToConvert: { after: { 'column s.t.b': 'integer' } },
  rounds: { before: { 'column s.t.a': 'numeric' }, after: { 'column s.t.a': 'integer' } },
  losesRows: { after: Object.fromEntries(Object.keys(start).map((object) => [object, 'gone'])) },
  losesColumn: { after: { 'column s.t.b': 'gone' } },
  losesAggregate: { before: { ...hypertable, 'view s.v': aggregate }, after: hypertable },
  losesAttribute: {
    before: { 'type s.y': 'composite (a integer, b text)' },
    after: { 'type s.y': 'composite (a integer)' },
  },
  losesPosition: { before: { 'sequence s.q': sequence }, after: {} },
  madeAgain: {
    before: { 'constraint s.t.k': 'CHECK ((a > 1))' },
    after: { 'constraint s.t.k': 'CHECK ((a > 2))' },
  },
  refreshAfterwards: {
    before: { ...hypertable, 'view s.v': aggregate },
    after: { ...hypertable, 'view s.v': aggregate, 'column s.t.a': 'bigint' },
  },
  identityContinues: {
    before: { 'sequence s.t_a_seq': `${sequence} owned by s.t.a`, 'column s.t.a': 'integer not null' },
    after: {
      'sequence s.t_a_seq': `${sequence} owned by s.t.a`,
      'column s.t.a': 'integer not null generated always as identity',
    },
  },
  newChunksOnly: {
    before: { ...hypertable, 'view s.v': aggregate },
    after: {
      ...hypertable,
      'view s.v': {
        ...aggregate,
        facets: { ...aggregate.facets, TimescaleDB: 'continuous aggregate\nchunk interval 7 days' },
      },
    },
  },
  newlyCompressedOnly: { before: compressed('b'), after: compressed('a') },
  movesIntoLimits: {
    before: { 'sequence s.q': sequence },
    after: { 'sequence s.q': sequence.replace('9223372036854775807', '100') },
  },
  usableLater: { before: { 'type s.e': "enum ('a')" }, after: { 'type s.e': "enum ('a', 'b')" } },
  unchecked: {
    after: {
      'function s.f()': sqlFunction('f', 'g'),
      'function s.g()': sqlFunction('g', 'f'),
    },
  },
  takesAway: { before: { 'constraint s.t.k': 'CHECK ((a > 1))' }, after: {}, isFix: true },
  columnStays: { before: { 'column s.t.c': 'integer not null' }, after: {}, isFix: true },
  leftToYou: { after: { 'sequence s.q': sequence }, isFix: true },
};

function changesOf({ before = {}, after = {}, isFix }: Example): readonly Change[] {
  return changesBetween(graphOf(before), graphOf(after), {
    drops: isFix ? 'comment' : 'write',
    purpose: isFix ? 'fix' : 'migration',
    renames: { columns: new Map(), tables: new Map() },
  });
}

const kindsIn = (changes: readonly Change[]): readonly WarningKind[] =>
  changes.flatMap((change) => (change.kind === 'statement' ? change.warnings.map(({ kind }) => kind) : []));

test.each(Object.entries(examples))('%s is raised', (kind, example) => {
  const changes = changesOf(example);
  expect({ changes, kinds: kindsIn(changes) }).toMatchObject({ kinds: expect.arrayContaining([kind]) });
});

test('refusedWhileCompressed is raised', () => {
  const after = { ...compressed('b'), 'column s.t.a': 'bigint' };
  const changes = withChunks(
    changesOf({ before: compressed('b'), after }),
    new Map([['s.t', ['c.one']]]),
    graphOf(compressed('b')),
  );
  expect(kindsIn(changes)).toContain('refusedWhileCompressed');
});
