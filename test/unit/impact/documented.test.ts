import { documentedLocks } from '../../../src/impact/index.ts';
import { parseSql } from '../../../src/sql/index.ts';

const said = (sql: string): string[] | null => {
  const statement = parseSql({ path: 'a.sql', text: sql, checksum: '' }).statements.at(0);
  const documented = documentedLocks(statement?.words ?? []);
  return (
    documented?.map(({ target, mode, work }) => {
      const name = 'name' in target ? ` ${target.name}` : '';
      return `${target.kind}${name}: ${mode}, ${work}`;
    }) ?? null
  );
};

const online = 'share-update-exclusive, scan';

test.each<[string, string[] | null]>([
  ['CREATE INDEX CONCURRENTLY i ON app.a (x)', [`ofTable app.a: ${online}`]],
  ['CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY "A b".c (x)', [`ofTable "A b".c: ${online}`]],
  ['CREATE INDEX CONCURRENTLY ON a (x)', [`ofTable a: ${online}`]],
  ['CREATE INDEX i ON a (x)', null],
  ['DROP INDEX CONCURRENTLY IF EXISTS app.i', ['ofIndex app.i: share-update-exclusive, none']],
  ['DROP INDEX app.i', null],
  ['REINDEX INDEX CONCURRENTLY i', [`ofIndex i: ${online}`]],
  ['REINDEX (CONCURRENTLY, VERBOSE) TABLE a', [`ofTable a: ${online}`]],
  ['REINDEX (CONCURRENTLY false) TABLE a', ['ofTable a: access-exclusive, scan']],
  ['REINDEX SCHEMA CONCURRENTLY app', [`inSchema app: ${online}`]],
  ['REINDEX DATABASE d', ['all: access-exclusive, scan']],
  ['VACUUM', [`all: ${online}`]],
  ['VACUUM FREEZE VERBOSE a, app.b (x, y)', [`ofTable a: ${online}`, `ofTable app.b: ${online}`]],
  ['VACUUM FULL a', ['ofTable a: access-exclusive, rewrite']],
  ['VACUUM (FULL, ANALYZE) a', ['ofTable a: access-exclusive, rewrite']],
  ['VACUUM (FULL off) a', [`ofTable a: ${online}`]],
  ['CLUSTER', ['clustered: access-exclusive, rewrite']],
  ['CLUSTER VERBOSE app.a USING i', ['ofTable app.a: access-exclusive, rewrite']],
  [
    'ALTER TABLE IF EXISTS app.a DETACH PARTITION app.b CONCURRENTLY',
    ['ofTable app.a: share-update-exclusive, none', 'ofPartition app.b: access-exclusive, none'],
  ],
  ['ALTER TABLE a DETACH PARTITION b', null],
  ['ALTER SYSTEM SET x = 1', []],
  ['CREATE DATABASE d', []],
  ["ALTER TYPE t ADD VALUE 'x'", null],
  ['DO $$ BEGIN COMMIT; END $$', null],
])('%s', (sql, locks) => {
  expect(said(sql)).toEqual(locks);
});
