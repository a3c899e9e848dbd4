import { describeSchema } from '../../../../src/schema/generate/describe-schema.ts';
import { writeSchema } from '../../../../src/schema/generate/whole.ts';
import { ledger, sessionOn } from '../../../fixtures/hard-schema.ts';
import { createDatabase, majors, named, type TestDatabase } from '../../../support/database.ts';

jest.setTimeout(60_000);

/** Options in another order than that of their names, as they were given, or as ALTER leaves them. */
const schema = `CREATE SCHEMA o;
CREATE TABLE o.t (id integer CONSTRAINT key PRIMARY KEY WITH (fillfactor = 70, deduplicate_items = off), name text)
  WITH (fillfactor = 70, autovacuum_enabled = off, toast.vacuum_truncate = off, toast.autovacuum_enabled = off);
ALTER TABLE o.t SET (autovacuum_enabled = off, fillfactor = 80), ALTER id SET (n_distinct_inherited = 3, n_distinct = 2);
CREATE INDEX named ON o.t (name) WITH (fillfactor = 70, deduplicate_items = off);
CREATE MATERIALIZED VIEW o.m WITH (fillfactor = 70, autovacuum_enabled = off) AS SELECT id FROM o.t`;
/** Views have a second option of this kind from 15 on. */
const since15 = 'CREATE VIEW o.v WITH (security_invoker = on, security_barrier = on) AS SELECT id FROM o.t';

// Without the marks of the server's own (`pg_attver`).
const options = `SELECT c.relname::text AS name, c.reloptions AS options, t.reloptions AS toast,
    (SELECT array_agg(a.own::text) FROM (SELECT (SELECT array_agg(o) FROM unnest(attoptions) AS o WHERE o NOT LIKE 'pg\\_%') AS own
       FROM pg_attribute WHERE attrelid = c.oid) AS a WHERE a.own IS NOT NULL) AS columns
  FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.relnamespace = 'o'::regnamespace ORDER BY 1`;

describe.each(named(majors))('PostgreSQL $version', ({ major }) => {
  async function on<T>(sql: string, work: (database: TestDatabase) => Promise<T>): Promise<T> {
    const database = await createDatabase(major);
    try {
      await database.query(sql);
      return await work(database);
    } finally {
      await database.drop();
    }
  }

  test('options are written in the order in which the catalog keeps them', async () => {
    const { text, before } = await on(`${schema};${major < 15 ? '' : since15}`, async (database) => ({
      text: writeSchema(await describeSchema(await sessionOn(database), { ledger, withPrivileges: true }))
        .sql,
      before: await database.query(options),
    }));
    expect(before).toContainEqual({
      name: 't',
      options: ['autovacuum_enabled=off', 'fillfactor=80'],
      toast: ['vacuum_truncate=off', 'autovacuum_enabled=off'],
      columns: ['{n_distinct_inherited=3,n_distinct=2}'],
    });
    expect(await on(text, (database) => database.query(options))).toEqual(before);
  });
});
