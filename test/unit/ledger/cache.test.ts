import { type CachedLedger, cacheAfter } from '../../../src/ledger/cache.ts';

const row = (version: string) => ({ version, state: 'done' });
const [a, b, c] = ['20250101000000', '20250102000000', '20250103000000'].map(row) as [
  ReturnType<typeof row>,
  ReturnType<typeof row>,
  ReturnType<typeof row>,
];
const ledger = { schema: 'slipway', app: 'default' };
const seen = (
  rows: readonly ReturnType<typeof row>[],
  apps: readonly string[] = ['default'],
): CachedLedger => ({
  mark: '2/40',
  shape: 'shape',
  content: { rows, apps, others: ['7'] },
});
const answer = { mark: '-50' };

test.each([
  ['the newest', seen([a]), b, [a, b]],
  ['one in between', seen([a, c]), b, [a, b, c]],
  ['the oldest', seen([b, c]), a, [a, b, c]],
])('a row is known after it was written: %s', (_, before, written, rows) => {
  expect(cacheAfter(before, ledger, written.version, { ...answer, written })).toEqual({
    mark: '3/-10',
    shape: 'shape',
    content: { rows, apps: ['default'], others: ['7'] },
  });
});

test('so is the first of a ledger that was not there before, and the first of an app', () => {
  expect(cacheAfter(null, ledger, a.version, { ...answer, written: a })).toEqual({
    mark: '1/-50',
    shape: null,
    content: { rows: [a], apps: ['default'], others: [] },
  });
  const apps = cacheAfter(seen([], ['other']), ledger, a.version, { ...answer, written: a })?.content.apps;
  expect(apps).toEqual(['other', 'default']);
});

test.each([
  ['the version had a row before', seen([a, b]), { ...answer, written: b }],
  ['its row is gone', seen([a]), {}],
])('nothing is known where %s', (_, before, told) => {
  expect(cacheAfter(before, ledger, b.version, told)).toBeNull();
});
