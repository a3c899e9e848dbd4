import { snapshotFormat } from '../../../src/core/snapshot-format.ts';
import {
  compareWith,
  findMatch,
  isContrary,
  ownObjects,
  relationsAmong,
} from '../../../src/inspect/match.ts';
import { expectedAt, type Lock, lockFormat } from '../../../src/lockfile/lockfile.ts';
import { acceptDifferences, matches, recordedVersions } from '../../../src/migrate/adopt.ts';
import type { MigrationSet } from '../../../src/migrations/migration.ts';
import { hashText } from '../../../src/schema/catalog/snapshot.ts';
import { diff } from '../../../src/schema/compare/diff.ts';
import { deltaBetween, lockObjects } from '../../../src/schema/compare/locked-objects.ts';
import type { Snapshot } from '../../../src/schema/model/object.ts';
import { type Described, snapshotOf } from '../../support/snapshot.ts';

const none = () => null;
const [v1, v2, v3, v4] = ['20250101000000', '20250102000000', '20250103000000', '20250104000000'] as const;
const first = {
  'schema s': 'schema',
  'table s.a': 'table',
  'column s.a.x': 'integer default 1',
  'column order s.a': 'x',
};
/** Only data lies between the second and the third. */
const second = { ...first, 'table s.b': 'table', 'column s.b.y': 'text' };
const fourth: Record<string, Described> = { ...second, 'column s.a.x': 'bigint default 1' };

function lockOf(ignore: readonly string[] = []): Lock {
  const steps = [first, second, second, fourth].map(snapshotOf);
  const delta = (index: number) => ({
    checksum: '',
    down: null,
    delta: deltaBetween(steps[index - 1] as Snapshot, steps[index] as Snapshot),
  });
  return {
    format: lockFormat,
    snapshotFormat,
    app: 'default',
    options: { ignore, privileges: false },
    baseline: { version: v1, checksum: '', objects: lockObjects(steps[0] as Snapshot) },
    migrations: { [v2]: delta(1), [v3]: delta(2), [v4]: delta(3) },
    superseded: [],
  };
}

const found: readonly (readonly [title: string, objects: Record<string, Described>, match: object])[] = [
  ['the first', first, { kind: 'one', version: v1 }],
  ['two that are the same', second, { kind: 'several', versions: [v2, v3] }],
  ['the last', fourth, { kind: 'one', version: v4 }],
  ['with extra objects', { ...fourth, 'table t.other': 'table' }, { kind: 'one', version: v4 }],
  [
    'with an extra object that decides about rows',
    { ...fourth, 'policy s.a.all': 'permissive' },
    { kind: 'none', closest: v4 },
  ],
  ['in another order of columns', { ...fourth, 'column order s.a': 'z, x' }, { kind: 'one', version: v4 }],
  [
    'a changed column: the closest',
    { ...first, 'column s.a.x': 'integer' },
    { kind: 'none', closest: v1, comparison: { differences: [{ kind: 'changed', object: 'column s.a.x' }] } },
  ],
  [
    'an object of a later version, and not all of them',
    { ...first, 'table s.b': 'table' },
    { kind: 'none', comparison: { differences: [expect.anything()] } },
  ],
  ['where all is gone', { 'table s.a': 'table' }, { kind: 'none', closest: v1 }],
];

test.each(found)('the version of a schema: %s', (_, objects, match) => {
  expect(findMatch(lockOf(), snapshotOf(objects), none)).toMatchObject(match);
});

test('what the lock ignores does not stand against a match', () => {
  const snapshot = snapshotOf({ ...fourth, 'column s.a.x': 'uuid' });
  expect(findMatch(lockOf(['column s.a.*']), snapshot, none)).toEqual({
    kind: 'several',
    versions: [v2, v3, v4],
    comparison: { differences: [], unverified: [] },
  });
});

test('compared with one version, an object of another one stands against it, and one that no version knows is told', () => {
  const snapshot = snapshotOf({ ...second, 'table t.other': 'table' });
  const { differences } = compareWith(lockOf(), v1, snapshot, none);
  expect(differences.map(({ kind, object, severity }) => `${kind} ${object} ${severity}`)).toEqual([
    'extra table s.b drift',
    'extra table t.other reported',
  ]);
  expect(differences.map(isContrary)).toEqual([true, false]);
});

test('what matches is told with what is extra and decides nothing', () => {
  const snapshot = snapshotOf({ ...first, 'table t.other': 'table', 'column order s.a': 'z, x' });
  expect(findMatch(lockOf(), snapshot, none)).toMatchObject({
    kind: 'one',
    version: v1,
    comparison: { differences: [{ object: 'column order s.a' }, { object: 'table t.other' }] },
  });
});

test.each([
  ['nothing', {}, []],
  ['its schema alone, and a comment on it', { 'schema s': 'schema', 'comment schema s': 'x' }, []],
  ['tables of others', { 'table public.alembic_version': 'table' }, []],
  ['a table of a later version', { 'table s.b': 'table' }, ['table s.b']],
])('what makes a database not empty: %s', (_, objects, own) => {
  expect(ownObjects(lockOf(), snapshotOf(objects))).toEqual(own);
});

test('relations are listed with schema and kind, whatever their names', () => {
  const objects = ['table "a.b"."c d"', 'materialized view s.m', 'view s.v', 'column s.a.x', 'sequence s.q'];
  expect(relationsAmong(objects)).toEqual([
    { schema: '"a.b"', name: '"c d"', kind: 'table' },
    { schema: 's', name: 'm', kind: 'materialized view' },
    { schema: 's', name: 'v', kind: 'view' },
  ]);
});

describe('what is accepted as different', () => {
  const actual = snapshotOf({ ...first, 'column s.a.x': 'integer' });
  const expected = expectedAt(lockOf(), v2);

  test('is each object as it is, those of a missing table included', () => {
    expect(acceptDifferences(expected, actual)).toEqual({
      'column s.a.x': hashText('integer'),
      'table s.b': null,
      'column s.b.y': null,
    });
  });

  test('is what is extra and decides about rows as well', () => {
    const extra = { 'trigger s.a.t': 'CREATE TRIGGER', 'index s.a.i': 'CREATE INDEX' };
    const actual = snapshotOf({ ...second, ...extra });
    expect(acceptDifferences(expected, actual)).toEqual({ 'trigger s.a.t': hashText('CREATE TRIGGER') });
    const { differences } = diff(expected, actual, {
      ignore: [],
      texts: none,
      accepted: acceptDifferences(expected, actual),
    });
    expect(differences.map(({ object }) => object)).toEqual(['index s.a.i']);
  });

  test('leaves no difference, and lets nothing else pass', () => {
    const accepted = acceptDifferences(expected, actual);
    const against = (objects: Record<string, Described>) =>
      diff(expected, snapshotOf(objects), { ignore: [], texts: none, accepted }).differences.map(
        ({ object }) => object,
      );
    expect(against({ ...first, 'column s.a.x': 'integer' })).toEqual([]);
    expect(against(second)).toEqual([]);
    expect(against({ ...first, 'column s.a.x': 'uuid' })).toEqual(['column s.a.x']);
  });
});

const comparison = { differences: [], unverified: [] };

test.each([
  [{ kind: 'one', version: v1, comparison } as const, v1, true],
  [{ kind: 'one', version: v1, comparison } as const, v2, false],
  [{ kind: 'several', versions: [v2, v3], comparison } as const, v3, true],
  [{ kind: 'several', versions: [v2, v3], comparison } as const, v4, false],
  [null, v1, false],
])('%j is a match for %s: %s', (match, version, is) => {
  expect(matches(match, version)).toBe(is);
});

test('an adopted database is recorded to have the baseline and what comes after it', () => {
  const set = {
    baseline: { version: v2 },
    migrations: [v1, v3, v4].map((version) => ({ version })),
    superseded: [],
    head: v4,
  } as unknown as MigrationSet;
  expect(recordedVersions(set, v3).map(({ version }) => version)).toEqual([v2, v3]);
});
