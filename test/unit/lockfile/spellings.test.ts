import { snapshotFormat } from '../../../src/core/snapshot-format.ts';
import { type Lock, lockFormat } from '../../../src/lockfile/lockfile.ts';
import { keepSpellings } from '../../../src/lockfile/spellings.ts';
import type { Side } from '../../../src/schema/compare/facets.ts';
import { deltaBetween, lockObjects } from '../../../src/schema/compare/locked-objects.ts';
import { snapshotOf } from '../../support/snapshot.ts';

const old = 'definition, PostgreSQL 14 and 15';
const now = 'definition, PostgreSQL 16 and later';
const nameOf = 'constraint, PostgreSQL 18 and later';

type Schema = Parameters<typeof snapshotOf>[0];
/** A version: the checksum of its file, and the schema after it. */
type Step = readonly [checksum: string, schema: Schema];

function lockOf(first: Step, ...more: readonly Step[]): Lock {
  const steps = [first, ...more].map(([checksum, schema]) => ({ checksum, made: snapshotOf(schema) }));
  const migrations = steps
    .slice(1)
    .map(({ checksum, made }, at) => [
      `2025010${at + 2}000000`,
      { checksum, down: null, delta: deltaBetween((steps[at] as (typeof steps)[number]).made, made) },
    ]);
  return {
    format: lockFormat,
    snapshotFormat,
    app: 'default',
    options: { ignore: [], privileges: false },
    baseline: {
      version: '20250101000000',
      checksum: first[0],
      objects: lockObjects((steps[0] as (typeof steps)[number]).made),
    },
    migrations: Object.fromEntries(migrations),
    superseded: [],
  };
}

const view = (facets: Record<string, string>, text = 'returns a') => ({ 'view s.v': { text, facets } });
const table = { 'table s.t': 'table', 'column s.t.a': 'integer' };
const named = { 'not null s.t.a': { text: '', facets: { [nameOf]: 'given' } } };
const timescale = (text: string) => ({ 'table s.t': { text: 'table', facets: { TimescaleDB: text } } });
const on = (major: number, hasTimescale = false): Side => ({ major, hasTimescale });

interface Case {
  readonly title: string;
  readonly made: Lock;
  readonly was: Lock;
  readonly side: Side;
  readonly kept: Lock;
}

const both = view({ [old]: 'o', [now]: 'n' });
const cases: readonly Case[] = [
  {
    title: 'a facet that this major spells otherwise is kept beside its own',
    made: lockOf(['b', view({ [now]: 'n' })]),
    was: lockOf(['b', view({ [old]: 'o' })]),
    side: on(18),
    kept: lockOf(['b', both]),
  },
  {
    title: 'the other way round',
    made: lockOf(['b', view({ [old]: 'o' })]),
    was: lockOf(['b', view({ [now]: 'n' })]),
    side: on(15),
    kept: lockOf(['b', both]),
  },
  {
    title: 'a facet that this major can have, and has not, is dropped',
    made: lockOf(['b', view({})]),
    was: lockOf(['b', both]),
    side: on(18),
    kept: lockOf(['b', view({ [old]: 'o' })]),
  },
  {
    title: 'not where the file was edited',
    made: lockOf(['edited', view({ [now]: 'n' })]),
    was: lockOf(['b', both]),
    side: on(18),
    kept: lockOf(['edited', view({ [now]: 'n' })]),
  },
  {
    title: 'not where the text is another',
    made: lockOf(['b', view({ [now]: 'n' }, 'returns b')]),
    was: lockOf(['b', both]),
    side: on(18),
    kept: lockOf(['b', view({ [now]: 'n' }, 'returns b')]),
  },
  {
    title: 'not where the facet that both have is another',
    made: lockOf(['b', view({ [now]: 'other' })]),
    was: lockOf(['b', both]),
    side: on(18),
    kept: lockOf(['b', view({ [now]: 'other' })]),
  },
  {
    title:
      'what later files make is dropped from the first on that was edited, and what stood before it stays',
    made: lockOf(
      ['b', view({ [now]: 'n' })],
      ['edited', { ...view({ [now]: 'n' }), 'view s.w': { text: 'w', facets: { [now]: 'w' } } }],
    ),
    was: lockOf(
      ['b', both],
      ['m', { ...both, 'view s.w': { text: 'w', facets: { [old]: 'w', [now]: 'w' } } }],
    ),
    side: on(18),
    kept: lockOf(['b', both], ['edited', { ...both, 'view s.w': { text: 'w', facets: { [now]: 'w' } } }]),
  },
  {
    title: 'a new migration leaves what it does not touch as it is known',
    made: lockOf(['b', view({ [now]: 'n' })], ['m', { ...view({ [now]: 'n' }), ...table }]),
    was: lockOf(['b', both]),
    side: on(18),
    kept: lockOf(['b', both], ['m', { ...both, ...table }]),
  },
  {
    title: 'an object that is nothing but facets of other majors stays, and goes with its column',
    made: lockOf(['b', table], ['m', { 'table s.t': 'table' }]),
    was: lockOf(['b', { ...table, ...named }]),
    side: on(15),
    kept: lockOf(['b', { ...table, ...named }], ['m', { 'table s.t': 'table' }]),
  },
  {
    title: 'it goes where this major could have it',
    made: lockOf(['b', table]),
    was: lockOf(['b', { ...table, ...named }]),
    side: on(18),
    kept: lockOf(['b', table]),
  },
  {
    title: 'what a migration changes on servers with TimescaleDB alone stays where there is none',
    made: lockOf(['b', { 'table s.t': 'table' }], ['m', { 'table s.t': 'table' }]),
    was: lockOf(['b', timescale('hypertable')], ['m', timescale('with a policy')]),
    side: on(18),
    kept: lockOf(['b', timescale('hypertable')], ['m', timescale('with a policy')]),
  },
  {
    title: 'the extension and an aggregate of servers with TimescaleDB stay where there is none',
    made: lockOf(['b', table]),
    was: lockOf([
      'b',
      {
        ...table,
        'extension timescaledb': 'in public',
        'view s.v': { text: 'v', facets: { TimescaleDB: 'continuous aggregate' } },
        'view s.w': { text: 'w', facets: { TimescaleDB: '' } },
      },
    ]),
    side: on(18),
    kept: lockOf([
      'b',
      {
        ...table,
        'extension timescaledb': 'in public',
        'view s.v': { text: 'v', facets: { TimescaleDB: 'continuous aggregate' } },
      },
    ]),
  },
  {
    title: 'with TimescaleDB there, a table that is none of its own is a plain one',
    made: lockOf(['b', { 'table s.t': 'table' }]),
    was: lockOf(['b', timescale('hypertable')]),
    side: on(18, true),
    kept: lockOf(['b', { 'table s.t': 'table' }]),
  },
  {
    title: 'another baseline: nothing',
    made: lockOf(['b', view({ [now]: 'n' })]),
    was: { ...lockOf(['b', both]), baseline: { ...lockOf(['b', both]).baseline, version: '20240101000000' } },
    side: on(18),
    kept: lockOf(['b', view({ [now]: 'n' })]),
  },
];

test.each(cases)('$title', ({ made, was, side, kept }) => {
  expect(keepSpellings(made, was, side)).toEqual(kept);
});
