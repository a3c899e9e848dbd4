import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatLock, hasItsKinds, type Lock, readLate } from '../../../src/lockfile/index.ts';
import { parseLock } from '../../../src/lockfile/lockfile.ts';
import { kindOf } from '../../../src/schema/compare/index.ts';
import type { Kind } from '../../../src/schema/kinds.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const example = readFileSync(join(root, 'sql/schema.lock.json'), 'utf8');

/** Odd names, no line of which is what it seems. */
const odd: Lock = {
  ...(JSON.parse(example) as Lock),
  baseline: {
    version: '20250101000000',
    checksum: 'x',
    objects: {
      'column "a\n  }".b': 'h',
      'index "b"': 'h',
      'index options "b"': 'h',
      'table "objects": {': { text: 'h', facets: { 'definition, PostgreSQL 14 and 15': 'g' } },
      'text search configuration x': 'h',
      'view "zoned"': { text: 'h', facets: {}, zoned: { zone: 'UTC', text: 'h', facets: {} } },
    },
  },
  migrations: {
    '20250102000000': {
      checksum: 'x',
      down: null,
      delta: {
        added: { 'policy a.b': 'h' },
        changed: { 'column a.b': 'h', 'comment table a': 'h' },
        removed: ['table x'],
      },
    },
    '20250103000000': { checksum: 'x', down: 'y', delta: { added: {}, changed: {}, removed: [] } },
  },
};

const texts: readonly (readonly [string, string])[] = [
  ['of the example', example],
  ['with odd names', formatLock(odd)],
  ['without a migration', formatLock({ ...odd, migrations: {} })],
  [
    'of nothing',
    formatLock({ ...odd, baseline: { version: null, checksum: null, objects: {} }, migrations: {} }),
  ],
  ['on one line', JSON.stringify(odd)],
  ['with two spaces', JSON.stringify(odd, null, 2)],
  ['with four spaces', JSON.stringify(odd, null, 4)],
  ['with the line ends of Windows', formatLock(odd).replaceAll('\n', '\r\n')],
  ['with two objects on a line', formatLock(odd).replace('"h",\n   "index options', '"h", "index options')],
];

test.each(texts)('a lock %s is the same, whenever it is read', (_, text) => {
  const late = readLate('lock', text);
  const whole = parseLock('lock', text);
  expect(Object.keys(late.lock.migrations)).toEqual(Object.keys(whole.migrations));
  expect(late.lock).toEqual(whole);
  expect(late.whole()).toEqual(whole);
  expect(late.isZoned).toBe(JSON.stringify(whole).includes('"zoned":{'));
});

test.each(texts)('of a lock %s the kinds are known, or are known not to be', (_, text) => {
  const late = readLate('lock', text);
  const { baseline, migrations } = parseLock('lock', text);
  const objects = [
    baseline.objects,
    ...Object.values(migrations).flatMap(({ delta }) => [delta.added, delta.changed]),
  ].flatMap((map) => Object.keys(map));
  const kinds = new Set(objects.map(kindOf));
  // What is written otherwise may have kinds that are not seen: then it is said.
  const isOurs = text === formatLock(JSON.parse(text));
  if (isOurs) expect([...late.kinds].sort()).toEqual([...kinds].sort());
  expect(hasItsKinds(late)).toBe([...kinds].every((kind) => late.kinds.has(kind as Kind)));
});

test('objects are not read before they are asked for', () => {
  const damaged = formatLock(odd).replace('"index \\"b\\"": "h"', '"index \\"b\\"": 7');
  const late = readLate('lock', damaged);
  expect(late.lock.app).toBe(odd.app);
  expect(() => late.lock.baseline.objects).toThrow('the lock file is damaged: baseline.objects: index "b"');
  expect(() => late.whole()).toThrow('damaged');
});

test.each([
  [
    'an unfinished merge among the keys',
    (text: string) => text.replace(' "superseded"', '<<<<<<< HEAD\n "superseded"'),
    /unfinished merge/,
  ],
  ['what is no JSON', (text: string) => text.replace('"options"', '"options'), /not JSON/],
  ['a newer format', (text: string) => text.replace(/"format": \d+/, '"format": 99'), /newer Slipway/],
])('%s is told at once', (_, change, message) => {
  expect(() => readLate('lock', change(example))).toThrow(message);
});
