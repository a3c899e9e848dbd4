import type pg from 'pg';
import type { Kind } from '../../../../src/schema/kinds.ts';
import { kindOf } from '../../../../src/schema/model/names.ts';
import { hardSchema } from '../../../fixtures/hard-schema.ts';
import { everyMutation } from '../../../fixtures/mutations/all.ts';
import { createDatabase, majors, named, sampledOn, type TestDatabase } from '../../../support/database.ts';
import { everyKind, fingerprintOf } from '../../../support/fingerprint.ts';

jest.setTimeout(600_000);

describe.each(named(majors))('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  let session: pg.Client;
  beforeAll(async () => {
    database = await createDatabase(major);
    await database.query(hardSchema);
    session = await database.connect();
  });
  afterAll(async () => {
    await session.end();
    await database.drop();
  });

  const taken = async (of: Iterable<Kind>, client = session): Promise<string> => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const fingerprint = await fingerprintOf(client, { of });
    await client.query('COMMIT');
    return fingerprint;
  };
  const kindsIn = (found: string | readonly string[]): Kind[] =>
    [found].flat().map((difference) => kindOf(difference.slice(2)) as Kind);

  test('every change of an object changes the fingerprint of its kind, and so does its undo', async () => {
    const missed: string[] = [];
    const tried = sampledOn(
      major,
      everyMutation.filter(({ since }) => since <= major),
    );
    for (const { apply, undo, found } of tried) {
      for (const kind of kindsIn(found)) {
        const before = await taken([kind]);
        await database.query(apply);
        const changed = await taken([kind]);
        await database.query(undo);
        const undone = await taken([kind]);
        if (changed === before) missed.push(`${kind}: ${apply}`);
        if (undone === changed) missed.push(`${kind}, undone: ${undo}`);
      }
    }
    process.stderr.write(`PostgreSQL ${major}: fingerprints of ${tried.length} changes\n`);
    expect(missed).toEqual([]);
  });

  test('a change and its undo in one transaction are two changes', async () => {
    const missed: string[] = [];
    let twice = 0;
    const tried = sampledOn(
      major,
      everyMutation.filter(({ since }) => since <= major),
    );
    const client = await database.connect();
    for (const { apply, undo, found } of tried) {
      const of = kindsIn(found);
      await client.query('BEGIN');
      try {
        await client.query(apply);
        const changed = await fingerprintOf(client, { of });
        await client.query(`RESET search_path; ${undo}`);
        if ((await fingerprintOf(client, { of })) === changed) missed.push(undo);
        twice += 1;
      } catch {
        // Not everything can be done twice in one transaction.
      }
      await client.query('ROLLBACK');
    }
    await client.end();
    expect(missed).toEqual([]);
    expect(twice).toBeGreaterThan(tried.length / 2);
  });

  test('a row that takes the place of the one of before is another one', async () => {
    const place = async (): Promise<{ ctid: string; xmin: string }[]> =>
      database.query("SELECT ctid::text, xmin::text FROM pg_proc WHERE oid = 'hard.placed'::regproc");
    const define = async (n: number): Promise<void> => {
      await database.query(
        `CREATE OR REPLACE FUNCTION hard.placed() RETURNS int LANGUAGE sql AS 'SELECT ${n}'`,
      );
      await database.query('VACUUM (FREEZE) pg_proc');
    };
    for (const n of [1, 2, 3]) await define(n);
    const [first] = await place();
    const before = await taken(everyKind);
    let again = first;
    for (let n = 4; n < 60 && (n === 4 || again?.ctid !== first?.ctid); n += 1) {
      await define(n);
      [again] = await place();
    }
    expect(again?.ctid).toBe(first?.ctid);
    expect(again?.xmin).not.toBe(first?.xmin);
    expect(await taken(everyKind)).not.toBe(before);
    await database.query('DROP FUNCTION hard.placed');
  });

  test('an ordinary role has the same fingerprint as a superuser, but where mappings of users count', async () => {
    await database.query('CREATE ROLE fingerprint_ordinary');
    const ordinary = await database.connect();
    await ordinary.query('SET ROLE fingerprint_ordinary');
    const others = everyKind.filter((kind) => kind !== 'user mapping');
    const different: string[] = [];
    for (const kind of others)
      if ((await taken([kind])) !== (await taken([kind], ordinary))) different.push(kind);
    const [bySuperuser, byOrdinary] = [await taken(everyKind), await taken(everyKind, ordinary)];
    await ordinary.end();
    await database.query('DROP ROLE fingerprint_ordinary');
    expect(different).toEqual([]);
    expect(byOrdinary).not.toBe(bySuperuser);
  });

  test('what changes no definition changes no fingerprint', async () => {
    const name = `fingerprint_${major * 100}`;
    await database.query('REFRESH MATERIALIZED VIEW hard.totals; CLUSTER hard.people USING people_pkey');
    let before = await taken(everyKind);
    const changed: string[] = [];
    const noteWhere = async (what: string): Promise<void> => {
      const after = await taken(everyKind);
      if (after !== before) changed.push(what);
      before = after;
    };
    const elsewhere = [`CREATE DATABASE ${name}`, `DROP DATABASE ${name}`];
    for (const statement of [...neutral, ...elsewhere]) {
      await database.query(statement);
      await noteWhere(statement);
    }
    const temporary = await database.connect();
    await temporary.query(
      `CREATE TEMP TABLE stays (id serial PRIMARY KEY, n int CHECK (n > 0) REFERENCES stays); CREATE TEMP VIEW seen AS SELECT 1 AS a;
       CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE DOMAIN pg_temp.d AS int`,
    );
    await noteWhere('temporary objects of another session');
    await temporary.end();
    expect(changed).toEqual([]);
  });
});

const neutral: readonly string[] = [
  'ANALYZE',
  'VACUUM (FREEZE) hard.people',
  'VACUUM (FREEZE) pg_class',
  'VACUUM (FREEZE) pg_attribute',
  'VACUUM FULL hard.people',
  'CLUSTER hard.people',
  'REINDEX TABLE hard.people',
  'TRUNCATE hard.people CASCADE',
  'REFRESH MATERIALIZED VIEW hard.totals',
  "INSERT INTO hard.parent VALUES (4711, 'y'); DELETE FROM ONLY hard.parent WHERE id = 4711",
  "SELECT nextval('hard.orders_alias_seq')",
  'CREATE TEMP TABLE passing (id serial PRIMARY KEY, CHECK (id > 0)); DROP TABLE passing',
  'CREATE TABLE hard.passing (id int); DROP TABLE hard.passing',
  'CREATE INDEX passing ON hard.people (id); DROP INDEX hard.passing',
  'BEGIN; ALTER TABLE hard.people ADD passing int; ROLLBACK',
  'BEGIN; SAVEPOINT a; ALTER TABLE hard.people ADD passing int; ROLLBACK TO a; COMMIT',
  "SELECT lo_create(4713); COMMENT ON LARGE OBJECT 4713 IS 'x'; SELECT lo_unlink(4713)",
  'CREATE ROLE fingerprint_passing; GRANT pg_monitor TO fingerprint_passing; DROP ROLE fingerprint_passing',
  "ALTER ROLE CURRENT_USER SET work_mem = '3MB'; ALTER ROLE CURRENT_USER RESET work_mem",
];
