import type { Unit } from '../../../bench/engines/engine.ts';
import { applyUnits, type Case, inspection, judge, judgeNothing } from '../../../bench/engines/judge.ts';
import { sessionOn } from '../../fixtures/hard-schema.ts';
import { createDatabase, newestMajor, type TestDatabase } from '../../support/database.ts';

const schema = `
  CREATE SCHEMA app;
  CREATE TABLE app.people (id serial PRIMARY KEY, name text, age integer);
  CREATE TABLE app.parts (at date, n integer) PARTITION BY RANGE (at);
  CREATE TABLE app.parts_2025 PARTITION OF app.parts FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE MATERIALIZED VIEW app.names AS SELECT name FROM app.people;
  INSERT INTO app.people (name, age) VALUES ('Adele', 30), ('Bruno', NULL);
  INSERT INTO app.parts VALUES ('2025-05-01', 1)`;

const people = (change: string): string => `ALTER TABLE app.people ${change}`;

/** The change that is wished, what an engine wrote for it, and what is to be said of that. */
const cases: readonly [change: string, written: string, verdict: string][] = [
  [people('ADD note text'), people('ADD note text'), 'right'],
  [people('ADD note text'), people('ADD note varchar'), 'differs'],
  [people('ADD note text'), people('ADD note text NOT NULL'), 'refused'],
  [people('ADD note text'), 'SELECT 1', 'differs'],
  [people('DROP age'), people('DROP age'), 'right'],
  [people('ALTER age TYPE bigint'), people('ALTER age TYPE bigint'), 'right'],
  [people('ALTER age TYPE bigint'), people('DROP age, ADD age bigint'), 'rows'],
  [people('RENAME age TO years'), people('DROP age, ADD years integer'), 'right'],
  [people('ADD note text'), `${people('ADD note text')}; DELETE FROM app.people WHERE age IS NULL`, 'rows'],
  [people('ADD note text'), `${people('ADD note text')}; DROP MATERIALIZED VIEW app.names`, 'rows'],
  [
    people('ADD note text'),
    `${people('ADD note text')}; REFRESH MATERIALIZED VIEW app.names WITH NO DATA`,
    'rows',
  ],
  [
    people('ADD note text'),
    `${people('ADD note text')}; ALTER SEQUENCE app.people_id_seq RESTART`,
    'positions',
  ],
  [
    'ALTER TABLE app.parts DETACH PARTITION app.parts_2025',
    'DROP TABLE app.parts_2025; CREATE TABLE app.parts_2025 (at date, n integer)',
    'rows',
  ],
  ["COMMENT ON TABLE app.people IS 'those'", "COMMENT ON TABLE app.people IS 'these'", 'differs'],
];

const unit = (sql: string, isTransactional = true): Unit => ({ sql, isTransactional });

describe('the judge of engines', () => {
  let template: TestDatabase;
  beforeAll(async () => {
    template = await createDatabase(newestMajor);
    const client = await template.connect();
    await client.query(schema);
    await client.end();
  });
  afterAll(() => template.drop());

  const made: TestDatabase[] = [];
  afterEach(async () => {
    await Promise.all(made.splice(0).map((database) => database.drop()));
  });

  const copy = async () => {
    const database = await createDatabase(newestMajor, { template: template.name });
    made.push(database);
    return sessionOn(database);
  };

  async function caseOf(change: string): Promise<Case> {
    const [before, wished] = [await copy(), await copy()];
    await wished.run(change);
    return { before, wished, seenBefore: await inspection(before), seenWished: await inspection(wished) };
  }

  async function verdictOn(change: string, units: readonly Unit[], left: readonly string[] = []) {
    const of = await caseOf(change);
    const trial = await copy();
    if ((await applyUnits(trial, units)) !== null) return 'refused';
    return (await judge(trial, { units, left }, of)).verdict;
  }

  test.each(cases)('%s, by %s: %s', async (change, written, verdict) => {
    expect(await verdictOn(change, [unit(written)])).toBe(verdict);
  });

  test('what an engine says that it left is no wrong claim, unless values are lost', async () => {
    const change = people('ALTER age TYPE bigint');
    expect(await verdictOn(change, [unit('SELECT 1')], ['the type of age'])).toBe('said');
    expect(await verdictOn(change, [unit(people('DROP age'))], ['the type of age'])).toBe('rows');
  });

  test('nothing written is right only where nothing differs', async () => {
    const of = await caseOf(people('ADD note text'));
    expect(judgeNothing({ units: [], left: [] }, of).verdict).toBe('silent');
    expect(judgeNothing({ units: [], left: ['note'] }, of).verdict).toBe('said');
    expect(judgeNothing({ units: [], left: [] }, { ...of, seenWished: of.seenBefore }).verdict).toBe('right');
  });

  test('a unit may run outside of a transaction', async () => {
    const index = 'CREATE INDEX CONCURRENTLY people_age ON app.people (age)';
    const change = 'CREATE INDEX people_age ON app.people (age)';
    expect(await verdictOn(change, [unit(index)])).toBe('refused');
    expect(await verdictOn(change, [unit(index, false)])).toBe('right');
  });
});
