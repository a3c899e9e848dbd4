import type { LockMode, TableWork } from '../../../src/core/index.ts';
import type { StatementImpact } from '../../../src/impact/index.ts';
import { describeForecast, locksOf } from '../../../src/reconcile/forecast.ts';

type Taken = readonly [relation: string, mode: LockMode, work: TableWork];

const statement = (words: string, ...relations: readonly Taken[]): StatementImpact => ({
  start: 0,
  end: 0,
  words: words.split(' '),
  relations: relations.map(([relation, mode, work]) => ({ relation, mode, work, isHeld: false })),
  waitsForAll: false,
});

const gigabyte = 1024 ** 3;
const sizes = new Map([
  ['big', { bytes: 10 * gigabyte, rows: 50_000_000 }],
  ['small', { bytes: 8192, rows: 3 }],
  ['locked', { bytes: null, rows: null }],
]);
/** A second, two and ten for each gigabyte. */
const pace = { scan: 1000 / gigabyte, index: 2000 / gigabyte, rewrite: 10_000 / gigabyte };

const told = (...parts: readonly (readonly StatementImpact[])[]): string[] =>
  describeForecast(locksOf(parts, (relation) => sizes.get(relation), pace));

const rewrite = statement('ALTER TABLE BIG ALTER COLUMN A TYPE BIGINT', [
  'big',
  'access-exclusive',
  'rewrite',
]);
const index = statement('CREATE INDEX I ON BIG', ['big', 'share', 'scan']);
const prove = statement('ALTER TABLE BIG VALIDATE CONSTRAINT C', ['big', 'share-update-exclusive', 'scan']);
const comment = statement('ALTER TABLE SMALL ADD COLUMN B INT', ['small', 'access-exclusive', 'none']);

test.each<{ title: string; parts: readonly (readonly StatementImpact[])[]; lines: readonly string[] }>([
  {
    title: 'a lock is held to the end of its transaction, by what follows in it as well',
    parts: [[comment, rewrite]],
    lines: [
      'ACCESS EXCLUSIVE on big (10 GB, 50000000 rows), rewrites it: blocks reads and writes, for about 100 s',
      'ACCESS EXCLUSIVE on small (8 kB, 3 rows): blocks reads and writes, for about 100 s',
    ],
  },
  {
    title: 'not by what comes before it',
    parts: [[rewrite, comment]],
    lines: [
      'ACCESS EXCLUSIVE on big (10 GB, 50000000 rows), rewrites it: blocks reads and writes, for about 100 s',
      'ACCESS EXCLUSIVE on small (8 kB, 3 rows): blocks reads and writes, for less than a second',
    ],
  },
  {
    title: 'in parts each is held for its own time, the weaker beside the stronger',
    parts: [[comment], [index], [prove]],
    lines: [
      'SHARE on big (10 GB, 50000000 rows), reads all of it: blocks writes, for about 20 s',
      'SHARE UPDATE EXCLUSIVE on big (10 GB, 50000000 rows), reads all of it: blocks no reads and no writes, only other DDL and VACUUM, for about 10 s',
      'ACCESS EXCLUSIVE on small (8 kB, 3 rows): blocks reads and writes, for less than a second',
    ],
  },
  {
    title: 'of a table whose size is not known, no time is said',
    parts: [[statement('ALTER TABLE LOCKED', ['locked', 'access-exclusive', 'rewrite'])]],
    lines: ['ACCESS EXCLUSIVE on locked, rewrites it: blocks reads and writes'],
  },
  {
    title: 'what blocks nobody and reads nothing is not said',
    parts: [[statement('INSERT INTO BIG', ['big', 'row-exclusive', 'none'])]],
    lines: [],
  },
])('$title', ({ parts, lines }) => {
  expect(told(...parts)).toEqual(lines);
});
