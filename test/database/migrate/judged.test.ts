import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { newestMajor, type TestDatabase } from '../../support/database.ts';
import { statesOf } from '../../support/ledger.ts';
import { expectSuccess, useScenes } from '../../support/scene.ts';

const a = 'migrations/20250101000000_a.sql';
const b = 'migrations/20250102000000_b.sql';
const setup = `CREATE SCHEMA app; CREATE TABLE app.t (n int PRIMARY KEY, big text); CREATE INDEX t_big ON app.t (big);
CREATE TYPE app.mood AS ENUM ('a'); CREATE TABLE app.p (n int) PARTITION BY RANGE (n); CREATE TABLE app.c (n int NOT NULL);
CREATE TABLE app.d PARTITION OF app.p FOR VALUES FROM (10) TO (20);`;

/** Statements; what is there when a run begins that finds each of them interrupted; and what must be true in the end. */
const cases: readonly (readonly [string, string, string])[] = [
  ["ALTER TYPE app.mood ADD VALUE 'b'", '', "'b' = ANY (enum_range(NULL::app.mood)::text[])"],
  [
    "ALTER TYPE app.mood ADD VALUE 'b'",
    "ALTER TYPE app.mood ADD VALUE 'b'",
    "'b' = ANY (enum_range(NULL::app.mood)::text[])",
  ],
  [
    'ALTER TABLE app.p ATTACH PARTITION app.c FOR VALUES FROM (0) TO (10)',
    '',
    "EXISTS (SELECT FROM pg_inherits WHERE inhrelid = 'app.c'::regclass)",
  ],
  [
    'ALTER TABLE app.p ATTACH PARTITION app.c FOR VALUES FROM (0) TO (10)',
    'ALTER TABLE app.p ATTACH PARTITION app.c FOR VALUES FROM (0) TO (10)',
    "EXISTS (SELECT FROM pg_inherits WHERE inhrelid = 'app.c'::regclass)",
  ],
  ['ALTER TABLE app.p DETACH PARTITION app.d CONCURRENTLY', '', 'NOT EXISTS (SELECT FROM pg_inherits)'],
  [
    'ALTER TABLE app.p DETACH PARTITION app.d CONCURRENTLY',
    "UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'app.d'::regclass",
    'NOT EXISTS (SELECT FROM pg_inherits)',
  ],
  [
    'ALTER TABLE app.p DETACH PARTITION app.d CONCURRENTLY',
    'ALTER TABLE app.p DETACH PARTITION app.d',
    'NOT EXISTS (SELECT FROM pg_inherits)',
  ],
  ['DROP INDEX CONCURRENTLY app.t_big', '', "to_regclass('app.t_big') IS NULL"],
  ['DROP INDEX CONCURRENTLY app.t_big', 'DROP INDEX app.t_big', "to_regclass('app.t_big') IS NULL"],
  [
    'DROP INDEX CONCURRENTLY app.t_big',
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.t_big'::regclass",
    "to_regclass('app.t_big') IS NULL",
  ],
  ...(
    ['INDEX CONCURRENTLY app.t_big', 'TABLE CONCURRENTLY app.t', 'SCHEMA CONCURRENTLY app'] as const
  ).flatMap((what) =>
    ['ccnew', 'ccnew1', 'ccold'].map(
      (suffix) =>
        [
          `REINDEX ${what}`,
          `CREATE INDEX t_big_${suffix} ON app.t (big); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.t_big_${suffix}'::regclass`,
          "(SELECT count(*) FROM pg_index WHERE indrelid = 'app.t'::regclass AND indisvalid) = 2 AND NOT EXISTS (SELECT FROM pg_index WHERE NOT indisvalid)",
        ] as const,
    ),
  ),
  ['VACUUM (FREEZE) app.t', '', 'true'],
  ['ANALYZE app.t', '', 'true'],
];

/** Writes the row of a file that was begun. */
async function begin(database: TestDatabase, path: string): Promise<{ readonly checksum: string }> {
  const checksum = createHash('sha256').update(readFileSync(path)).digest('hex');
  await database.query(
    `INSERT INTO slipway.ledger SELECT app, '20250102000000', 'b', kind, origin, 'running', '${checksum}', started_at, NULL, NULL, applied_by, slipway, run, transaction_id, NULL, format FROM slipway.ledger`,
  );
  return { checksum };
}

describe('a statement that was interrupted', () => {
  const scene = useScenes();

  test.each(cases)('%s where there is "%s" is finished', async (statement, left, isDone) => {
    const { run, project, database } = await scene({ [a]: setup }, { major: newestMajor });
    expectSuccess(await run('up'));
    project.write(b, `-- slipway: no-transaction\n${statement};\n`);
    // As a kill leaves it: the row of a file that was begun, and of its statement what there was by then.
    const { checksum } = await begin(database, project.path(b));
    expect(checksum).toHaveLength(64);
    if (left !== '') await database.query(left);
    expectSuccess(await run('up'));
    expect(await statesOf(database)).toEqual(['20250101000000:done', '20250102000000:done']);
    expect(await database.query(`SELECT ${isDone} AS is_done`)).toEqual([{ is_done: true }]);
  });
});
