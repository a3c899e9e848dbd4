import type { LockMode, TableWork } from '../../../src/core/index.ts';
import { effectInWords, locksInWords, type StatementImpact, safeWayOf } from '../../../src/impact/index.ts';

const impact = (mode: LockMode, work: TableWork = 'none', isHeld = false): StatementImpact => ({
  start: 0,
  end: 1,
  words: [],
  relations: [{ relation: 'app.a', mode, work, isHeld }],
  waitsForAll: false,
});

const exclusive = impact('access-exclusive');
const scanning = impact('access-exclusive', 'scan');
const rewriting = impact('access-exclusive', 'rewrite');

test.each<[string, StatementImpact, RegExp | null]>([
  ['CREATE INDEX i ON app.a (x)', impact('share', 'scan'), /CREATE INDEX CONCURRENTLY/],
  ['create\n  unique /* why */ index i on app.a (x)', impact('share', 'scan'), /CREATE INDEX CONCURRENTLY/],
  ['CREATE INDEX CONCURRENTLY i ON app.a (x)', impact('share-update-exclusive', 'scan'), null],
  ['DROP INDEX app.i', exclusive, /DROP INDEX CONCURRENTLY/],
  ['REINDEX TABLE app.a', scanning, /CONCURRENTLY/],
  ['REFRESH MATERIALIZED VIEW app.a', rewriting, /REFRESH MATERIALIZED VIEW CONCURRENTLY/],
  ['VACUUM (FULL) app.a', rewriting, /plain VACUUM/],
  ['ALTER TABLE app.a ADD UNIQUE (x)', scanning, /USING INDEX/],
  ['ALTER TABLE app.a ADD CONSTRAINT k PRIMARY KEY (x)', scanning, /USING INDEX/],
  ['ALTER TABLE app.a ADD CONSTRAINT k UNIQUE USING INDEX i', exclusive, null],
  ['ALTER TABLE app.a ADD CONSTRAINT k EXCLUDE USING gist (x WITH &&)', scanning, /exclusion/],
  ['ALTER TABLE app.a ADD CONSTRAINT k CHECK (x > 0)', scanning, /NOT VALID/],
  ['ALTER TABLE app.a ADD CONSTRAINT k CHECK (x > 0) NOT VALID', exclusive, null],
  [
    'ALTER TABLE app.a ADD FOREIGN KEY (x) REFERENCES app.b',
    impact('share-row-exclusive', 'scan'),
    /VALIDATE CONSTRAINT/,
  ],
  ['ALTER TABLE app.a VALIDATE CONSTRAINT k', impact('share-row-exclusive', 'scan', true), /file of its own/],
  ['ALTER TABLE app.a VALIDATE CONSTRAINT k', impact('share-update-exclusive', 'scan'), null],
  ['ALTER TABLE app.a ALTER x SET NOT NULL', scanning, /CHECK \(column IS NOT NULL\) NOT VALID/],
  ['ALTER TABLE app.a ALTER x SET NOT NULL', exclusive, null],
  ['ALTER TABLE app.a ALTER COLUMN x TYPE bigint', rewriting, /new column/],
  ['ALTER TABLE app.a ALTER COLUMN x SET DATA TYPE text', exclusive, null],
  [
    'ALTER TABLE app.a ADD COLUMN x uuid DEFAULT gen_random_uuid()',
    rewriting,
    /without what has to be computed/,
  ],
  ['ALTER TABLE app.a ADD COLUMN x int', exclusive, null],
  ['ALTER TABLE app.a SET LOGGED', rewriting, /new table/],
  ['ALTER TABLE app.p ATTACH PARTITION app.a FOR VALUES IN (1)', scanning, /CHECK with the bounds/],
  ['ALTER TABLE app.p DETACH PARTITION app.a', exclusive, /DETACH PARTITION \.\.\. CONCURRENTLY/],
  ['TRUNCATE app.a', exclusive, /DELETE in batches/],
  ['LOCK TABLE app.a', exclusive, /SELECT \.\.\. FOR UPDATE/],
  ['ALTER TABLE app.a RENAME COLUMN x TO y', exclusive, /uses the old name/],
  ['ALTER TABLE app.a DROP COLUMN x', exclusive, /last step/],
  ['ALTER TABLE app.a DROP CONSTRAINT k', exclusive, null],
  ['DROP TABLE app.a', exclusive, /last step/],
  ['DO $$ BEGIN END $$', scanning, /while nobody uses the table/],
])('the safe way of %s', (sql, statement, way) => {
  const said = safeWayOf(statement, sql);
  if (way === null) expect(said).toBeNull();
  else expect(said).toMatch(way);
});

test('a statement that locks nothing has no safe way, and no effect', () => {
  const nothing = { ...exclusive, relations: [] };
  expect(safeWayOf(nothing, 'DROP TABLE app.a')).toBeNull();
  expect(effectInWords(nothing)).toBeNull();
  expect(locksInWords(nothing)).toEqual([]);
});

test.each<[StatementImpact, string | null]>([
  [impact('row-exclusive'), 'blocks nothing'],
  [
    impact('share', 'scan'),
    'blocks writes; waits for every open transaction that has written to the table, and all who write later wait behind it',
  ],
  [impact('exclusive', 'none', true), 'blocks writes and SELECT FOR UPDATE'],
  [
    { ...impact('share-update-exclusive', 'scan'), waitsForAll: true },
    'blocks no reads and no writes, only other DDL and VACUUM; waits for every open transaction of the database, while others go on',
  ],
])('the effect in words: %#', (statement, words) => {
  expect(effectInWords(statement)).toBe(words);
});

test('of several relations the effect is that of what is done under the strongest lock', () => {
  const [weak] = impact('share', 'rewrite').relations;
  const [strong] = exclusive.relations;
  if (!weak || !strong) throw new Error('a relation each');
  expect(effectInWords({ ...exclusive, relations: [weak, strong] })).toMatch(/^blocks reads and writes/);
});
