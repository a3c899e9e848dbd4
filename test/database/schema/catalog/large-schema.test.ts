import { tableFacts } from '../../../../src/data/tables.ts';
import { asInspection, snapshotQuery } from '../../../../src/schema/catalog/snapshot.ts';
import { dependencyQuery } from '../../../../src/schema/generate/dependencies.ts';
import { ledger, sessionOn } from '../../../fixtures/hard-schema.ts';
import { createDatabase, majors, named, type TestDatabase } from '../../../support/database.ts';

const databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

/** So many tables, each with a key that a sequence fills, indexes, a comment, and a reference to one before it. */
const tables = (count: number): string => `
  CREATE SCHEMA app;
  DO $$ BEGIN FOR n IN 1..${count} LOOP
    EXECUTE format('CREATE TABLE app.t_%1$s (id serial PRIMARY KEY, other int REFERENCES app.t_%2$s, name text NOT NULL DEFAULT '''',
      state varchar(9) CHECK (state IN (''a'', ''b'')), made timestamptz DEFAULT now())', n, greatest(n / 2, 1));
    EXECUTE format('CREATE INDEX ON app.t_%1$s (other, made)', n);
    EXECUTE format('CREATE UNIQUE INDEX ON app.t_%1$s (name)', n);
    EXECUTE format('COMMENT ON TABLE app.t_%1$s IS ''words''', n);
  END LOOP; END $$`;

interface Node {
  readonly [field: string]: unknown;
  readonly Plans?: readonly Node[];
}

/** How many rows a query's steps handed on or threw away, all together (PostgreSQL docs, Using EXPLAIN). */
function rowsIn(node: Node): number {
  const of = (field: string): number => Number(node[field] ?? 0);
  const own = of('Actual Rows') + of('Rows Removed by Join Filter') + of('Rows Removed by Filter');
  return of('Actual Loops') * own + (node.Plans ?? []).reduce((sum, plan) => sum + rowsIn(plan), 0);
}

const options = { ledger, withPrivileges: true };
const questions = {
  'the snapshot': snapshotQuery(options),
  'what depends on what': dependencyQuery(options),
  'what is known of tables': tableFacts(ledger),
};

/** What each query costs on a schema of so many tables that nobody has analyzed. */
async function costs(major: number, count: number): Promise<number[]> {
  const database = await createDatabase(major);
  databases.push(database);
  await database.query(tables(count));
  const session = await sessionOn(database);
  const found: number[] = [];
  for (const question of Object.values(questions)) {
    const results = await session.run(
      `BEGIN; ${asInspection([`EXPLAIN (ANALYZE, TIMING off, FORMAT json) ${question}`]).join('; ')}; ROLLBACK`,
    );
    const [plan] = results.flatMap(({ rows }) => rows.flatMap((row) => row['QUERY PLAN'] ?? []));
    found.push(rowsIn(plan[0]?.Plan ?? plan.Plan));
  }
  await session.end();
  return found;
}

describe.each(named(majors))('PostgreSQL $version', ({ major }) => {
  test('four times the tables take four times the rows', async () => {
    const few = await costs(major, 50);
    const many = await costs(major, 200);
    const ratios = Object.keys(questions).map((question, n) => [question, (many[n] ?? 0) / (few[n] ?? 0)]);
    expect(ratios.filter(([, ratio]) => !(Number(ratio) > 1 && Number(ratio) < 5))).toEqual([]);
  });
});
