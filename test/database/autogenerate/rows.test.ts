import { fillTables } from '../../../src/autogenerate/sample-rows.ts';
import { hardSchema, ledger, sessionOn } from '../../fixtures/hard-schema.ts';
import { createDatabase, majors, named, type TestDatabase } from '../../support/database.ts';
import { exampleFiles } from '../../support/example.ts';

let database: TestDatabase;
afterEach(() => database.drop());

async function filled(
  major: number,
  sql: string,
): Promise<{ unfilled: string[]; rows: Map<string, number> }> {
  database = await createDatabase(major);
  await database.query(sql);
  const unfilled = await fillTables(await sessionOn(database), ledger);
  const tables = await database.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND NOT c.relispartition`,
  );
  const rows = new Map<string, number>();
  for (const { name } of tables) {
    const [counted] = await database.query<{ count: string }>(`SELECT count(*) FROM ${name}`);
    rows.set(name, Number(counted?.count));
  }
  return { unfilled, rows };
}

describe.each(named(majors))('PostgreSQL $version', ({ major }) => {
  test('every table of the bundled example gets three rows, parents first', async () => {
    const { unfilled, rows } = await filled(major, exampleFiles()['sql/baseline.sql'] ?? '');
    expect(unfilled).toEqual([]);
    expect(rows.size).toBe(14);
    expect([...rows].filter(([, count]) => count !== 3)).toEqual([]);
  });

  test('tables with every kind of column get rows too; which do not is said', async () => {
    const { unfilled, rows } = await filled(major, hardSchema);
    expect([...rows].filter(([, count]) => count === 0).map(([name]) => name)).toEqual(unfilled);
    expect(unfilled).toEqual([]);
  });
});

test('what cannot be filled: a constraint that no sample keeps, a column of a type without samples, and what depends on them', async () => {
  const { unfilled, rows } = await filled(
    Math.max(...majors),
    `CREATE TABLE plain (id serial PRIMARY KEY, status text NOT NULL CHECK (status IN ('open', 'closed')));
     CREATE TABLE strict (id int PRIMARY KEY CHECK (length(id::text) = 9));
     CREATE TABLE child (id int REFERENCES strict (id) NOT NULL);
     CREATE TABLE optional (id int REFERENCES strict (id));
     CREATE TABLE place (at pg_lsn NOT NULL);
     CREATE TABLE self (id int PRIMARY KEY, parent int REFERENCES self (id));
     CREATE TABLE guarded (x int);
     CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
     CREATE TRIGGER refuse BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION refuse();`,
  );
  expect(unfilled).toEqual(['public.child', 'public.guarded', 'public.place', 'public.strict']);
  expect(Object.fromEntries(rows)).toMatchObject({ plain: 3, optional: 3, self: 3 });
});
