import { snapshotFormat } from '../../../src/core/snapshot-format.ts';
import { acceptedIn, contradictions, outdatedIn, readRow } from '../../../src/ledger/rows.ts';
import { advisoryKey, creationKey } from '../../../src/ledger/table.ts';
import { baselineOf, rowOf, versionOf } from '../../support/migration-set.ts';

const raw = {
  app: 'default',
  version: versionOf(3),
  name: 'm3',
  kind: 'migration',
  origin: 'applied',
  state: 'done',
  checksum: 'abc',
  started_at: '2025-02-01T10:00:00+00:00',
  finished_at: '2025-02-01T10:00:01+00:00',
  duration_ms: 1000,
  applied_by: 'owner',
  slipway: '0.1.0',
  accepted: {},
  format: 1,
};

test('a row as the server gives it', () => {
  expect(readRow(raw)).toEqual(rowOf(3, { checksum: 'abc' }));
});

test('columns of a later format are passed over, those that are missing are empty', () => {
  const { name, duration_ms, applied_by, ...less } = raw;
  expect(readRow({ ...less, colour: 'red' })).toMatchObject({ name: '', durationMs: null, appliedBy: '' });
});

test.each([
  [null, { accepted: {}, tokens: null }],
  [{ objects: { 'table a': null } }, { accepted: { 'table a': null }, tokens: null }],
  [
    { objects: { 'table a': null, 'table b': 'hash' }, snapshotFormat },
    { accepted: { 'table a': null, 'table b': 'hash' }, tokens: null },
  ],
  [
    { objects: { 'table a': null, 'table b': 'hash' } },
    { accepted: { 'table a': null }, outdated: ['table b'], tokens: null },
  ],
  [
    { objects: { 'table b': 'hash' }, snapshotFormat: snapshotFormat - 1 },
    { accepted: {}, outdated: ['table b'], tokens: null },
  ],
  [
    { tokens: '1:abc', other: 1 },
    { accepted: {}, tokens: '1:abc' },
  ],
  [
    { objects: 3, tokens: 4 },
    { accepted: {}, tokens: null },
  ],
])('what was accepted: %j', (accepted, read) => {
  expect(readRow({ ...raw, accepted })).toMatchObject(read);
});

test('the word of a later version counts, also where it cannot be compared or can be again', () => {
  const rows = [
    rowOf(1, { accepted: { 'table a': 'one', 'table b': 'one', 'table c': null }, outdated: ['table d'] }),
    rowOf(2, { accepted: { 'table d': 'two' }, outdated: ['table a'] }),
    rowOf(3, { accepted: { 'table b': 'three' } }),
  ];
  expect(acceptedIn(rows)).toEqual({ 'table b': 'three', 'table c': null, 'table d': 'two' });
  expect([...outdatedIn(rows)]).toEqual(['table a']);
});

test.each([
  [{ version: '1' }, /version "1", which is not 14 digits/],
  [{ version: null }, /version null/],
  [{ kind: 'base' }, /20250103000000 has the kind "base"/],
  [{ origin: 'magic' }, /20250103000000 has the origin "magic"/],
  [{ state: 'failed' }, /20250103000000 has the state "failed"/],
  [{ state: null }, /20250103000000 has the state null/],
])('a row with %j is a problem', (differing, problem) => {
  expect(readRow({ ...raw, ...differing })).toEqual({ problem: expect.stringMatching(problem) });
});

const b2 = rowOf(baselineOf(2));
const running = { state: 'running', finishedAt: null } as const;
test.each([
  ['no row', [], []],
  ['a baseline and what is newer', [b2, rowOf(3), rowOf(4, running)], []],
  ['a version twice', [b2, rowOf(3), rowOf(3)], [/20250103000000 has more than one row/]],
  ['two baselines', [b2, rowOf(baselineOf(3))], [/2 rows are baselines: 20250102000000, 20250103000000/]],
  [
    'a row beneath the baseline',
    [rowOf(1), b2],
    [/20250101000000 is older than the baseline 20250102000000/],
  ],
  [
    'two that run',
    [b2, rowOf(3, running), rowOf(4, running)],
    [/2 versions are running: 20250103000000, 20250104000000/],
  ],
  [
    'all of it',
    [rowOf(1, running), b2, rowOf(baselineOf(3), running), rowOf(4), rowOf(4)],
    [/more than one row/, /are baselines/, /older than the baseline/, /are running/],
  ],
])('%s', (_, rows, problems) => {
  expect(contradictions(rows)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
});

test('each app and each ledger has a key of its own, which the server can take', () => {
  const keys = [
    advisoryKey({ schema: 'slipway', app: 'default' }),
    advisoryKey({ schema: 'slipway', app: 'other' }),
    advisoryKey({ schema: 'other', app: 'default' }),
    creationKey({ schema: 'slipway', app: 'default' }),
    creationKey({ schema: 'other', app: 'default' }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(creationKey({ schema: 'slipway', app: 'a' })).toBe(creationKey({ schema: 'slipway', app: 'b' }));
  for (const key of keys) expect(BigInt.asIntN(64, BigInt(key))).toBe(BigInt(key));
});
