import { SlipwayError } from '../../../src/core/slipway-error.ts';
import { snapshotFormat } from '../../../src/core/snapshot-format.ts';
import {
  expectedAt,
  formatLock,
  type Lock,
  lockedVersions,
  lockFormat,
  parseLock,
} from '../../../src/lockfile/lockfile.ts';
import { retainedFrom } from '../../../src/lockfile/merge.ts';
import { lateFiles, lockProblems } from '../../../src/lockfile/problems.ts';
import type { Migration, MigrationSet } from '../../../src/migrations/migration.ts';
import { hashText } from '../../../src/schema/catalog/snapshot.ts';
import { deltaBetween, lockObjects } from '../../../src/schema/compare/locked-objects.ts';
import { snapshotOf } from '../../support/snapshot.ts';

const empty = { added: {}, changed: {}, removed: [] };

const lockWith = (more: Partial<Lock> = {}): Lock => ({
  format: lockFormat,
  snapshotFormat,
  app: 'default',
  options: { ignore: [], privileges: false },
  baseline: { version: '20250101000000', checksum: 'base', objects: { 'table a': 'A', 'column a.x': 'X' } },
  migrations: {
    '20250102000000': {
      checksum: 'two',
      down: 'down two',
      delta: { added: { 'table b': 'B' }, changed: { 'column a.x': 'Y' }, removed: [] },
    },
    '20250103000000': {
      checksum: 'three',
      down: null,
      delta: { added: {}, changed: {}, removed: ['table a', 'column a.x'] },
    },
  },
  superseded: [],
  ...more,
});

const file = (version: string, checksum: string, down: string | null = null): Migration => ({
  kind: 'migration',
  version,
  name: 'm',
  format: 'sql',
  source: { path: `migrations/${version}_m.sql`, text: '', checksum },
  directives: { noTransaction: false, lockTimeoutMs: null, irreversible: false },
  down:
    down === null
      ? null
      : {
          format: 'sql',
          source: { path: `migrations/${version}_m.down.sql`, text: '', checksum: down },
          directives: { noTransaction: false, lockTimeoutMs: null, irreversible: false },
        },
});

const two = file('20250102000000', 'two', 'down two');
const three = file('20250103000000', 'three');
const setOf = (migrations: readonly Migration[], more: Partial<MigrationSet> = {}): MigrationSet => ({
  baseline: {
    ...file('20250101000000', 'base'),
    kind: 'baseline',
    source: { path: 'sql/baseline.sql', text: '', checksum: 'base' },
  },
  migrations,
  superseded: [],
  head: migrations.at(-1)?.version ?? '20250101000000',
  ...more,
});

test.each([
  ['20250101000000', { 'table a': 'A', 'column a.x': 'X' }],
  ['20250102000000', { 'table a': 'A', 'column a.x': 'Y', 'table b': 'B' }],
  ['20250103000000', { 'table b': 'B' }],
])('what is expected at %s', (version, objects) => {
  const hashes = [...expectedAt(lockWith(), version)].map(([name, { hash }]) => [name, hash]);
  expect(Object.fromEntries(hashes)).toEqual(objects);
});

test('the versions that it can vouch for', () => {
  expect(lockedVersions(lockWith())).toEqual(['20250101000000', '20250102000000', '20250103000000']);
  const without = lockWith({ baseline: { version: null, checksum: null, objects: {} } });
  expect(lockedVersions(without)).toEqual(['20250102000000', '20250103000000']);
});

test('what lies between two snapshots, facets included', () => {
  const facets = (text: string) => ({ text: 'table', facets: { hypertable: text } });
  const before = snapshotOf({ 'table a': facets('by time'), 'table b': 'table', 'table c': 'table' });
  const after = snapshotOf({ 'table a': facets('by id'), 'table b': 'table', 'table d': 'view' });
  expect(deltaBetween(before, after)).toEqual({
    added: { 'table d': hashText('view') },
    changed: { 'table a': { text: hashText('table'), facets: { hypertable: hashText('by id') } } },
    removed: ['table c'],
  });
  expect(deltaBetween(after, after)).toEqual(empty);
  expect(lockObjects(after)).toEqual({
    'table a': { text: hashText('table'), facets: { hypertable: hashText('by id') } },
    'table b': hashText('table'),
    'table d': hashText('view'),
  });
});

test('what is written is read again', () => {
  expect(parseLock('sql/schema.lock.json', formatLock(lockWith()))).toEqual(lockWith());
});

const conflict = (ours: Lock, theirs: Lock): string => {
  const sides = [ours, theirs].map((lock) => formatLock(lock).trimEnd());
  return `<<<<<<< HEAD\n${sides[0]}\n||||||| base\n{}\n=======\n${sides[1]}\n>>>>>>> branch\n`;
};

test.each([
  ['', 66, /the lock file is empty/],
  ['null', 66, /not a lock file/],
  [formatLock(lockWith({ snapshotFormat: snapshotFormat - 1 })), 66, /an older Slipway wrote/],
  [JSON.stringify({ format: lockFormat, snapshotFormat }), 66, /is damaged: app/],
  [JSON.stringify({ format: lockFormat + 1, snapshotFormat }), 83, /newer Slipway/],
  [JSON.stringify({ format: lockFormat, snapshotFormat: snapshotFormat + 1 }), 83, /newer Slipway/],
  [conflict(lockWith(), lockWith()), 66, /unfinished merge/],
])('a text that is no lock: %#', (text, code, message) => {
  const parse = () => parseLock('sql/schema.lock.json', text);
  expect(parse).toThrow(SlipwayError);
  expect(parse).toThrow(expect.objectContaining({ code: code, message: expect.stringMatching(message) }));
});

test.each<[string, object]>([
  ["app is not an app's name", { app: 'a\0b' }],
  ['options is not a map', { options: [] }],
  ['options.ignore is not a list', { options: { privileges: false } }],
  ['options.ignore[1] is not a text', { options: { ignore: ['a', 1], privileges: false } }],
  ['options.privileges is not true or false', { options: { ignore: [], privileges: 'no' } }],
  ['baseline is not a map', { baseline: null }],
  ['baseline.version is not a version', { baseline: { version: 'x', checksum: null, objects: {} } }],
  ['baseline.objects is not a map', { baseline: { version: null, checksum: null, objects: ['a'] } }],
  [
    'baseline.objects: table a is not',
    { baseline: { version: null, checksum: null, objects: { 'table a': 1 } } },
  ],
  [
    'baseline.objects: a.facets is not',
    { baseline: { version: null, checksum: null, objects: { a: { text: '' } } } },
  ],
  ['migrations has the key x', { migrations: { x: {} } }],
  ['delta is not a map', { migrations: { '20250102000000': { checksum: '', down: null } } }],
  [
    'delta.removed is not a list',
    { migrations: { '20250102000000': { checksum: '', down: null, delta: { added: {}, changed: {} } } } },
  ],
  ['superseded is not a list', { superseded: undefined }],
  ['superseded[0].carriedBy is not a text', { superseded: [{ version: '20250101000000' }] }],
  ['snapshotFormat', { snapshotFormat: { toString: null } }],
])('a damaged lock: %s', (message, more) => {
  const text = JSON.stringify({ ...lockWith(), ...more });
  const parse = () => parseLock('sql/schema.lock.json', text);
  expect(parse).toThrow(expect.objectContaining({ code: 66, message: expect.stringContaining(message) }));
});

test('where the markers of a merge begin is said', () => {
  const text = ['{', ' "a": 1,', '<<<<<<< HEAD', ' "b": 1', '=======', '>>>>>>> x', '}'].join('\n');
  expect(() => parseLock('a.json', text)).toThrow(/^a\.json:3: /);
});

test('of two sides of a merge the new lock keeps options and app of one, superseded versions of both', () => {
  const ours = lockWith({
    app: 'shop',
    options: { ignore: ['table x'], privileges: true },
    superseded: [{ version: '20240102000000', carriedBy: '2' }],
  });
  const theirs = lockWith({
    superseded: [
      { version: '20240101000000', carriedBy: '1' },
      { version: '20240102000000', carriedBy: '3', checksum: 'two' },
    ],
    migrations: { '20250104000000': { checksum: 'four', down: null, delta: empty } },
  });
  expect(retainedFrom('a.json', conflict(ours, theirs))).toEqual({
    app: 'shop',
    options: { ignore: ['table x'], privileges: true },
    superseded: [
      { version: '20240101000000', carriedBy: '1' },
      { version: '20240102000000', carriedBy: '2', checksum: 'two' },
    ],
    versions: ['20250101000000', '20250102000000', '20250103000000', '20250104000000'],
    checksums: new Map([
      ['baseline 20250101000000', ['base', 'base']],
      ['20250102000000', ['two']],
      ['20250103000000', ['three']],
      ['20250104000000', ['four']],
    ]),
    locks: [ours, theirs],
  });
});

const base = setOf([two, three]);
const problems: readonly (readonly [title: string, set: MigrationSet, says: readonly RegExp[]])[] = [
  ['as it was', base, []],
  [
    'an edited file',
    setOf([file(two.version, 'x', 'down two'), three]),
    [/^migrations\/\d+_m\.sql it was edited/],
  ],
  [
    'an edited down file',
    setOf([file(two.version, 'two', 'x'), three]),
    [/_m\.down\.sql its down file was edited/],
  ],
  ['a down file removed', setOf([file(two.version, 'two'), three]), [/_m\.sql its down file was .*removed/]],
  ['a removed file', setOf([two]), [/^20250103000000 the lock lists it, but its file is missing/]],
  ['a new file', setOf([two, three, file('20250104000000', 'four')]), [/missing from the lock file/]],
  [
    'an edited baseline',
    {
      ...base,
      baseline: { ...(base.baseline as Migration), source: { path: 'b', text: '', checksum: 'x' } },
    },
    [/^b the baseline was edited/],
  ],
  [
    'no baseline',
    { ...base, baseline: null },
    [/^the baseline the baseline is absent, but the lock has 20250101000000/],
  ],
];

test.each(problems)('lock and files: %s', (_, set, says) => {
  const found = lockProblems(lockWith(), set);
  expect(found.map(({ file, message }) => `${file} ${message}`)).toEqual(
    says.map((words) => expect.stringMatching(words)),
  );
  for (const { remedy } of found) expect(remedy).not.toBe('');
});

const known = ['20250101000000', '20250102000000', '20250103000000'];
const late = file('20250102120000', 'late');
const below = file('20241231000000', 'below');
test.each([
  [
    'superseded/20241231000000_below.sql',
    known,
    /^A squash put it there.*restore the lock file from version control/,
  ],
  [
    'superseded/20241231000000_below.sql',
    [],
    /^A squash put it there.*restore the lock file from version control/,
  ],
  [
    '20241231000000_below.sql',
    [],
    /^If a squash took it.*restore the lock.*--restamp migrations\/20241231000000/,
  ],
  ['20241231000000_below.sql', known, /^Give it a newer version/],
])('what to do about %s below the baseline, of the versions %j', (path, known, remedy) => {
  const source = { ...below.source, path: `migrations/${path}` };
  const found = lateFiles(setOf([{ ...below, source }, two, three]), known, false);
  expect(found.map(({ remedy }) => remedy)).toEqual([expect.stringMatching(remedy)]);
});

test.each([
  ['none', setOf([two, three]), false, []],
  ['a new one', setOf([two, three, file('20250104000000', 'four')]), false, []],
  ['between two that are known', setOf([two, late, three]), false, [/older than 20250103000000/]],
  ['the same, where that is allowed', setOf([two, late, three]), true, []],
  ['where the newer one is gone', setOf([two, late]), false, []],
  ['below the baseline', setOf([below, two, three]), true, [/not newer than the baseline/]],
  [
    'below it, and taken in',
    setOf([below, two, three], { superseded: [{ version: below.version, carriedBy: '1' }] }),
    false,
    [],
  ],
] as const)('files that came too late: %s', (_, set, allowed, says) => {
  expect(lateFiles(set, known, allowed).map(({ message }) => message)).toEqual(
    says.map((words) => expect.stringMatching(words)),
  );
});
