import { hardSchema } from '../../../fixtures/hard-schema.ts';
import { newestMajor } from '../../../support/database.ts';
import { expectSuccess, useScenes } from '../../../support/scene.ts';
import { thorough } from '../../../support/thorough.ts';

const scene = useScenes();
jest.setTimeout(600_000);

/** How many reads; more by SLIPWAY_TEST_READS, e.g. for a long run by hand. */
const reads = Number(process.env.SLIPWAY_TEST_READS ?? thorough({ person: 32, ci: 100, full: 100 }));
const atOnce = 4;

/** Each leaves, when it commits, what the lock knows as it was. */
const changes = [
  'BEGIN; ALTER TABLE hard.people RENAME TO folk; ALTER TABLE hard.folk RENAME TO people; COMMIT',
  'BEGIN; ALTER TABLE hard.orders RENAME amount TO sum; ALTER TABLE hard.orders RENAME sum TO amount; COMMIT',
  'BEGIN; DROP TABLE hard.typed; CREATE TABLE hard.typed OF hard.pair (left_side WITH OPTIONS DEFAULT 7); COMMIT',
  'BEGIN; DROP VIEW hard.walk; CREATE VIEW hard.walk AS WITH RECURSIVE steps AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM steps WHERE n < 5) SELECT n, row_number() OVER (ORDER BY n) AS place FROM steps; COMMIT',
  'BEGIN; DROP INDEX hard.totals_person; CREATE UNIQUE INDEX totals_person ON hard.totals (person); COMMIT',
  'BEGIN; DROP POLICY readers ON hard.people; CREATE POLICY readers ON hard.people AS RESTRICTIVE FOR SELECT TO pg_monitor, pg_read_all_stats USING (EXISTS (SELECT 1 FROM hard.orders o WHERE o.person = people.id)); COMMIT',
  'BEGIN; ALTER TABLE hard.people DROP CONSTRAINT name_long; ALTER TABLE hard.people ADD CONSTRAINT name_long CHECK (length(name) > 2) NOT VALID; COMMIT',
  "BEGIN; DROP FUNCTION hard.short; CREATE FUNCTION hard.short(x integer) RETURNS integer LANGUAGE sql RETURN x + 1; COMMENT ON FUNCTION hard.short IS 'x'; COMMENT ON FUNCTION hard.short IS NULL; COMMIT",
  "CREATE TABLE hard.passing (id serial PRIMARY KEY, note text DEFAULT 'x' CHECK (note <> '')); CREATE INDEX passing_note ON hard.passing (note); CREATE VIEW hard.passed AS SELECT id FROM hard.passing",
  'ALTER TABLE hard.passing ADD more integer; ALTER TABLE hard.passing RENAME TO passing_by',
  'DROP TABLE hard.passing_by CASCADE',
  "CREATE TABLE hard.events_2026 PARTITION OF hard.events FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')",
  'DROP TABLE hard.events_2026',
];

test('a schema that others alter all the time is never said to have drifted', async () => {
  const { database, run } = await scene(
    { 'sql/baseline.sql': `-- slipway: version 20250101000000\n${hardSchema}` },
    { major: newestMajor },
  );
  expectSuccess(await run('check --write'));
  expectSuccess(await run('up'));
  let isOver = false;
  let rounds = 0;
  const alter = async () => {
    for (; !isOver; rounds += 1)
      for (const change of changes) await database.query(`${change}; SELECT pg_sleep(0.02)`);
  };
  const altering = alter();
  const codes = new Map<number | null, number>();
  const outputs: string[] = [];
  const read = async (times: number) => {
    for (let n = 0; n < times; n += 1) {
      const { code, stdout, stderr } = await run('status --drift --exit-code');
      codes.set(code, (codes.get(code) ?? 0) + 1);
      // Busy is an answer: somebody was in the way of three inspections.
      if (code !== 0 && code !== 75) outputs.push(stdout + stderr);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, () => read(Math.ceil(reads / atOnce))));
  isOver = true;
  await altering;
  process.stderr.write(`${reads} reads, ${rounds} rounds of changes: ${JSON.stringify([...codes])}\n`);
  expect(outputs).toEqual([]);
  expect(codes.get(0) ?? 0).toBeGreaterThan(reads / 2);
  expect(rounds).toBeGreaterThan(5);
});
